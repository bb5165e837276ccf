/**
 * What README and docs show of a command is what it says today. A block of code that begins with `$ keelson …` is held against the
 * output, line after line, and one whose fence says ```text keelson … is found somewhere in it. A line of `…` alone, or with a remark,
 * stands for any lines, `…` at the end of one for its rest; how long it took is not compared.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keelsonHere, root } from './keelson.ts';

/** What answers from files alone. What needs something that runs is shown as it was. */
const COMMANDS = ['assess', 'catalog', 'compare', 'discover', 'replay', 'sector', 'solve'];
/** What npm start says, as a command. */
const START = /keelson\.cjs (.*)$/.exec(
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } }).scripts
    .start, // npm reads it so
)?.[1];

interface Shown {
  readonly at: string;
  readonly words: readonly string[];
  readonly lines: readonly string[];
}

const PAGES = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(join(root, 'examples'))
    .map((name) => `examples/${name}/README.md`)
    .filter((path) => existsSync(join(root, path))),
];

function shownIn(path: string): Shown[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^```(?:text (keelson .*)|\w*)\n(?:\$ (.*)\n)?([\s\S]*?)^```$/gm)].flatMap(
    ({ 1: ofFence, 2: first = ofFence ?? '', 3: rest = '', index }) => {
      const command =
        first === 'npm start' ? START : /^(?:node bin\/keelson\.cjs|keelson) (.*)$/.exec(first)?.[1];
      const words = command?.split(' ') ?? [];
      const files = words.filter((word) => /\.(yaml|json|xml)$/.test(word));
      if (!COMMANDS.includes(words[0] ?? '') || !files.every((file) => existsSync(join(root, file))))
        return [];
      const at = `${path}:${text.slice(0, index).split('\n').length}`;
      const lines = rest.split('\n').slice(0, -1);
      return [{ at, words, lines: ofFence === undefined ? lines : ['…', ...lines] }];
    },
  );
}

/** A line as it is compared: without what differs from run to run. */
const steady = (line: string): string => line.replace(/in (?:[\d.]+|N) (?:ms|s)\b/g, 'in N ms').trimEnd();

/** The first line that is shown and not said where it should be; undefined when all are. */
function firstUnsaid(shown: readonly string[], said: readonly string[]): string | undefined {
  let at = 0;
  let isFree = false;
  for (const line of shown.map(steady)) {
    if (line.trim() === '…' || /^\s*… \(.*\)$/.test(line)) {
      isFree = true;
      continue;
    }
    if (isFree && line === '') continue;
    const start = line.endsWith('…') ? line.slice(0, -1).trimEnd() : undefined;
    const fits = (one: string | undefined): boolean =>
      one !== undefined && (one === line || (start !== undefined && one.startsWith(start)));
    while (isFree && at < said.length && !fits(said[at])) at++;
    if (!fits(said[at])) return line;
    at++;
    isFree = false;
  }
  return undefined;
}

const all = PAGES.flatMap(shownIn);

describe('what is shown', () => {
  test.each(all)('$at is what is said', async ({ words, lines }) => {
    const { exit, out } = await keelsonHere(words);
    expect(exit).not.toBe(2);
    const said = out.split('\n').map(steady);
    expect({ unsaid: firstUnsaid(lines, said), out }).toEqual({ unsaid: undefined, out });
  });

  test('is of every command that answers from files', () => {
    expect(new Set(all.map(({ words }) => words[0]))).toEqual(new Set(COMMANDS));
  });
});
