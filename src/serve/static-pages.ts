import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, relative, sep } from 'node:path';
import { KeelsonError } from '../errors.ts';
import { show } from '../problems.ts';

/** A file that a mode serves in place of everything else, read at start: it is there when its disk no longer is. */
export interface StaticPage {
  readonly body: Buffer;
  readonly contentType: string;
  /** Strong: a digest of the body. */
  readonly etag: string;
}

export interface StaticAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** @unit bytes */
const MOST_BYTES = 1_048_576;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp',
  '.xml': 'application/xml',
};

/**
 * Reads the page of a mode: a regular file of at most 1 MB in the plan's folder or below it, also once every link on the way has been
 * followed.
 *
 * @param name as the plan says it, relative to the plan's folder
 * @throws KeelsonError `bad-static-page`
 */
export function readStaticPage(planFile: string, name: string): StaticPage {
  const folder = realpathSync(dirname(planFile));
  const file = realFile(folder, name);
  const body = readWhole(file, name);
  return {
    body,
    contentType: CONTENT_TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
  };
}

/**
 * The answer to GET and HEAD. It is to be asked for each time (`no-cache`): the page must be gone from browsers and edges once the
 * mode is over.
 *
 * @param status 200, or 503 where the mode stands for an outage; only a 200 can become a 304
 */
export function answerStaticPage(
  page: StaticPage,
  {
    method,
    ifNoneMatch,
    status = 200,
  }: { method: string; ifNoneMatch?: string | undefined; status?: number },
): StaticAnswer {
  const headers = { etag: page.etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, headers: { ...headers, allow: 'GET, HEAD', 'content-length': '0' }, body: NOTHING };
  if (status === 200 && names(ifNoneMatch, page.etag)) return { status: 304, headers, body: NOTHING };
  return {
    status,
    headers: { ...headers, 'content-type': page.contentType, 'content-length': String(page.body.length) },
    body: method === 'HEAD' ? NOTHING : page.body,
  };
}

const NOTHING = Buffer.alloc(0);

function realFile(folder: string, name: string): string {
  if (name === '' || name.includes('\0') || isAbsolute(name)) throw outside(name);
  let file: string;
  try {
    file = realpathSync(join(folder, name));
  } catch (cause) {
    throw new KeelsonError('bad-static-page', `Expected a file at ${show(name)}, found none.`, {
      hint: 'A page of a mode is named relative to the folder of the plan.',
      cause,
    });
  }
  const way = relative(folder, file);
  if (way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) throw outside(name);
  return file;
}

function readWhole(file: string, name: string): Buffer {
  // A pipe in its place would otherwise be waited for, and a link put there since not be noticed.
  const handle = openAsIs(file, name);
  try {
    const found = fstatSync(handle);
    if (!found.isFile())
      throw new KeelsonError('bad-static-page', `Expected ${show(name)} to be a file.`, {
        hint: 'Name the one file that is to be served.',
      });
    if (found.size > MOST_BYTES)
      throw new KeelsonError(
        'bad-static-page',
        `Expected ${show(name)} to hold at most 1 MB, found ${found.size} bytes.`,
        {
          hint: 'Serve large files from elsewhere, and let the page say where.',
        },
      );
    const bytes = Buffer.alloc(found.size);
    let read = 0;
    while (read < bytes.length) {
      const more = readSync(handle, bytes, read, bytes.length - read, read);
      if (more === 0) break;
      read += more;
    }
    return bytes.subarray(0, read);
  } finally {
    closeSync(handle);
  }
}

function openAsIs(file: string, name: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (cause) {
    throw new KeelsonError('bad-static-page', `Expected to read ${show(name)}, and may not.`, {
      hint: 'Give the user that Keelson runs as the right to read it.',
      cause,
    });
  }
}

function outside(name: string): KeelsonError {
  return new KeelsonError('bad-static-page', `Expected ${show(name)} to be in the folder of the plan.`, {
    hint: 'Put the page beside the plan: nothing outside its folder is served.',
  });
}

/** RFC 9110, section 13.1.2: compared weakly, since an edge that compresses marks it so. */
function names(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}
