// @fastify/http-proxy as its README says, with 64 connections and no logging.
//   node bench/serve/proxies/fastify.js ORIGIN_PORT, with IPC
import proxy from '@fastify/http-proxy';
import Fastify from 'fastify';

const server = Fastify();
server.register(proxy, {
  upstream: `http://127.0.0.1:${process.argv[2]}`,
  undici: { connections: 64, pipelining: 1 },
});
await server.listen({ port: 0, host: '127.0.0.1' });
process.send({ port: server.server.address().port });
process.on('disconnect', () => process.exit());
