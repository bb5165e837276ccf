// http-proxy-3 with a keep-alive agent of 64 connections.
//   node bench/serve/proxies/http-proxy-3.js ORIGIN_PORT, with IPC
import { Agent, createServer } from 'node:http';
import { createProxyServer } from 'http-proxy-3';

const proxy = createProxyServer({
  target: `http://127.0.0.1:${process.argv[2]}`,
  agent: new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 64 }),
});
proxy.on('error', (_, __, response) => response.writeHead?.(502).end());
const server = createServer((request, response) => proxy.web(request, response));
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
