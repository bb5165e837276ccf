import { hash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import type { KeptAnswer, Snapshots } from './snapshots.ts';

const NAME = /^[0-9a-f]{64}\.(?:identity|gzip|br|zstd|deflate)$/;
const UNFINISHED = /^[0-9a-f]{64}\.[a-z]+\.new$/;

/**
 * Snapshots on disk, so that a restart during an outage still has them: one file each, written beside its place and moved there, its
 * digest first. For this user's eyes only; one program at a time.
 */
export class SnapshotFolder {
  private readonly folder: string;
  /** What is on disk. */
  private readonly written = new Map<string, KeptAnswer>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * The newest files that there is room for.
   *
   * @returns names of the files that were not taken: damaged, too large, or from the future
   */
  async load(snapshots: Snapshots): Promise<{ readonly taken: number; readonly ignored: readonly string[] }> {
    const { mostBytes, mostEntries, mostEntryBytes, now } = snapshots.options;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const names = await readdir(this.folder);
    for (const name of names.filter((one) => UNFINISHED.test(one)))
      await rm(join(this.folder, name), { force: true });
    const files: { name: string; writtenAtMs: number; bytes: number }[] = [];
    for (const name of names.filter((one) => NAME.test(one))) {
      const found = await stat(join(this.folder, name)).catch(() => undefined);
      if (found?.isFile() === true) files.push({ name, writtenAtMs: found.mtimeMs, bytes: found.size });
    }
    files.sort((a, b) => b.writtenAtMs - a.writtenAtMs);
    const ignored: string[] = [];
    const read: [string, KeptAnswer][] = [];
    let bytes = 0;
    for (const file of files.slice(0, mostEntries)) {
      const isTooLarge = file.bytes > mostEntryBytes + MOST_HEAD || bytes + file.bytes > mostBytes;
      const answer = isTooLarge
        ? undefined
        : await readAnswer(join(this.folder, file.name), file.bytes, now());
      if (answer === undefined) ignored.push(file.name);
      else read.push([file.name, answer]);
      bytes += answer === undefined ? 0 : file.bytes;
    }
    for (const [name, answer] of read.reverse()) {
      if (snapshots.take(name, answer)) this.written.set(name, answer);
      else ignored.push(name);
    }
    return { taken: this.written.size, ignored };
  }

  /** Writes what has changed since, removes what is no longer kept. Rejects when the disk does; what was written stays whole. */
  async save(snapshots: Snapshots): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const kept = new Map(snapshots.entries());
    for (const [id, answer] of kept) {
      if (this.written.get(id) === answer) continue;
      const place = join(this.folder, id);
      const unfinished = `${place}.new`;
      try {
        await writeFile(unfinished, toBytes(answer), { mode: 0o600 });
        await rename(unfinished, place);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
      this.written.set(id, answer);
    }
    for (const name of await readdir(this.folder))
      if (NAME.test(name) && !kept.has(name)) await rm(join(this.folder, name), { force: true });
    for (const id of this.written.keys()) if (!kept.has(id)) this.written.delete(id);
  }
}

/** @unit bytes */
const MOST_HEAD = 65_536;

/** Digest of the rest, a line; what is known of it as JSON, a line; the body. */
function toBytes({ body, staleMs, ...answer }: KeptAnswer): Buffer {
  const head = { ...answer, staleMs: staleMs === Number.POSITIVE_INFINITY ? null : staleMs };
  const rest = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
  return Buffer.concat([Buffer.from(`${hash('sha256', rest)}\n`), rest]);
}

async function readAnswer(path: string, bytes: number, now: number): Promise<KeptAnswer | undefined> {
  try {
    // Not through a link to somewhere else.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const all = Buffer.alloc(bytes);
    const { bytesRead } = await file.read(all, 0, bytes, 0).finally(() => file.close());
    const rest = all.subarray(65);
    if (bytesRead !== bytes || all.toString('latin1', 0, 65) !== `${hash('sha256', rest)}\n`)
      return undefined;
    const end = rest.indexOf(10);
    return toAnswer(JSON.parse(rest.toString('utf8', 0, end)), rest.subarray(end + 1), now);
  } catch {
    return undefined;
  }
}

function toAnswer(head: unknown, body: Buffer, now: number): KeptAnswer | undefined {
  const { headers, receivedAtMs, writtenAtMs, initialAgeMs, freshMs, staleMs } = head as Record<
    string,
    unknown
  >; // each is checked
  if (!isTime(receivedAtMs) || !isTime(writtenAtMs) || !isTime(initialAgeMs) || !isTime(freshMs))
    return undefined;
  if (!(staleMs === null || isTime(staleMs)) || receivedAtMs > now || !isHeaders(headers)) return undefined;
  const staleOrNot = staleMs ?? Number.POSITIVE_INFINITY;
  return { headers, body, receivedAtMs, writtenAtMs, initialAgeMs, freshMs, staleMs: staleOrNot };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 8.64e15;
}

function isHeaders(value: unknown): value is [string, string][] {
  return (
    Array.isArray(value) &&
    value.every(
      (pair: unknown) =>
        Array.isArray(pair) &&
        pair.length === 2 &&
        typeof pair[0] === 'string' &&
        typeof pair[1] === 'string' &&
        /^[\w!#$%&'*+.^`|~-]+$/.test(pair[0]) &&
        /^[\t\x20-\x7e\x80-\xff]*$/.test(pair[1]),
    )
  );
}
