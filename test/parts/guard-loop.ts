import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** A program that loops through versions until it is killed. @returns its path */
export function bundleGuardLoop(folder: string): string {
  const outfile = join(folder, 'loop.mjs');
  buildSync({
    entryPoints: [fileURLToPath(new URL('guard-loop-main.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return outfile;
}
