/** The command as a process: what the tests of this folder run. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
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
