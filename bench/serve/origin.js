// An origin where nginx is not installed: the same 1 KB for every path.
//   node bench/serve/origin.js BYTES, with IPC
import { createServer } from 'node:http';

const body = Buffer.alloc(Number(process.argv[2] ?? 1024), 'x');
const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length)];
const server = createServer((_, response) => response.writeHead(200, headers).end(body));
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
