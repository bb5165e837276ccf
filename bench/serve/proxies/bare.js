// The yardstick: node:http and undici's dispatch doing no more than forwarding, as well as one would write it.
//   node bench/serve/proxies/bare.js ORIGIN_PORT, with IPC
import { createServer } from 'node:http';
import { Pool } from 'undici';

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

const pool = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 64, pipelining: 1 });
const server = createServer((request, response) => {
  const headers = [];
  let hasBody = false;
  let named = '';
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i].toLowerCase();
    if (name === 'content-length' || name === 'transfer-encoding') hasBody = true;
    if (name === 'connection') named += `${rawHeaders[i + 1].toLowerCase()},`;
    if (!HOP_BY_HOP.has(name)) headers.push(name, rawHeaders[i + 1]);
  }
  pool.dispatch(
    {
      path: request.url,
      method: request.method,
      headers: named === '' ? headers : withoutNamed(headers, named),
      body: hasBody ? request : null,
    },
    new Forwarding(response),
  );
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());

class Forwarding {
  constructor(response) {
    this.response = response;
    this.abort = null;
  }

  onConnect(abort) {
    this.abort = abort;
    this.response.on('close', () => {
      if (!this.response.writableFinished) abort();
    });
  }

  onHeaders(status, raw, resume, statusText) {
    if (status < 200) return true;
    const headers = [];
    let named = '';
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i].latin1Slice();
      const lower = name.toLowerCase();
      const value = raw[i + 1].latin1Slice();
      if (lower === 'connection') named += `${value.toLowerCase()},`;
      if (!HOP_BY_HOP.has(lower)) headers.push(name, value);
    }
    this.response.on('drain', resume);
    this.response.writeHead(status, statusText, named === '' ? headers : withoutNamed(headers, named));
    return true;
  }

  onData(chunk) {
    return this.response.write(chunk);
  }

  onComplete() {
    this.response.end();
  }

  onError() {
    if (this.response.headersSent) this.response.destroy();
    else this.response.writeHead(502).end();
  }
}

/** Without what the Connection header names (RFC 9110, 7.6.1). */
function withoutNamed(headers, named) {
  const names = new Set(named.split(',').map((name) => name.trim()));
  return headers.filter((_, i) => !names.has(headers[i & ~1].toLowerCase()));
}
