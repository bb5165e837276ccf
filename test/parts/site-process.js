// A site of an exchange as a process of its own, so that killing and stopping it are real. It writes down every request that it
// carries out, at once: what a killed one has done is known.
import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';

const [, , name, port, journal] = process.argv;
const file = openSync(journal, 'a');
let behaviour = { kind: 'normal' };
let health = 200;
let turn = 0;
let isClosing = false;
let server;

function carryOut(request) {
  const id = request.headers['x-request-id'] ?? '-';
  writeSync(file, `${request.method} ${id} ${request.headers['keelson-epoch'] ?? '-'}\n`);
}

function answer(request, response, body) {
  const met = behaviour;
  if (met.kind === 'errors' && turn++ % 10 < 10 * met.share) {
    writeSync(file, `refused ${request.headers['x-request-id'] ?? '-'} -\n`);
    response.writeHead(met.status, { 'content-length': 0 }).end();
    return;
  }
  carryOut(request);
  const text = JSON.stringify({ site: name, id: request.headers['x-request-id'], body });
  const head = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  if (met.kind === 'reset' || met.kind === 'truncate') {
    response.writeHead(200, head);
    if (met.kind === 'reset') {
      response.flushHeaders();
      setTimeout(() => response.socket?.resetAndDestroy(), 1);
    } else response.write(text.slice(0, text.length >> 1), () => response.socket?.destroy());
  } else if (met.kind === 'cut') response.socket?.resetAndDestroy();
  else if (met.kind === 'slow') setTimeout(() => response.writeHead(200, head).end(text), met.delayMs);
  else response.writeHead(200, head).end(text);
}

function open(at) {
  server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    response.on('error', () => undefined);
    if (isClosing) response.shouldKeepAlive = false;
    if (request.url === '/health') {
      response.writeHead(health, { 'content-length': 0 }).end();
      return;
    }
    let body = '';
    request.on('error', () => undefined);
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => answer(request, response, body));
  });
  server.listen(Number(at), '127.0.0.1', 1024, () =>
    process.send?.({ kind: 'listens', port: server.address().port }),
  );
}

process.on('message', (order) => {
  if (order.kind === 'behave') {
    behaviour = order.behaviour;
    turn = 0;
  } else if (order.kind === 'health') health = order.status;
  process.send?.({ kind: 'done' });
});
process.on('SIGTERM', () => {
  isClosing = true;
  writeSync(file, 'closing - -\n');
  setTimeout(() => process.exit(0), 500);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
process.on('disconnect', () => process.exit(0));
open(port);
