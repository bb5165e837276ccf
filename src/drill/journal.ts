import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { KeelsonError } from '../errors.ts';

/** What a drill has put somewhere, so that it can be taken away whatever becomes of the drill. */
export interface Put {
  /** The control API. */
  readonly control: string;
  readonly proxy: string;
  /** The toxic; undefined where the proxy was disabled. */
  readonly toxic: string | undefined;
}

/** A journal longer than this is none of ours. @unit bytes */
const MOST_BYTES = 10_000_000;

/** What was put and not yet taken away, on disk before it is done. */
export class DrillJournal {
  readonly file: string;
  private readonly open = new Map<string, Put>();

  constructor(file: string) {
    this.file = file;
  }

  /** What an earlier drill left behind. @throws KeelsonError `drill-journal` where the file is none of ours */
  static left(file: string): readonly Put[] {
    if (!existsSync(file)) return [];
    const open = new Map<string, Put>();
    const lines = readFileSync(file, 'utf8').slice(0, MOST_BYTES).split('\n');
    // The last line may have been cut off by what ended the drill: then nothing was done yet.
    for (const [i, line] of lines.entries()) {
      if (line === '') continue;
      const entry = entryOf(line);
      if (entry === undefined && i < lines.length - 1)
        throw new KeelsonError('drill-journal', `Expected what a drill has put in ${file}, line ${i + 1}.`, {
          hint: 'Take the file away if it is not of a drill: --state names the folder.',
        });
      if (entry?.verb === 'put') open.set(keyOf(entry.put), entry.put);
      if (entry?.verb === 'lifted') open.delete(keyOf(entry.put));
    }
    return [...open.values()];
  }

  put(put: Put): void {
    this.write('put', put);
    this.open.set(keyOf(put), put);
  }

  lifted(put: Put): void {
    this.write('lifted', put);
    this.open.delete(keyOf(put));
    if (this.open.size === 0) rmSync(this.file, { force: true });
  }

  private write(verb: 'put' | 'lifted', put: Put): void {
    mkdirSync(dirname(this.file), { recursive: true });
    appendFileSync(this.file, `${JSON.stringify({ verb, ...put })}\n`, { mode: 0o600 });
  }
}

function keyOf({ control, proxy, toxic }: Put): string {
  return JSON.stringify([control, proxy, toxic ?? null]);
}

function entryOf(line: string): { readonly verb: string; readonly put: Put } | undefined {
  try {
    const { verb, control, proxy, toxic }: Record<string, unknown> = JSON.parse(line);
    const isPut = verb === 'put' || verb === 'lifted';
    if (!isPut || typeof control !== 'string' || typeof proxy !== 'string') return undefined;
    return { verb, put: { control, proxy, toxic: typeof toxic === 'string' ? toxic : undefined } };
  } catch {
    return undefined;
  }
}
