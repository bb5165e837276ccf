// The page of the HTML report: script and style by Vite, set into ui/page.html with their hashes, so that nothing else may run.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import config from '../ui/vite.config.js';

/** @returns {Promise<string>} the template of the page, with room for its data */
export async function buildPage() {
  const [{ output }] = await build(config);
  const script = output.find(({ type }) => type === 'chunk').code.trim();
  const style = output.find(({ fileName }) => fileName.endsWith('.css')).source.toString().trim();
  if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style))
    throw new Error('The page’s own code would end its element.');
  const values = { 'script-hash': hash(script), 'style-hash': hash(style), script, style };
  return readFileSync(join(config.root, 'page.html'), 'utf8').replace(
    /<!--(script-hash|style-hash|script|style)-->/g,
    (_, name) => values[name],
  );
}

function hash(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
