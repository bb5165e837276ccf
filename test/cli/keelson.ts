/** The command as a process: what the tests of this folder run. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
/** `KEELSON_BIN` names another build, installed elsewhere. */
export const bin = process.env.KEELSON_BIN ?? join(root, 'bin/keelson.cjs');

export interface Run {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export function keelson(words: readonly string[], { cwd = root, input = '' } = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...words], {
    cwd,
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { exit: status, out: stdout, err: stderr };
}

/**
 * The same bundle without a process of its own, for what is no matter of the process: a start costs more than most answers.
 *
 * @throws Error where it would write a file: that is for a process
 */
export async function keelsonHere(words: readonly string[]): Promise<Run> {
  const command = loaded(words[0] ?? '');
  if (command === undefined) throw new Error('Keelson has not been built: npm run build');
  let out = '';
  let err = '';
  const write = (): never => {
    throw new Error('Nothing is written.');
  };
  const exit = await command.main(words, {
    root,
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text, line = true) => {
      err += line ? `${text}\n` : text;
    },
    write,
    open: write,
    colour: false,
    progress: false,
    width: 120,
  });
  return { exit, out, err };
}

type Command = typeof import('../../src/cli/index.ts') | undefined;
const { load } = createRequire(import.meta.url)(join(dirname(bin), 'load.cjs')) as {
  readonly load: (command: string) => Command;
};
const bundles = new Map<string, Command>();

/** A bundle is loaded once by each worker. */
function loaded(name: string): Command {
  if (!bundles.has(name)) bundles.set(name, load(name));
  return bundles.get(name);
}
