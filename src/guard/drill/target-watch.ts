import { stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { fileDigest, type Disk } from '../../disk/index.ts';
import type { Contract, Target } from '../contract.ts';
import { askUrl, HeardText } from '../deliver/ask-url.ts';

/** What one look at a target found that the look before had not. */
export interface Sighting {
  readonly target: string;
  readonly by: 'file' | 'reader';
  /** Of a reader, which of those that it was asked for it names. Null: nothing that is known, or no answer. */
  readonly digest: string | null;
  /** Moments of the monotonic clock. @unit ms */
  readonly at: number;
}

/** Between two looks. @unit ms */
const FILE_EVERY_MS = 20;
const READER_EVERY_MS = 50;
/** A reader that says nothing that is known is believed to be silent at the second look. */
const SILENT_LOOKS = 2;
/** @unit ms */
const ASK_MS = 2_000;
/** @unit bytes */
const MOST_ANSWER = 1_000_000;

/** Looks at what every target has, all the time, whatever the guard says: at its file, and at what its reader says where it says something. */
export class TargetWatch {
  /** In the order in which they were seen. */
  readonly sightings: Sighting[] = [];
  private readonly disk: Disk;
  private readonly ending = new AbortController();
  private readonly now = new Map<string, string | null>();
  private readonly known: string[];
  private loops: Promise<unknown> = Promise.resolve();

  /** @param good the digest that all have at first */
  constructor(disk: Disk, good: string) {
    this.disk = disk;
    this.known = [good];
  }

  start({ targets }: Contract): void {
    const loops = targets.flatMap((target) => [this.watchFile(target), this.watchReader(target)]);
    this.loops = Promise.all(loops);
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.loops;
  }

  /** A file that readers may name from now on. */
  expect(digest: string): void {
    this.known.unshift(digest);
  }

  /** Places that do not have this: those that were not looked at yet, too. */
  without(digest: string, { targets }: Contract): string[] {
    return targets
      .filter(
        (target) =>
          this.now.get(`file ${target.name}`) !== digest ||
          (namesDigest(target) && this.now.get(`reader ${target.name}`) !== digest),
      )
      .map(({ name }) => name);
  }

  private async watchFile({ name, file }: Target): Promise<void> {
    let mark: string | undefined;
    while (!this.ending.signal.aborted) {
      const found = await stat(file, { bigint: true }).catch(() => undefined);
      const next = found === undefined ? '' : [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
      if (next !== mark) {
        mark = next;
        this.note(name, 'file', this.digestOf(file));
      }
      await this.pause(FILE_EVERY_MS);
    }
  }

  private digestOf(file: string): string | null {
    try {
      return fileDigest(this.disk, file);
    } catch {
      return null;
    }
  }

  private async watchReader(target: Target): Promise<void> {
    // Where it does not, the file alone is looked at.
    if (target.loaded === undefined || !namesDigest(target)) return;
    const { contains } = target.loaded;
    const url = new URL(target.loaded.url);
    let silent = 0;
    while (!this.ending.signal.aborted) {
      const heard = new HeardText(MOST_ANSWER);
      const asked = { url, timeoutMs: ASK_MS };
      const { kind } = await askUrl(asked, () => (chunk) => heard.hear(chunk), this.ending.signal);
      if (this.ending.signal.aborted) return;
      const text = kind === 'answered' ? heard.text() : '';
      const named = this.known.find((digest) => text.includes(contains.replaceAll('{digest}', digest)));
      silent = named === undefined ? silent + 1 : 0;
      if (named !== undefined || silent === SILENT_LOOKS) this.note(target.name, 'reader', named ?? null);
      await this.pause(READER_EVERY_MS);
    }
  }

  private note(target: string, by: Sighting['by'], digest: string | null): void {
    const place = `${by} ${target}`;
    if (this.now.get(place) === digest) return;
    this.now.set(place, digest);
    this.sightings.push({ target, by, digest, at: performance.now() });
  }

  private async pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.ending.signal }).catch(() => undefined);
  }
}

/** Whether what its reader says tells one file from another, and is known beforehand. */
function namesDigest({ loaded }: Target): boolean {
  return loaded !== undefined && /\{digest\}/.test(loaded.contains) && !/\{(?!digest)/.test(loaded.contains);
}
