// Calls of JSON-RPC, driven over IPC: { port, connections, requests, bytes, path, kind, seed } → { requests, seconds, failed, medianMs, p99Ms }
//   kind 'new': no two calls alike; 'same': a few thousand that come again and again
import { closedLoop } from '../serve/closed-loop.js';

process.on('message', async (order) => process.send(await load(order)));
process.on('disconnect', () => process.exit());

const SAME = 1_000;

function load({ port, connections, requests, bytes, path, kind, seed }) {
  const next = (i) => request(port, path, kind === 'same' ? (seed + i) % SAME : seed + i);
  return closedLoop({ port, connections, requests, bytes, next });
}

/** A call of a contract as a wallet makes it: 36 bytes of data, as of a block that is final. */
function request(port, path, i) {
  const data = `0x70a08231${i.toString(16).padStart(64, '0')}`;
  const body = `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48","data":"${data}"},"0x10"]}`;
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: keelson-bench\r\nAccept: application/json\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}
