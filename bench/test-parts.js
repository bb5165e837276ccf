// Parts of the tests, which are TypeScript, for benchmarks that run by themselves.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Loads them as one file of JavaScript, beside the packages that it needs.
 *
 * @param {string} name of that file
 * @param {string} exports a module in test/parts that exports what is wanted
 */
export async function loadTestParts(name, exports) {
  const cache = join(root, 'node_modules', '.cache', 'keelson');
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, `${name}-parts-${process.pid}.mjs`);
  const from = join(root, 'test', 'parts');
  await build({
    stdin: { contents: exports, resolveDir: from },
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' },
    // What they look for beside themselves is there.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(from, 'parts.ts')).href) },
    logLevel: 'error',
  });
  process.on('exit', () => rmSync(outfile, { force: true }));
  return import(pathToFileURL(outfile).href);
}
