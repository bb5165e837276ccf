import {
  accessSync,
  appendFileSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { KeelsonError } from '../errors.ts';
import { makeFolders, replaceWhole, systemDisk, unusable } from '../disk/index.ts';
import type { KeySnapshot } from './sessions/index.ts';

/** What is kept while the process is gone; everything by name, so that it outlives changes of the plan. */
export interface Kept {
  readonly schema: 'keelson.serve-state/1';
  /** Of the clock that was decided by. @default 1 */
  readonly speed?: number;
  /** By service, the label of the alternative in use. */
  readonly inUse: Readonly<Record<string, string>>;
  /** By journey, the mode that was offered; null when it was down. */
  readonly modes: Readonly<Record<string, string | null>>;
  readonly held: Readonly<Record<string, KeptHold>>;
  /** By service with state, how often its writer has moved. */
  readonly epochs: Readonly<Record<string, number>>;
  /** By service with tokens, its issuer’s keys. */
  readonly keys: Readonly<Record<string, KeySnapshot>>;
  /** Parts that a person has taken out of use. @default none */
  readonly drained?: readonly string[];
  /** Services whose users a person has put where they are. @default none */
  readonly placed?: readonly string[];
}

export interface KeptHold {
  /** Null: held down. */
  readonly mode: string | null;
  readonly isPinned: boolean;
  /** @unit ms since 1970 */
  readonly until: number;
  readonly reason: string;
  readonly by: string;
}

/** What is kept under a name: `constructor` may be one. */
export function ownOf<T>(all: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return all !== undefined && Object.hasOwn(all, name) ? all[name] : undefined;
}

const NOTHING: Kept = {
  schema: 'keelson.serve-state/1',
  inUse: {},
  modes: {},
  held: {},
  epochs: {},
  keys: {},
};
/** Of the journal; then it is begun anew beside the old one. @unit bytes */
const MOST_JOURNAL = 10_000_000;
const MOST_STATE = 10_000_000;
/** The last that a date can say. @unit ms since 1970 */
const LAST_MOMENT = 8.64e15;

/** The folder in which a gateway or a steerer keeps what must outlive it. */
export class KeptFolder {
  readonly folder: string;
  private readonly speed: number;
  private last = '';
  private journalBytes: number;

  /**
   * @param speed of the clock that is decided by
   * @throws KeelsonError `state-unusable` when the folder cannot be made or written
   */
  constructor(folder: string, speed = 1) {
    this.folder = folder;
    this.speed = speed;
    try {
      makeFolders(systemDisk, folder);
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
      this.journalBytes = endLine(join(folder, 'journal.ndjson'));
    } catch (cause) {
      throw unusable(folder, cause);
    }
  }

  /**
   * What was kept, and why it is not when it is not. Damage is never half believed.
   *
   * @throws KeelsonError `state-of-other-speed`: what a drill has decided is nothing to go on with, and what is in force nothing to drill with
   */
  load(): { readonly kept: Kept; readonly trouble: string | undefined } {
    let text: string;
    try {
      const path = join(this.folder, 'state.json');
      if (sizeOf(path) > MOST_STATE) return { kept: NOTHING, trouble: 'state.json is too large' };
      text = readFileSync(path, 'utf8');
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      return { kept: NOTHING, trouble: isMissing ? undefined : 'state.json cannot be read' };
    }
    const kept = readKept(text);
    if (kept !== undefined) this.expectSpeed(kept);
    return kept === undefined
      ? { kept: NOTHING, trouble: 'state.json is damaged' }
      : { kept, trouble: undefined };
  }

  private expectSpeed({ speed = 1 }: Kept): void {
    if (speed === this.speed) return;
    throw new KeelsonError(
      'state-of-other-speed',
      `Expected in ${this.folder} what was kept at speed ${this.speed}, found what was kept at speed ${speed}.`,
      { hint: 'A drill has a folder of its own: --state DIR, or --state none' },
    );
  }

  /** Keeps it, on the disk when this returns: whole or not at all. @throws KeelsonError `state-unusable` */
  save(kept: Kept): void {
    const text = JSON.stringify(this.speed === 1 ? kept : { ...kept, speed: this.speed });
    if (text === this.last) return;
    try {
      replaceWhole(systemDisk, join(this.folder, 'state.json'), text);
      this.last = text;
    } catch (cause) {
      throw unusable(this.folder, cause);
    }
  }

  /** One line for each thing that was decided, and by whom. @throws KeelsonError `state-unusable` */
  journal(entry: object): void {
    const line = `${JSON.stringify(entry)}\n`;
    const path = join(this.folder, 'journal.ndjson');
    try {
      if (this.journalBytes > MOST_JOURNAL) {
        renameSync(path, `${path}.old`);
        this.journalBytes = 0;
      }
      appendFileSync(path, line, { mode: 0o600 });
      this.journalBytes += Buffer.byteLength(line);
    } catch (cause) {
      throw unusable(this.folder, cause);
    }
  }
}

function readKept(text: string): Kept | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value.schema !== NOTHING.schema) return undefined;
  const { inUse, modes, held, epochs, keys } = value;
  if (!isRecord(inUse) || !isRecord(modes) || !isRecord(held) || !isRecord(epochs) || !isRecord(keys))
    return undefined;
  const isRight =
    Object.values(inUse).every((one) => typeof one === 'string') &&
    Object.values(modes).every((one) => one === null || typeof one === 'string') &&
    Object.values(epochs).every((one) => Number.isSafeInteger(one) && Number(one) >= 0) &&
    Object.values(held).every(isHold);
  const lists = [value.drained ?? [], value.placed ?? []];
  if (!lists.every((list) => Array.isArray(list) && list.every((one) => typeof one === 'string')))
    return undefined;
  // Each part has just been looked at; keys are judged by who takes them.
  if (value.speed !== undefined && !(typeof value.speed === 'number' && value.speed >= 1)) return undefined;
  return isRight ? (value as unknown as Kept) : undefined;
}

function isHold(value: unknown): boolean {
  return (
    isRecord(value) &&
    (value.mode === null || typeof value.mode === 'string') &&
    typeof value.isPinned === 'boolean' &&
    typeof value.until === 'number' &&
    Math.abs(value.until) <= LAST_MOMENT &&
    typeof value.reason === 'string' &&
    typeof value.by === 'string'
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function whileOpen(file: number, use: (file: number) => void): void {
  try {
    use(file);
  } finally {
    closeSync(file);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Ends the line that a process which was killed has left unfinished. @returns how long the file is @unit bytes */
function endLine(path: string): number {
  const bytes = sizeOf(path);
  if (bytes === 0) return 0;
  const last = Buffer.alloc(1);
  whileOpen(openSync(path, 'r'), (file) => readSync(file, last, 0, 1, bytes - 1));
  if (last.toString() === '\n') return bytes;
  appendFileSync(path, '\n');
  return bytes + 1;
}
