// The page of the HTML report: script and style by Vite, set into ui/page.html with their hashes, so that nothing else may run.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ui = join(dirname(fileURLToPath(import.meta.url)), '..', 'ui');

/** @returns {Promise<string>} the template of the page, with room for its data */
export async function buildPage() {
  const [{ output }] = await build({
    root: ui,
    configFile: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      write: false,
      target: 'es2022',
      cssCodeSplit: false,
      lib: { entry: 'main.tsx', formats: ['iife'], name: 'keelson' },
      // Modules are values and functions only, but for styles and where it starts: what nobody uses is left out.
      rolldownOptions: {
        treeshake: {
          moduleSideEffects: [
            { test: /\.css$|\/main\.tsx$/, sideEffects: true },
            { test: /./, sideEffects: false },
          ],
        },
      },
    },
  });
  const script = output.find(({ type }) => type === 'chunk').code.trim();
  const style = output
    .find(({ fileName }) => fileName.endsWith('.css'))
    .source.toString()
    .trim();
  if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style))
    throw new Error('The page’s own code would end its element.');
  const values = { 'script-hash': hash(script), 'style-hash': hash(style), script, style };
  return readFileSync(join(ui, 'page.html'), 'utf8').replace(
    /<!--(script-hash|style-hash|script|style)-->/g,
    (_, name) => values[name],
  );
}

function hash(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
