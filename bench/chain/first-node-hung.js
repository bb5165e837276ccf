// What a client waits for while the first of three nodes accepts connections and never answers: the first answer, and those of requests
// after one second. A part of bench/run.js, or by itself:
//   node bench/chain/first-node-hung.js
// Three anvils, each behind a relay of its own in this process; one computer, one run, each client in a process of its own. Who takes ten
// seconds for a request is asked until 45 seconds are over, not more often than the others: how often, stands beside it.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const CHAIN = 1337;
const REQUESTS = 1_000;
const LONGEST_MS = 45_000;
const PAUSE_MS = 1_000;
const BETWEEN_MS = 2;

const CLIENTS = {
  'keelson/client, quorum 2 of 3': async (urls) => {
    const { chainPool } = await import('../../dist/client/node.js');
    const pool = chainPool({ chain: CHAIN, nodes: urls });
    return {
      read: (params) => pool.request({ method: 'eth_getStorageAt', params }),
      stop: () => pool.stop(),
    };
  },
  'keelson/client, verify none': async (urls) => {
    const { chainPool } = await import('../../dist/client/node.js');
    const pool = chainPool({ chain: CHAIN, nodes: urls, verify: 'none' });
    return {
      read: (params) => pool.request({ method: 'eth_getStorageAt', params }),
      stop: () => pool.stop(),
    };
  },
  'viem over keelson/client': async (urls) => {
    const { keelsonTransport } = await import('../../dist/client/viem-node.js');
    const { createPublicClient } = await import('viem');
    const client = createPublicClient({ transport: keelsonTransport({ chain: CHAIN, nodes: urls }) });
    return { read: (params) => client.request({ method: 'eth_getStorageAt', params }), stop() {} };
  },
  'viem fallback([http, http, http])': async (urls) => {
    const { createPublicClient, fallback, http } = await import('viem');
    const client = createPublicClient({ transport: fallback(urls.map((url) => http(url))) });
    return { read: (params) => client.request({ method: 'eth_getStorageAt', params }), stop() {} };
  },
  'ethers FallbackProvider, quorum 1': async (urls) => {
    const { FallbackProvider, JsonRpcProvider } = await import('ethers');
    const providers = urls.map((url) => new JsonRpcProvider(url, CHAIN, { staticNetwork: true }));
    const provider = new FallbackProvider(providers, CHAIN, { quorum: 1 });
    return { read: ([address, slot]) => provider.getStorage(address, slot), stop: () => provider.destroy() };
  },
};

/** Prints a table and returns its rows. @unit ms */
export async function benchFirstNodeHung() {
  const anvils = [];
  try {
    for (let i = 0; i < 3; i++) anvils.push(await startAnvil());
    const rows = [];
    for (const name of Object.keys(CLIENTS)) {
      const relays = await Promise.all(anvils.map(({ port }, i) => relay(port, i === 0)));
      const urls = relays.map(({ url }) => url);
      rows.push({ name, ...(await measure(name, urls)) });
      for (const { close } of relays) close();
    }
    print(rows);
    return rows;
  } finally {
    for (const { stop } of anvils) stop();
  }
}

function print(rows) {
  const ms = (value) => (value === undefined ? '–' : value >= 1_000 ? Math.round(value) : value.toFixed(1));
  console.log('\n## The first of three nodes accepts connections and never answers\n');
  console.log('| client | first answer ms | p50 | p99 | longest | requests | failed |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const { name, first, p50, p99, longest, requests, failed } of rows)
    console.log(
      `| ${name} | ${first === undefined ? `none in ${LONGEST_MS / 1_000} s` : ms(first)} | ${ms(p50)} | ${ms(p99)} | ${ms(longest)} | ${requests} | ${failed} |`,
    );
}

function measure(name, urls) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['measure', name, ...urls]);
    const late = setTimeout(() => child.kill('SIGKILL'), 3 * LONGEST_MS);
    let row;
    child.on('message', (message) => {
      row = message;
    });
    child.on('exit', (code) => {
      clearTimeout(late);
      if (row === undefined) reject(new Error(`${name} ended with ${code}.`));
      else resolve(row);
    });
  });
}

/** In a process of its own. */
async function measureHere(name, urls) {
  const address = `0x${'11'.repeat(20)}`;
  let slot = 0;
  const beginning = performance.now();
  const { read, stop } = await CLIENTS[name](urls);
  // Without the time that it takes to load the libraries.
  const loaded = performance.now();
  let failed = 0;
  const timed = async () => {
    const begin = performance.now();
    // Never the same twice: nothing is answered from what was kept.
    const slotText = `0x${(++slot).toString(16)}`;
    const left = LONGEST_MS - (begin - beginning);
    try {
      const isThere = await Promise.race([
        read([address, slotText, 'latest']).then(() => true),
        new Promise((resolve) => setTimeout(resolve, Math.max(0, left), false)),
      ]);
      if (!isThere) return undefined;
    } catch {
      failed++;
    }
    return performance.now() - begin;
  };
  const isFirstThere = (await timed()) !== undefined && failed === 0;
  const first = isFirstThere ? performance.now() - loaded : undefined;
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  const times = [];
  while (times.length < REQUESTS && performance.now() - beginning < LONGEST_MS) {
    const time = await timed();
    if (time === undefined) break;
    times.push(time);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))];
  stop();
  const row = {
    first,
    p50: at(0.5),
    p99: at(0.99),
    longest: times.at(-1),
    requests: times.length,
    failed,
  };
  process.send(row, () => process.exit());
}

/** A way to a node; one that is hung accepts, and that is all. */
async function relay(port, isHung) {
  const open = new Set();
  const server = createServer((client) => {
    open.add(client);
    client.on('error', () => {});
    if (isHung) {
      client.resume();
      return;
    }
    const node = connect(port, '127.0.0.1');
    open.add(node);
    node.on('error', () => client.destroy());
    client.setNoDelay(true);
    node.setNoDelay(true);
    client.pipe(node).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

async function startAnvil() {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch] ?? process.arch;
  const path = createRequire(import.meta.url).resolve(
    `@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`,
  );
  const words = ['--port', '0', '--chain-id', String(CHAIN), '--timestamp', '1700000000', '--no-mining'];
  const child = spawn(path, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => child.kill('SIGKILL'));
  let text = '';
  for await (const piece of child.stdout) {
    text += piece;
    const port = /^Listening on [\d.]+:(\d+)$/m.exec(text)?.[1];
    if (port !== undefined) return { port: Number(port), stop: () => child.kill('SIGKILL') };
  }
  throw new Error(`anvil did not come up:\n${text}`);
}

const [, script, word, name, ...urls] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  if (word === 'measure') await measureHere(name, urls);
  else await benchFirstNodeHung();
}
