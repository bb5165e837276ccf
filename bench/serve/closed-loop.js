// A closed loop on raw sockets: each connection sends its next request when its last answer is whole. It reads no more of HTTP than
// Content-Length, so that what it costs stays far below what it measures.
import { connect } from 'node:net';

const BLANK = Buffer.from('\r\n\r\n');

/**
 * Sends requests over so many connections until all are answered.
 *
 * @param {{ port: number, connections: number, requests: number, bytes: number, next: (i: number) => Buffer }} order `next` gives each
 *   request by its number; `bytes` is how long a good answer's body is
 */
export async function closedLoop({ port, connections, requests, bytes, next }) {
  const state = { sent: 0, got: 0, failed: 0, requests, bytes, next, latencies: new Float64Array(requests) };
  const begin = performance.now();
  await Promise.all(connectionsTo(port, connections).map((one) => one.run(state)));
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

/** Connections stay open between orders, as those of clients do. */
const open = new Map();

function connectionsTo(port, count) {
  const all = open.get(port) ?? [];
  open.set(port, all);
  while (all.length < count) all.push(new Connection(port));
  return all;
}

/** One connection: opened when it is first used, and again after it has broken, which counts its request as failed. */
class Connection {
  constructor(port) {
    this.port = port;
    this.socket = null;
    this.state = null;
    this.resolve = null;
    this.rest = null;
    this.need = 0;
    this.isOk = false;
    this.isWaiting = false;
    this.at = 0;
  }

  /** Resolves when there is nothing left to send. */
  run(state) {
    this.state = state;
    return new Promise((resolve) => {
      this.resolve = resolve;
      if (this.socket === null) this.open();
      else this.send();
    });
  }

  open() {
    this.rest = null;
    this.need = 0;
    this.socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    this.socket.on('connect', () => this.send());
    this.socket.on('data', (chunk) => this.take(chunk));
    this.socket.on('error', () => {});
    this.socket.on('close', () => this.close());
  }

  send() {
    const { state } = this;
    if (state.sent === state.requests) return this.resolve();
    const next = state.next(state.sent++);
    this.isWaiting = true;
    this.at = performance.now();
    this.socket.write(next);
  }

  take(chunk) {
    if (this.need === 0) {
      const head = this.rest === null ? chunk : Buffer.concat([this.rest, chunk]);
      const end = head.indexOf(BLANK);
      if (end < 0) {
        this.rest = head;
        return;
      }
      this.rest = null;
      const length = lengthIn(head.latin1Slice(0, end));
      this.isOk = length === this.state.bytes && head[9] === 0x32;
      if (length < 0) return void this.socket.destroy();
      this.need = length + end + 4 - head.length;
    } else {
      this.need -= chunk.length;
    }
    if (this.need > 0) return;
    this.isWaiting = false;
    if (this.need < 0) return void this.socket.destroy();
    if (this.isOk) this.state.latencies[this.state.got++] = performance.now() - this.at;
    else this.state.failed++;
    this.send();
  }

  close() {
    this.socket = null;
    const { state } = this;
    if (this.isWaiting) state.failed++;
    this.isWaiting = false;
    // Between orders there is nobody left who waits: the next order opens it again.
    if (state.sent === state.requests || state.failed > 1000) this.resolve();
    else this.open();
  }
}

function lengthIn(head) {
  const found = /\r\ncontent-length: *(\d+)/i.exec(head);
  return found === null ? -1 : Number(found[1]);
}
