import { Reader, parseDocument } from '../../document/index.ts';
import { KeelsonError } from '../../errors.ts';
import { problem, type Problem } from '../../problems.ts';
import type { Crawl } from './crawl.ts';
import { crawlShape } from './saved-shape.ts';

/** A file of one crawl that is larger is not read, and none is written. @unit bytes */
export const MOST_CRAWL_BYTES = 16_000_000;

export interface SavedCrawl {
  /** Undefined when any problem is an error. */
  readonly crawl: Crawl | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads a crawl from the text of its file, which may be anybody's: everything that is wrong comes back as a problem at its place, at most 70 of them, and
 * nothing is taken that a crawl could not have found.
 * @param file the name that problems carry
 */
export function readCrawl(text: string, file: string): SavedCrawl {
  const document = parseDocument(text, file);
  const unread = document.problems.map((found) =>
    found.code === 'empty-document'
      ? problem(found.code, { file, line: found.line, column: found.column }, { expected: 'a saved crawl' })
      : found,
  );
  if (document.root === undefined) return { crawl: undefined, problems: unread };
  const reader = new Reader(document.source, document.broken);
  const crawl = crawlShape.read(document.root, reader);
  const problems = [...unread, ...reader.problems];
  return { crawl: problems.some(({ severity }) => severity === 'error') ? undefined : crawl, problems };
}

/**
 * The text of its file, which `readCrawl` reads back as the same.
 * @throws KeelsonError `crawl-too-large`
 */
export function crawlText(crawl: Crawl): string {
  const text = `${JSON.stringify(crawl, undefined, 1)}\n`;
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= MOST_CRAWL_BYTES) return text;
  throw new KeelsonError(
    'crawl-too-large',
    `Expected a crawl of at most ${MOST_CRAWL_BYTES} bytes, found ${bytes}.`,
    { hint: 'Look at fewer domains at once.' },
  );
}
