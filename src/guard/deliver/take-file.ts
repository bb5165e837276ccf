import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { copyPathIn, discardCopy, PrivateCopy, readPieces, type Copied } from './private-copy.ts';
import { pause } from './pause.ts';
import { systemSays } from './shown.ts';
import type { FullSourceOptions, Look } from './source.ts';

/** What belongs to a file is a signature: never long. @unit bytes */
export const MOST_BESIDE = 1_000_000;
/** How often in one look a file is waited for that does not stand still. */
const MOST_WAITS = 10;

/**
 * Takes a file that somebody may be writing: waits until it stands still, reads it once into a copy, and believes the copy only when the
 * file stood still all the while.
 */
export class FileTaker {
  private readonly options: FullSourceOptions;
  /** How the file stood that was looked at last. */
  private mark = '';
  /** The digests of the file that was taken last, and of what stood beside it. */
  private taken = '';

  constructor(options: FullSourceOptions) {
    this.options = options;
  }

  forget(): void {
    this.mark = '';
    this.taken = '';
  }

  async take(path: string, signal: AbortSignal): Promise<Look> {
    try {
      return await this.lookAt(path, signal);
    } catch (error) {
      if (signal.aborted) return { kind: 'unsettled', why: 'the look was called off' };
      return { kind: 'gone', why: `${basename(path)} cannot be read: the system says ${systemSays(error)}` };
    }
  }

  private async lookAt(path: string, signal: AbortSignal): Promise<Look> {
    const { settleMs, time, mostBytes } = this.options;
    let found = await this.stand(path);
    if (found.mark === this.mark) return { kind: 'same' };
    for (let waits = 0; ; waits++) {
      if (!found.isFile) return { kind: 'gone', why: `${basename(path)} is no regular file` };
      await pause(time, settleMs, signal);
      const again = await this.stand(path);
      if (again.mark === found.mark) break;
      if (waits === MOST_WAITS) return { kind: 'unsettled', why: `${basename(path)} is being written` };
      found = again;
    }
    if (found.bytes > mostBytes) {
      this.mark = found.mark;
      // Also the one from before is news after it.
      this.taken = '';
      return { kind: 'too-large', why: `${basename(path)} has ${found.bytes} bytes, more than ${mostBytes}` };
    }
    return this.read(path, found.mark, signal);
  }

  private async read(path: string, mark: string, signal: AbortSignal): Promise<Look> {
    const { incoming, mostBytes, beside } = this.options;
    const copied = await copyOf(path, copyPathIn(incoming), mostBytes, signal);
    let companion: Copied | undefined;
    try {
      companion = beside === undefined ? undefined : await this.companionOf(path, copied.path, signal);
    } catch (error) {
      discardCopy(copied.path, beside);
      throw error;
    }
    const { mark: after } = await this.stand(path).catch(() => ({ mark: '' }));
    const taken = `${copied.digest} ${companion?.digest ?? ''}`;
    if (after !== mark || taken === this.taken) {
      discardCopy(copied.path, beside);
      if (after !== mark)
        return { kind: 'unsettled', why: `${basename(path)} was changed while it was read` };
      this.mark = mark;
      return { kind: 'same' };
    }
    this.mark = mark;
    this.taken = taken;
    return { kind: 'new', ...copied, name: basename(path), isAccompanied: companion !== undefined };
  }

  /** Of what belongs to the file, a copy beside its copy; undefined where there is none. */
  private async companionOf(path: string, copy: string, signal: AbortSignal): Promise<Copied | undefined> {
    const { beside = '' } = this.options;
    const found = await stat(`${path}${beside}`).catch(() => undefined);
    if (found?.isFile() !== true) return undefined;
    return copyOf(`${path}${beside}`, `${copy}${beside}`, MOST_BESIDE, signal);
  }

  private async stand(path: string): Promise<{ mark: string; isFile: boolean; bytes: number }> {
    const { beside } = this.options;
    const file = await stat(path, { bigint: true });
    const companion =
      beside === undefined
        ? undefined
        : await stat(`${path}${beside}`, { bigint: true }).catch(() => undefined);
    const marks = [file, ...(companion === undefined ? [] : [companion])].map(
      ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(':'),
    );
    return { mark: `${path} ${marks.join(' ')}`, isFile: file.isFile(), bytes: Number(file.size) };
  }
}

/** @throws what the system says; RangeError when it is longer */
async function copyOf(path: string, to: string, most: number, signal: AbortSignal): Promise<Copied> {
  const copy = new PrivateCopy(to, most);
  try {
    await readPieces(path, (chunk) => copy.write(chunk), signal);
    if (copy.isTooLarge) throw new RangeError(`it has grown beyond ${most} bytes`);
    return copy.end();
  } catch (error) {
    copy.discard();
    throw error;
  }
}
