import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { plainEnvironment } from '../../processes/environment.ts';
import { runCommand, type CommandOutcome } from '../../processes/run-command.ts';
import { systemTime, type Time } from '../../time.ts';
import { askUrl, HeardText } from './ask-url.ts';
import { pause } from './pause.ts';
import { readPieces } from './private-copy.ts';
import { shown, systemSays } from './shown.ts';

export interface TargetOptions {
  readonly name: string;
  /** The whole path of what is replaced. */
  readonly file: string;
  /** Run after the file was replaced. @default nothing is: the reader looks by itself */
  readonly reload?: {
    /** No shell. `{file}`, `{digest}`, `{version}` and `{target}` in its arguments are replaced. */
    readonly command: readonly [string, ...string[]];
    /** @unit ms */
    readonly timeoutMs: number;
  };
  /** Where the reader says what it has loaded. @default it is not asked: what was reloaded counts as loaded */
  readonly loaded?: {
    readonly url: URL;
    /** Must be in the answer; `{digest}` and `{version}` in it are replaced. */
    readonly contains: string;
    /** @unit ms */
    readonly withinMs: number;
  };
  /** Where commands run. */
  readonly folder: string;
  readonly time?: Time;
}

/** What is to be in force. */
export interface Version {
  /** `sha256:` and 64 digits. */
  readonly digest: string;
  /** Of the file’s own count; null where it has none. */
  readonly version: number | null;
}

export type PlacedOutcome =
  | 'acknowledged'
  /** It was offered the file and did not take it: the file is to blame. */
  | 'refused'
  /** It could not be offered the file, or was down before: nobody is to blame. */
  | 'unreachable'
  /** Called off, for something else is to be placed. */
  | 'superseded';

/** Replaces the file, atomically; or says why it was left as it was. */
export type Install = (
  file: string,
) => Promise<{ readonly kind: 'installed' } | { readonly kind: string; readonly why: string }>;

export interface Placed {
  readonly outcome: PlacedOutcome;
  /** How that is known: printable, one line, bounded. */
  readonly words: string;
}

export type Present =
  | { readonly kind: 'file'; readonly digest: string }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unreachable'; readonly words: string };

/** Between two questions whether it has been loaded. @unit ms */
const ASK_EVERY_MS = 100;
/** Of one question. @unit ms */
const ASK_MS = 2_000;
/** Of what is looked for the version in. @unit bytes */
const MOST_HEARD = 65_536;

/** A file that a running program reads: replaced, reloaded, and asked whether it is in force. One thing at a time. */
export class Target {
  readonly name: string;
  readonly file: string;
  private readonly options: TargetOptions;
  private readonly time: Time;
  private last: Promise<unknown> = Promise.resolve();
  private calling: AbortController | undefined;
  private known: { readonly mark: string; readonly digest: string } | undefined;

  constructor(options: TargetOptions) {
    this.name = options.name;
    this.file = options.file;
    this.options = options;
    this.time = options.time ?? systemTime();
  }

  /**
   * Has it read a version. What is under way for this target is called off, and has ended before anything is done.
   *
   * @param version null: what is there is taken away, and nobody is asked whether that is well
   */
  async place(version: Version | null, install: Install, signal: AbortSignal): Promise<Placed> {
    this.calling?.abort();
    const calling = new AbortController();
    this.calling = calling;
    const stop = (): void => calling.abort();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const before = this.last;
    const work = (async () => {
      await before;
      return calling.signal.aborted ? SUPERSEDED : await this.run(version, install, calling.signal);
    })();
    this.last = work.catch(() => undefined);
    try {
      return await work;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** What really stands there. */
  async present(signal: AbortSignal): Promise<Present> {
    try {
      const mark = await markOf(this.file);
      if (this.known?.mark === mark) return { kind: 'file', digest: this.known.digest };
      const hash = createHash('sha256');
      await readPieces(this.file, (chunk) => hash.update(chunk) !== undefined, signal);
      const digest = `sha256:${hash.digest('hex')}`;
      // Replaced while it was read: who looks again finds out.
      if ((await markOf(this.file)) === mark) this.known = { mark, digest };
      return { kind: 'file', digest };
    } catch (error) {
      const code = systemSays(error);
      if (code !== 'ENOENT') return { kind: 'unreachable', words: `cannot be read: the system says ${code}` };
      return { kind: 'nothing' };
    }
  }

  private async run(version: Version | null, install: Install, signal: AbortSignal): Promise<Placed> {
    const wasUp = version !== null && (await this.isUp(signal));
    if (signal.aborted) return SUPERSEDED;
    const installed = await install(this.file);
    if ('why' in installed) return { outcome: 'unreachable', words: shown(installed.why) };
    const reloaded = await this.reload(version ?? NOTHING, signal);
    if (signal.aborted) return SUPERSEDED;
    if (version === null) return { outcome: 'acknowledged', words: 'the file was taken away' };
    if (reloaded !== undefined) return reloaded;
    const loaded = await this.untilLoaded(version, wasUp, signal);
    return signal.aborted ? SUPERSEDED : loaded;
  }

  /** Whether it answers at all: who did before and does not after has not survived the file. */
  private async isUp(signal: AbortSignal): Promise<boolean> {
    const { loaded } = this.options;
    if (loaded === undefined) return true;
    const timeoutMs = Math.min(ASK_MS, loaded.withinMs);
    return (await askUrl({ url: loaded.url, timeoutMs }, () => undefined, signal)).kind === 'answered';
  }

  /** @returns undefined when it went well, or nothing is to be run */
  private async reload(version: Version, signal: AbortSignal): Promise<Placed | undefined> {
    const { reload, folder } = this.options;
    if (reload === undefined) return undefined;
    const [program, ...args] = reload.command.map((word) => this.fill(word, version));
    const told = {
      KEELSON_TARGET: this.name,
      KEELSON_FILE: this.file,
      KEELSON_DIGEST: version.digest,
      KEELSON_VERSION: version.version === null ? '' : String(version.version),
    };
    const { timeoutMs } = reload;
    const options = { folder, env: { ...plainEnvironment(), ...told }, timeoutMs, secrets: [] };
    return failureOf(await runCommand(program ?? '', args, options, signal), timeoutMs);
  }

  private async untilLoaded(version: Version, wasUp: boolean, signal: AbortSignal): Promise<Placed> {
    const { loaded } = this.options;
    if (loaded === undefined) return { outcome: 'acknowledged', words: this.wordsUnasked() };
    // Of a file without a version, its digest: an empty text would be in every answer.
    const expected = this.fill(loaded.contains, version) || version.digest;
    const until = this.time.now() + loaded.withinMs;
    for (;;) {
      const left = until - this.time.now();
      const asked = await askLoaded(
        loaded.url,
        expected,
        Math.min(ASK_MS, Math.max(ASK_EVERY_MS, left)),
        signal,
      );
      if (asked.kind === 'loaded') return { outcome: 'acknowledged', words: 'says that it has loaded it' };
      if (signal.aborted) return SUPERSEDED;
      if (this.time.now() + ASK_EVERY_MS >= until) {
        if (asked.kind === 'other' || wasUp)
          return {
            outcome: 'refused',
            words: `has not loaded it within ${loaded.withinMs} ms: ${asked.words}`,
          };
        return { outcome: 'unreachable', words: `was down before, and still is: ${asked.words}` };
      }
      await pause(this.time, ASK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  private wordsUnasked(): string {
    return this.options.reload === undefined ? 'the file was replaced' : 'the file was replaced and reloaded';
  }

  private fill(word: string, { digest, version }: Version): string {
    const values: Readonly<Record<string, string>> = {
      '{file}': this.file,
      '{digest}': digest,
      '{version}': version === null ? '' : String(version),
      '{target}': this.name,
    };
    return word.replace(/\{(?:file|digest|version|target)\}/g, (found) => values[found] ?? found);
  }
}

const NOTHING: Version = { digest: '', version: null };
const SUPERSEDED: Placed = { outcome: 'superseded', words: 'called off' };

type Asked = { readonly kind: 'loaded' | 'other' | 'silent'; readonly words: string };

async function askLoaded(url: URL, expected: string, timeoutMs: number, signal: AbortSignal): Promise<Asked> {
  const heard = new HeardText(MOST_HEARD);
  const outcome = await askUrl({ url, timeoutMs }, () => (chunk) => heard.hear(chunk), signal);
  if (outcome.kind === 'failed') return { kind: 'silent', words: outcome.words };
  const { status } = outcome.answer;
  const text = heard.text();
  if (status < 200 || status > 299) return { kind: 'other', words: `answers ${status}: ${shown(text)}` };
  if (text.includes(expected)) return { kind: 'loaded', words: '' };
  return { kind: 'other', words: `answers ${status} without "${shown(expected)}": ${shown(text)}` };
}

function failureOf(outcome: CommandOutcome, timeoutMs: number): Placed | undefined {
  switch (outcome.kind) {
    case 'unstarted':
      return {
        outcome: 'unreachable',
        words: `its reload command cannot be run: the system says ${outcome.code}`,
      };
    case 'ended':
      return { outcome: 'refused', words: `its reload command had not ended within ${timeoutMs} ms` };
    case 'killed':
      return { outcome: 'refused', words: `its reload command was ended by ${outcome.signal}` };
    case 'exited': {
      if (outcome.code === 0) return undefined;
      const said = outcome.lastError === '' ? '' : `: ${shown(outcome.lastError)}`;
      return { outcome: 'refused', words: `its reload command ended with ${outcome.code}${said}` };
    }
  }
}

/** Replaced, or written over: another mark. */
async function markOf(file: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}
