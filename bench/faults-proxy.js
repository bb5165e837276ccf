// One of the proxies of bench/faults.js, in a process of its own: node bench/faults-proxy.js UPSTREAM_PORT KIND, with IPC
import { connect, createServer } from 'node:net';
import { FaultServer } from '../dist/faults/index.js';

const [port, kind] = process.argv.slice(2);
process.send({ port: kind === 'pipe' ? await startPipe() : await startFaults() });
process.on('disconnect', () => process.exit());

async function startFaults() {
  const proxy = await new FaultServer().create({ name: 'p', upstream: `127.0.0.1:${port}`, protocol: kind });
  if (kind === 'http')
    await proxy.setToxic({ type: 'http_status', attributes: { status: 503 }, match: { path: '/other/**' } });
  return Number(proxy.listen.split(':').at(-1));
}

function startPipe() {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ])
      one.pipe(other).on('error', () => one.destroy());
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}
