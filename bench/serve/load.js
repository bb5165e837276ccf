// A closed loop on raw sockets: each connection sends its next request when its last answer is whole. One process, driven over IPC:
//   { port, connections, requests, tokens, seed } → { requests, seconds, failed, medianMs, p99Ms }
// It reads no more of HTTP than Content-Length, so that what it costs stays far below what it measures.
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';

const BLANK = Buffer.from('\r\n\r\n');

process.on('message', async (order) => process.send(await load(order)));
process.on('disconnect', () => process.exit());

/** @param {{ port: number, connections: number, requests: number, tokens: string, bytes: number, seed: number }} order */
async function load({ port, connections, requests, tokens, bytes, seed }) {
  const asked = readRequests(tokens, port);
  const state = { sent: 0, got: 0, failed: 0, first: seed % asked.length, requests, bytes, asked };
  state.latencies = new Float64Array(requests);
  const begin = performance.now();
  await Promise.all(Array.from({ length: connections }, () => runConnection(port, state)));
  const seconds = (performance.now() - begin) / 1000;
  const sorted = state.latencies.subarray(0, state.got).sort();
  return {
    requests: state.got,
    failed: state.failed,
    seconds,
    medianMs: sorted[state.got >> 1] ?? 0,
    p99Ms: sorted[Math.floor(state.got * 0.99)] ?? 0,
  };
}

/** One request for each token, as a browser's script would send it. Kept for the next order. */
function readRequests(file, port) {
  const key = `${file} ${port}`;
  if (readRequests.key === key) return readRequests.kept;
  const tokens = readFileSync(file, 'latin1').split('\n').filter(Boolean);
  readRequests.key = key;
  readRequests.kept = tokens.map((token) =>
    Buffer.from(
      `GET /balances HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: keelson-bench\r\nAccept: application/json\r\n` +
        `Accept-Encoding: gzip, br\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    ),
  );
  return readRequests.kept;
}

/** Resolves when there is nothing left to send. A connection that breaks is opened again and its request counted as failed. */
function runConnection(port, state) {
  return new Promise((resolve) => {
    let need = 0;
    let status = 0;
    let at = 0;
    let rest = null;
    let isWaiting = false;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const send = () => {
      if (state.sent === state.requests) return void socket.destroy();
      const next = state.asked[(state.first + state.sent++) % state.asked.length];
      need = 0;
      isWaiting = true;
      at = performance.now();
      socket.write(next);
    };
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      if (need === 0) {
        const head = rest === null ? chunk : Buffer.concat([rest, chunk]);
        const end = head.indexOf(BLANK);
        if (end < 0) return void (rest = head);
        rest = null;
        const length = lengthIn(head.latin1Slice(0, end));
        if (length !== state.bytes) return void socket.destroy();
        status = head[9];
        need = length + end + 4 - head.length;
      } else {
        need -= chunk.length;
      }
      if (need > 0) return;
      isWaiting = false;
      if (need < 0 || status !== 0x32) state.failed++;
      else state.latencies[state.got++] = performance.now() - at;
      send();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (isWaiting) state.failed++;
      if (state.sent === state.requests || state.failed > 1000) resolve();
      else resolve(runConnection(port, state));
    });
  });
}

function lengthIn(head) {
  const found = /\r\ncontent-length: *(\d+)/i.exec(head);
  return found === null ? -1 : Number(found[1]);
}
