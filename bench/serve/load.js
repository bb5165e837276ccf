// Requests of a browser's script with a token, driven over IPC:
//   { port, connections, requests, tokens, bytes, seed } → { requests, seconds, failed, medianMs, p99Ms }
import { readFileSync } from 'node:fs';
import { closedLoop } from './closed-loop.js';

process.on('message', async (order) => process.send(await load(order)));
process.on('disconnect', () => process.exit());

/** @param {{ port: number, connections: number, requests: number, tokens: string, bytes: number, seed: number }} order */
function load({ port, connections, requests, tokens, bytes, seed }) {
  const asked = readRequests(tokens, port);
  return closedLoop({ port, connections, requests, bytes, next: (i) => asked[(seed + i) % asked.length] });
}

const kept = new Map();

/** One request for each token, as a browser's script would send it. Kept for the next order. */
function readRequests(file, port) {
  const key = `${file} ${port}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const tokens = readFileSync(file, 'latin1').split('\n').filter(Boolean);
  const requests = tokens.map((token) =>
    Buffer.from(
      `GET /balances HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: keelson-bench\r\nAccept: application/json\r\n` +
        `Accept-Encoding: gzip, br\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    ),
  );
  kept.set(key, requests);
  return requests;
}
