import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { answers, type Answers } from './answers.ts';
import { chromium, dumpPage, isSkipped, whySkipped } from './chromium.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
/** Of the whole kernel with the reader, minified: it was 124 kB when this was written, a third of it to parse XML and YAML. */
const LARGEST_BYTES = 160_000;
const LIMIT_MS = 30_000;
const NODE_GLOBALS = ['process', 'Buffer', 'global', '__dirname', '__filename', 'setImmediate'];

interface Bundle {
  readonly code: string;
  /** Files that went into it. */
  readonly inputs: readonly string[];
}

/** One script for a page. Throws where a module of Node is imported that a browser does not have. */
async function bundle(entry: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...entry,
    absWorkingDir: root,
    bundle: true,
    platform: 'browser',
    target: 'es2023',
    format: 'iife',
    globalName: 'keelson',
    minify: true,
    metafile: true,
    write: false,
    outdir: here,
    logLevel: 'silent',
    // Only free names are replaced: one that is left in the bundle is a use of Node.
    define: Object.fromEntries(NODE_GLOBALS.map((name) => [name, `ofNode_${name}`])),
  });
  return { code: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) };
}

test('a bundle of the kernel and the reader of fault trees has nothing of Node in it, and is small', async () => {
  const contents = `export * from './src/diagram/index.ts'; export * from './src/openpsa/read.ts';`;
  const { code, inputs } = await bundle({ stdin: { contents, resolveDir: root } });
  expect(inputs).toContain('src/diagram/compile.ts');
  expect(inputs).toContain('src/openpsa/read.ts');
  // So is named what a package swaps for nothing in a browser.
  expect(inputs.filter((name) => name.startsWith('(disabled)'))).toEqual([]);
  // The second is how a module that was not found, but may be missing, is written.
  expect(code.match(/ofNode_\w+|Dynamic require|["'`]node:/g) ?? []).toEqual([]);
  expect(Buffer.byteLength(code)).toBeLessThan(LARGEST_BYTES);
});

const PAGE =
  '<!doctype html><meta charset="utf-8"><title>Kernel</title><pre id="answers"></pre><script src="kernel.js"></script>';
const POLICY = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'";

interface Said {
  readonly refusesEval: boolean;
  readonly inPage: Answers;
  readonly inNode: Answers;
}

let asked: Promise<Said> | undefined;

/** What the page says, and Node: asked once, by whichever test is first. */
function ask(): Promise<Said> {
  asked ??= openPage();
  return asked;
}

async function openPage(): Promise<Said> {
  if (chromium === undefined) throw new Error('Expected Chromium on PATH, or named by CHROMIUM: found none.');
  const { code } = await bundle({ entryPoints: [`${here}page.ts`] });
  const server = createServer(({ url }, response) => {
    const [type, body] = url === '/' ? ['text/html', PAGE] : ['text/javascript', code];
    if (url !== '/' && url !== '/kernel.js') response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(body);
  });
  try {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo; // it listens on a port
    const { html, said } = await dumpPage(chromium, `http://127.0.0.1:${port}/`, LIMIT_MS);
    const [, written = ''] = /<pre id="answers">([^<]*)<\/pre>/.exec(html) ?? [];
    if (written === '' || said.includes('Uncaught'))
      throw new Error(`The page did not answer, or failed:\n${said}\n${html}`);
    const { refusesEval, answers: inPage } = JSON.parse(decodeURIComponent(written));
    return { refusesEval, inPage, inNode: answers() };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe.skipIf(isSkipped)(`a page${whySkipped}`, () => {
  test('whose policy forbids to make code of text runs the kernel', async () => {
    const { refusesEval } = await ask();
    expect(refusesEval).toBe(true);
  });

  test('reads and solves a fault tree as Node does, to the last digit', async () => {
    const { inPage, inNode } = await ask();
    expect(inPage.model).toStrictEqual(inNode.model);
    const { probability, low, high, top } = inPage.model;
    // Small enough for bounds that are the probability, widened by what rounding can come to.
    expect(low).toBeLessThan(probability);
    expect(high).toBeGreaterThan(probability);
    expect(high / low - 1).toBeLessThan(3e-12);
    expect(top[0]).toEqual({ events: ['[pump-1 pump-2 pump-3]'], probability: 0.15 * 0.03 });
  });

  test('finds the same problems in a broken model', async () => {
    const { inPage, inNode } = await ask();
    expect(inPage.problems).toStrictEqual(inNode.problems);
    expect(inPage.problems).toHaveLength(2);
  });

  test('solves a fat tree as Node does, to the last digit', async () => {
    const { inPage, inNode } = await ask();
    expect(inPage.fatTree).toStrictEqual(inNode.fatTree);
    // The closed form of test/oracle/fat-tree.ts for 24 ports and 3 replicas.
    expect(BigInt(inPage.fatTree.cutSets)).toBe(8n + 18n * (2n ** 12n - 1n) + 2n ** 12n);
  });

  test('counts more cut sets than 2^53', async () => {
    const { inPage, inNode } = await ask();
    expect(inPage.half).toStrictEqual(inNode.half);
    // 30 of 60.
    expect(inPage.half.cutSets).toBe('118264581564861424');
  });

  test('can tell a spent budget from other errors, and has bounds then', async () => {
    const { inPage, inNode } = await ask();
    expect(inPage.spent).toStrictEqual(inNode.spent);
    const { isBudgetSpent, name, low, high } = inPage.spent;
    expect({ isBudgetSpent, name }).toEqual({ isBudgetSpent: true, name: 'BudgetSpent' });
    expect(low).toBeGreaterThan(0);
    expect(high).toBeLessThan(1);
    expect(high).toBeGreaterThan(low);
  });
});
