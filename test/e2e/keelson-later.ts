/** A command of keelson that ends by itself, while what it asks is in the process of the test. */
import { spawn } from 'node:child_process';
import { bin, root, type Run } from '../cli/keelson.ts';

export async function keelsonLater(
  words: readonly string[],
  more: Record<string, string> = {},
): Promise<Run> {
  const child = spawn(process.execPath, [bin, ...words], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const exit = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exit, out, err };
}
