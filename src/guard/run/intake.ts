import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders, type Disk } from '../../disk/index.ts';
import { secretAt } from '../../processes/secrets.ts';
import type { Time } from '../../time.ts';
import type { CheckOptions } from '../check/index.ts';
import type { Contract } from '../contract.ts';
import { discardCopy } from '../deliver/private-copy.ts';
import { shown } from '../deliver/shown.ts';
import type { Look, Source, SourcePlace } from '../deliver/source.ts';
import { sourceAt } from '../deliver/sources.ts';
import type { Facts, Verdict } from '../result.ts';
import type { SourceStatus } from './status.ts';

export type Check = (file: string, contract: Contract, options: CheckOptions) => Promise<Verdict>;

export interface IntakeOptions {
  readonly contract: Contract;
  /** Of the guard. */
  readonly folder: string;
  readonly disk: Disk;
  readonly time: Time;
  /** The wall clock. @unit ms since 1970 */
  readonly wallNow: () => number;
  readonly check: Check;
  /** What candidates are held against. */
  readonly last: () => Facts | undefined;
  /** Whether it is decided on already: then it is not checked. */
  readonly isDecided: (digest: string) => boolean;
  /** The verdict on a new file, and its private copy while this is awaited. `verdict` undefined: it is decided on already. */
  readonly onFile: (file: NewFile) => Promise<void>;
  readonly onSource: (status: SourceStatus) => void;
  readonly onTrouble: (words: string) => void;
}

export interface NewFile {
  readonly digest: string;
  readonly path: string;
  readonly name: string;
  readonly verdict: Verdict | undefined;
}

/** What stands beside a file that is signed, where the contract names no other place. */
export const BESIDE = '.dsse.json';

/** Looks at the source, again and again, and holds what is new against the contract: never more than one at a time. */
export class Intake {
  status: SourceStatus;
  private readonly options: IntakeOptions;
  private readonly source: Source | undefined;
  private readonly ending = new AbortController();
  private looking: Promise<Look['kind']> | undefined;
  private isHinted = false;
  private callOff: () => void = () => undefined;
  private endHints: () => void = () => undefined;
  private envelopeMark = '';

  constructor(options: IntakeOptions) {
    const { contract, folder, disk, time } = options;
    this.options = options;
    const looks = join(folder, 'looks');
    try {
      makeFolders(disk, looks);
      // Of a process that is no more.
      for (const name of readdirSync(looks)) rmSync(join(looks, name), { force: true });
    } catch {
      // A disk that cannot be written: every look says so.
    }
    const { source } = contract;
    this.source =
      source === undefined
        ? undefined
        : sourceAt(placeOf(contract, source), {
            incoming: looks,
            mostBytes: contract.limits.bytes,
            settleMs: source.settleMs,
            time,
            beside: contract.signed !== undefined && contract.signed.file === undefined ? BESIDE : undefined,
          });
    const where = this.source?.words ?? null;
    const words = where === null ? 'the contract names no source' : 'not looked at yet';
    this.status = { where, state: 'unseen', words, since: null, seen: null };
  }

  start(): void {
    this.endHints = this.source?.watch?.(() => this.hint()) ?? this.endHints;
    void this.go();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    this.endHints();
    this.callOff();
    await this.looking;
  }

  /** What is there now is taken as new. */
  async lookAnew(): Promise<Look['kind']> {
    await this.looking;
    this.source?.forget();
    return this.look();
  }

  /** One look, and what follows from it. */
  look(): Promise<Look['kind']> {
    this.looking ??= this.lookOnce().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async go(): Promise<void> {
    const { contract, time } = this.options;
    const { everyMs, settleMs } = contract.source ?? { everyMs: Number.POSITIVE_INFINITY, settleMs: 0 };
    if (this.source === undefined || this.ending.signal.aborted) return;
    this.isHinted = false;
    const kind = await this.look();
    if (this.ending.signal.aborted) return;
    const isSoon = this.isHinted || kind === 'unsettled';
    this.callOff = time.after(isSoon ? Math.max(settleMs, SOON_MS) : everyMs, () => void this.go());
  }

  /** Somebody has touched it: looked at now, where it is not being looked at. */
  private hint(): void {
    if (this.isHinted || this.ending.signal.aborted) return;
    this.isHinted = true;
    if (this.looking !== undefined) return;
    this.callOff();
    this.callOff = this.options.time.after(SOON_MS, () => void this.go());
  }

  private async lookOnce(): Promise<Look['kind']> {
    const { source } = this;
    if (source === undefined) return 'gone';
    this.noticeEnvelope(source);
    const look = await source.look(this.ending.signal);
    if (this.ending.signal.aborted && look.kind !== 'new') return look.kind;
    this.note(look);
    if (look.kind !== 'new') return look.kind;
    try {
      await this.judge(look);
    } catch (error) {
      if (this.ending.signal.aborted) return look.kind;
      // Our own disk, most likely: it is taken as new at the next look.
      source.forget();
      this.options.onTrouble(error instanceof Error ? error.message : String(error));
    } finally {
      discardCopy(look.path, BESIDE);
    }
    return look.kind;
  }

  private async judge({ digest, path, name, isAccompanied }: Extract<Look, { kind: 'new' }>): Promise<void> {
    const { contract, check, last, wallNow, isDecided, onFile } = this.options;
    if (isDecided(digest)) return onFile({ digest, path, name, verdict: undefined });
    const verdict = await check(path, contract, {
      last: last(),
      now: wallNow(),
      name,
      signal: this.ending.signal,
      ...(isAccompanied ? { envelope: `${path}${BESIDE}` } : {}),
    });
    if (this.ending.signal.aborted) return;
    if (verdict.accepted && verdict.facts?.digest !== digest)
      throw new Error(`Expected ${digest} to be judged, found ${verdict.facts?.digest}.`);
    await onFile({ digest, path, name, verdict });
  }

  /** A signature in a place of its own: the file is new when that is. */
  private noticeEnvelope(source: Source): void {
    const file = this.options.contract.signed?.file;
    if (file === undefined) return;
    const found = statSync(file, { bigint: true, throwIfNoEntry: false });
    const mark = found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
    if (mark !== this.envelopeMark) source.forget();
    this.envelopeMark = mark;
  }

  private note(look: Look): void {
    const at = new Date(this.options.wallNow()).toISOString();
    const { status } = this;
    const state = look.kind === 'new' || look.kind === 'same' ? 'well' : look.kind;
    const words = 'why' in look ? shown(look.why) : 'it was had';
    // What is too large is said once by the source, and is so until it is another.
    if (look.kind === 'same' && status.state === 'too-large') return;
    const isOther = state !== status.state || words !== status.words;
    this.status = {
      ...status,
      state,
      words,
      since: isOther ? at : status.since,
      seen: state === 'well' ? at : status.seen,
    };
    if (isOther) this.options.onSource(this.status);
  }
}

/** Between a hint and the look. @unit ms */
const SOON_MS = 20;

function placeOf({ folder }: Contract, source: NonNullable<Contract['source']>): SourcePlace {
  if (source.kind !== 'url') return source;
  const { url, token, authority } = source;
  return {
    kind: 'url',
    url: new URL(url),
    ...(token === undefined ? {} : { token: () => secretAt(token, folder) }),
    ...(authority === undefined ? {} : { authority: readFileSync(authority, 'utf8') }),
  };
}
