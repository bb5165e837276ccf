// The pages of ui/: script and style by Vite, set into a template with their hashes, so that nothing else may run.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ui = join(dirname(fileURLToPath(import.meta.url)), '..', 'ui');

/** @returns {Promise<string>} the template of the report, with room for its data */
export function buildReport() {
  return buildPage('main.tsx', 'page.html');
}

/** @returns {Promise<string>} the template of the page that says what is wrong with plans, with room for it */
export function buildProblems() {
  return buildPage('problems.ts', 'problems.html');
}

/** @returns {Promise<string>} the page that shows how a gateway or a steerer stands, whole */
export function buildStatus() {
  return buildPage('status/main.tsx', 'status.html');
}

/** @returns {Promise<string>} the page of a sector, with room for its data */
export function buildSector() {
  return buildPage('sector/main.tsx', 'sector.html');
}

async function buildPage(entry, template) {
  const [{ output }] = await build({
    root: ui,
    configFile: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      write: false,
      target: 'es2022',
      cssCodeSplit: false,
      lib: { entry, formats: ['iife'], name: 'keelson' },
      // Modules are values and functions only, but for styles and where it starts: what nobody uses is left out.
      rolldownOptions: {
        treeshake: {
          moduleSideEffects: [
            { test: /\.css$|\/main\.tsx$|\/problems\.ts$/, sideEffects: true },
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
  const values = {
    ...{ 'script-hash': hash(script), 'style-hash': hash(style), script, style },
    'mit-permission': readFileSync(join(ui, 'mit-permission.txt'), 'utf8').trim(),
  };
  return readFileSync(join(ui, template), 'utf8').replace(
    /<!--(script-hash|style-hash|script|style|mit-permission)-->/g,
    (_, name) => values[name],
  );
}

function hash(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
