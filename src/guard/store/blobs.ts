import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { codeOf, type Disk, fileDigest, removeUnfinished, unusable } from '../../disk/index.ts';
import { isDigest } from './state.ts';

export type StageOutcome =
  | { readonly kind: 'staged'; readonly digest: string; readonly path: string; readonly bytes: number }
  | { readonly kind: 'too-large' };

/** Whole files named by their digest: `blobs/` has them, `incoming/` what is not whole yet. */
export class Blobs {
  private readonly disk: Disk;
  private readonly folder: string;
  private count = 0;

  constructor(disk: Disk, folder: string) {
    this.disk = disk;
    this.folder = folder;
  }

  pathOf(digest: string): string {
    if (!isDigest(digest)) throw new Error(`Expected a digest, found "${digest}".`);
    return join(this.folder, 'blobs', digest.slice(7));
  }

  has(digest: string): boolean {
    return this.disk.look(this.pathOf(digest)) !== null;
  }

  /** Why a version’s bytes are not its bytes; undefined when they are. */
  damageOf(digest: string): string | undefined {
    try {
      if (!this.has(digest)) return 'it is not there';
      const found = fileDigest(this.disk, this.pathOf(digest));
      return found === digest ? undefined : `its bytes are those of ${found}`;
    } catch (error) {
      return `it cannot be read: ${codeOf(error)}`;
    }
  }

  /**
   * @param stays told of the digest before there is a file of that name
   * @throws KeelsonError `state-unusable`; what reading the source does is thrown as it is
   */
  async stage(
    source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    mostBytes: number,
    stays: (digest: string) => void,
  ): Promise<StageOutcome> {
    const part = join(this.folder, 'incoming', `${++this.count}.part`);
    try {
      const copied = await this.copyIn(source, part, mostBytes);
      if (copied === 'too-large') return { kind: 'too-large' };
      const path = this.pathOf(copied.digest);
      stays(copied.digest);
      this.writing(() => {
        // Also over one that is there: it may be damaged.
        this.disk.rename(part, path);
        this.disk.syncFolder(join(this.folder, 'blobs'));
      });
      return { kind: 'staged', path, ...copied };
    } finally {
      removeUnfinished(this.disk, part);
    }
  }

  /** Removes what was left when a process was killed. @throws what the disk does */
  removeIncoming(): void {
    const folder = join(this.folder, 'incoming');
    for (const name of this.disk.list(folder)) removeUnfinished(this.disk, join(folder, name));
  }

  /** Removes all others. @throws what the disk does */
  keepOnly(digests: ReadonlySet<string>): void {
    const folder = join(this.folder, 'blobs');
    for (const name of this.disk.list(folder))
      if (/^[0-9a-f]{64}$/.test(name) && !digests.has(`sha256:${name}`)) this.disk.remove(join(folder, name));
  }

  private async copyIn(
    source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    part: string,
    mostBytes: number,
  ): Promise<{ readonly digest: string; readonly bytes: number } | 'too-large'> {
    const hash = createHash('sha256');
    let bytes = 0;
    const file = this.writing(() => this.disk.open(part, 'anew', 0o600));
    try {
      for await (const chunk of source) {
        bytes += chunk.length;
        if (bytes > mostBytes) return 'too-large';
        hash.update(chunk);
        this.writing(() => file.write(chunk));
        await setImmediate();
      }
      await file.syncLater().catch((cause: unknown) => {
        throw unusable(this.folder, cause);
      });
    } finally {
      file.close();
    }
    return { digest: `sha256:${hash.digest('hex')}`, bytes };
  }

  private writing<T>(write: () => T): T {
    try {
      return write();
    } catch (cause) {
      throw unusable(this.folder, cause);
    }
  }
}
