/** A page with the library in it, which reads real nodes by itself. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_ARGUMENTS } from '../../scripts/find-chromium.js';
import type { chainPool } from '../../src/client/index.ts';
import { CHAIN_ID, endAnvils } from '../parts/anvil.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import { chromium, isSkipped, whySkipped } from './chromium.ts';

/** What the page's script leaves there. Tests are compiled without the types of a browser. */
declare const keelson: { chainPool: typeof chainPool };
declare const pool: ReturnType<typeof chainPool>;

const folder = fileURLToPath(new URL('../../src/client', import.meta.url));

async function scriptOf(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { chainPool } from './index.ts'; globalThis.keelson = { chainPool };`,
      resolveDir: folder,
    },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    minify: true,
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

describe.skipIf(isSkipped)(`a page with the library${whySkipped}`, () => {
  let world: ChainWorld;
  let site: Server;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    const script = await scriptOf();
    site = createServer((request, response) => {
      const isScript = request.url === '/client.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(
        isScript ? script : '<!doctype html><title>reads</title><script src="/client.js"></script>',
      );
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    world = await ChainWorld.start();
    browser = await puppeteer.launch({ executablePath: chromium ?? '', args: [...CHROMIUM_ARGUMENTS] });
    page = await browser.newPage();
    // A server that listens on a port has an address with one.
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
    world?.node(0).resume();
    await endAnvils();
  });

  test('reads while the first node hangs', async () => {
    world.node(0).hang();
    const address = world.account(0).address;
    const { balance, first, times, states } = await page.evaluate(
      async (urls, chain, address) => {
        const began = performance.now();
        Object.assign(globalThis, { pool: keelson.chainPool({ chain, nodes: urls, blockTimeMs: 1_000 }) });
        const read = { method: 'eth_getBalance', params: [address, 'latest'] };
        const balance = await pool.request(read);
        const first = performance.now() - began;
        const times: number[] = [];
        for (let i = 0; i < 30; i++) {
          const begin = performance.now();
          const slot = `0x${i.toString(16)}`;
          await pool.request({ method: 'eth_getStorageAt', params: [address, slot, 'latest'] });
          times.push(performance.now() - begin);
        }
        return { balance, first, times, states: pool.status().nodes.map(({ state }) => state) };
      },
      world.nodes.map(({ url }) => url),
      CHAIN_ID,
      address,
    );
    expect(balance).toBe(await world.node(1).ask('eth_getBalance', [address, 'latest']));
    expect(first).toBeLessThan(2_500);
    expect(Math.max(...times)).toBeLessThan(2_500);
    expect(states.slice(1)).toEqual(['in use', 'in use']);
  });

  test('hears of blocks over WebSockets, reads over one, and is told of reverts', async () => {
    world.node(0).resume();
    const wait = page.evaluate(
      async (nodes, chain, ledger) => {
        const sockets = keelson.chainPool({ chain, nodes, blockTimeMs: 1_000 });
        const error = await sockets
          .request({ method: 'eth_call', params: [{ to: ledger, data: '0x12345678' }, 'latest'] })
          .catch((reason: { code: number }) => reason.code);
        const head = await new Promise((resolve) => {
          void sockets.subscribe(['newHeads'], (header) => resolve((header as { number: string }).number));
          Object.assign(globalThis, { isSubscribed: true });
        });
        sockets.stop();
        return [error, head];
      },
      [world.node(1).wsUrl],
      CHAIN_ID,
      world.ledger,
    );
    await page.waitForFunction('globalThis.isSubscribed');
    await world.mine();
    expect(await wait).toEqual([3, `0x${world.head.toString(16)}`]);
  });

  test('is left alone by a pool that was stopped', async () => {
    const code = await page.evaluate(async () => {
      pool.stop();
      return pool.request({ method: 'eth_chainId' }).catch((reason: { code: number }) => reason.code);
    });
    expect(code).toBe(4900);
  });
});
