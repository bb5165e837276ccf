// Three nodes, of which the first accepts connections and never answers. Build first, then:
//   node examples/client/first-node-hung.mjs
// Nodes of your own instead: node examples/client/first-node-hung.mjs CHAIN URL URL …
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { chainPool } from 'keelson/client';

const [chain, ...urls] = process.argv.slice(2);
const anvils = chain === undefined ? await Promise.all([startAnvil(), startAnvil(), startAnvil()]) : [];
anvils[0]?.hang();

const pool = chainPool({
  chain: Number(chain ?? 31337),
  nodes: chain === undefined ? anvils.map(({ url }) => url) : urls,
  onDissent: ({ node, method, why }) => console.log(`${node} on ${method}: ${why}`),
});

const address = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
for (let i = 0; i < 5; i++) {
  const begin = performance.now();
  const word = await pool.request({ method: 'eth_getStorageAt', params: [address, `0x${i}`, 'latest'] });
  console.log(`slot ${i}: ${word.slice(0, 10)}… in ${Math.round(performance.now() - begin)} ms`);
}
await pool.subscribe(['newHeads'], ({ number }) => console.log(`block ${Number(number)}`));
for (const { mine } of anvils.slice(1)) await mine();
await new Promise((resolve) => setTimeout(resolve, 4_000));

console.table(
  pool.status().nodes.map(({ name, state, head, latencyMs }) => ({ name, state, head, latencyMs })),
);
pool.stop();
for (const { stop } of anvils) stop();

/** A real node of one's own: anvil, of the npm package of Foundry. */
async function startAnvil() {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch] ?? process.arch;
  const path = createRequire(import.meta.url).resolve(
    `@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`,
  );
  // Nodes with the same first block are of the same chain.
  const child = spawn(path, ['--port', '0', '--no-mining', '--timestamp', '1700000000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.on('exit', () => child.kill('SIGKILL'));
  let text = '';
  for await (const piece of child.stdout) {
    text += piece;
    const port = /^Listening on [\d.]+:(\d+)$/m.exec(text)?.[1];
    if (port === undefined) continue;
    const url = `http://127.0.0.1:${port}`;
    const body = '{"jsonrpc":"2.0","id":1,"method":"evm_mine","params":[{"timestamp":1700000012}]}';
    return {
      url,
      hang: () => child.kill('SIGSTOP'),
      mine: () => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
      stop: () => child.kill('SIGKILL'),
    };
  }
  throw new Error(`anvil did not come up:\n${text}`);
}
