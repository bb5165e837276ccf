/** What a front end has to carry, and that nothing of Node is in it. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions, type Metafile } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { CHAIN_ID, endAnvils, startAnvil } from '../parts/anvil.ts';
import { makeFolder } from '../parts/part.ts';
import { expectWithin } from '../pace.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const BROWSER: BuildOptions = {
  bundle: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  minify: true,
  write: false,
  metafile: true,
  external: ['viem', 'ethers'],
  logLevel: 'silent',
};
/** What docs/client.md says at most. @unit kB of 1,000 bytes, gzip -9 */
const SIZES = { pool: 45, withProofs: 69, viem: 46, ethers: 46 };

interface Bundle {
  readonly text: string;
  readonly gzippedKb: number;
  readonly inputs: Metafile['inputs'];
}

async function bundle(contents: string, options: BuildOptions = BROWSER): Promise<Bundle> {
  const { outputFiles = [], metafile } = await build({
    ...options,
    stdin: { contents, resolveDir: join(root, 'src/client'), loader: 'ts' },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('Expected a bundle.');
  return {
    text: file.text,
    gzippedKb: gzipSync(file.contents, { level: 9 }).length / 1_000,
    inputs: metafile?.inputs ?? {},
  };
}

const POOL = `export { chainPool } from './index.ts';`;
const PROOFS = `export { proofs } from './proofs.ts';`;
const VIEM = `export { keelsonTransport } from './viem.ts';`;
const ETHERS = `${POOL} export { KeelsonProvider } from './ethers.ts';`;

afterAll(endAnvils);

describe('a bundle for browsers', () => {
  test.each([
    ['of the pool', POOL, SIZES.pool],
    ['with proofs', POOL + PROOFS, SIZES.withProofs],
    ['of the transport of viem, without viem', VIEM, SIZES.viem],
    ['with the provider of ethers, without ethers', ETHERS, SIZES.ethers],
  ])('%s is small, and has nothing of Node', async (_, source, mostKb) => {
    const { text, gzippedKb, inputs } = await bundle(source);
    expect(gzippedKb).toBeLessThan(mostKb);
    const imported = Object.values(inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(imported.filter((path) => path.startsWith('node:') || builtinModules.includes(path))).toEqual([]);
    expect(Object.keys(inputs).filter((path) => /node_modules\/(ws|undici)\//.test(path))).toEqual([]);
    // By themselves, not as what something else has: what hashes has a method `process`.
    const ofNode = /(?<![.\w$])((Buffer|process)\.|(require|setImmediate)\(|__dirname)/g;
    expect(text.match(ofNode)).toBeNull();
  });

  test('has what proves only where it is asked for', async () => {
    const { inputs: without } = await keptOf(POOL);
    const { inputs: with_ } = await keptOf(POOL + PROOFS);
    const proving = (kept: readonly string[]): string[] =>
      kept.filter((path) => /secp256k1|\/(trie|proven|transaction|receipt|proving)\.ts$/.test(path));
    expect(proving(without)).toEqual([]);
    expect(proving(with_).length).toBe(6);
  });
});

/** The files of which anything is left in a bundle. */
async function keptOf(source: string): Promise<{ inputs: string[] }> {
  const { metafile } = await build({
    ...BROWSER,
    stdin: { contents: source, resolveDir: join(root, 'src/client'), loader: 'ts' },
  });
  const [output] = Object.values(metafile?.outputs ?? {});
  const inputs = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { inputs: inputs.map(([path]) => path) };
}

/** Runs a program that has the library in it, and says what it printed and how it ended. */
async function run(program: string): Promise<string> {
  const { text } = await bundle(program, {
    ...BROWSER,
    platform: 'node',
    format: 'cjs',
    minify: false,
    external: [],
  });
  const path = join(makeFolder(), 'program.cjs');
  writeFileSync(path, text);
  const { stdout } = await promisify(execFile)(process.execPath, [path], { timeout: 20_000 });
  return stdout;
}

describe('a process of Node', () => {
  test('ends by itself once its pool is stopped, with a node that hangs and sockets that are open', async () => {
    const [hung, first, second] = [await startAnvil(), await startAnvil(), await startAnvil()];
    hung.hang();
    const nodes = [hung, first, second].map(({ url, wsUrl }) => ({ url, websocket: wsUrl }));
    const out = await run(`
      import { chainPool } from './node.ts';
      const pool = chainPool({ chain: ${CHAIN_ID}, nodes: ${JSON.stringify([...nodes, hung.wsUrl, first.wsUrl])} });
      pool.subscribe(['newHeads'], () => {}).then(() => pool.request({ method: 'eth_blockNumber' })).then((number) => {
        console.log(number);
        const address = '0x' + '11'.repeat(20);
        pool.request({ method: 'eth_getBalance', params: [address, 'latest'] }).catch(({ code }) => console.log(code));
        pool.stop();
        const began = performance.now();
        process.on('exit', () => console.log(performance.now() - began));
      });
    `);
    const [head, code, ms] = out.split('\n');
    expect([head, code]).toEqual(['0x0', '4900']);
    expectWithin(Number(ms) / 1000, 1);
    hung.resume();
  });

  test('lives as long as a request waits, even when nobody answers', async () => {
    const out = await run(`
      import { chainPool } from './node.ts';
      const pool = chainPool({ chain: 1, nodes: ['http://127.0.0.1:9', 'ws://127.0.0.1:9'] });
      pool.request({ method: 'eth_blockNumber' }).catch(({ code }) => { console.log(code); pool.stop(); });
    `);
    expect(out).toBe('-32002\n');
  });
});
