// A node of a chain that stands still: the same 1 KB for every call, and a head for whoever asks.
//   node bench/chain/node.js BYTES, with IPC
import { createServer } from 'node:http';

const bytes = Number(process.argv[2] ?? 1024);
const EMPTY = `{"jsonrpc":"2.0","id":1,"result":"0x"}`;
const answer = Buffer.from(
  `{"jsonrpc":"2.0","id":1,"result":"0x${'ab'.repeat((bytes - EMPTY.length) / 2)}"}`,
);
const chain = Buffer.from('{"jsonrpc":"2.0","id":1,"result":"0x1"}');
/** Block 0 of the main network, with another number: nobody holds its hash against it. */
const zero = `0x${'0'.repeat(64)}`;
const block = Buffer.from(
  `{"jsonrpc":"2.0","id":1,"result":${JSON.stringify({
    number: '0x100',
    hash: `0x${'1'.repeat(64)}`,
    parentHash: zero,
    timestamp: '0x1',
    logsBloom: `0x${'0'.repeat(512)}`,
    transactionsRoot: zero,
    receiptsRoot: zero,
    transactions: [],
  })}}`,
);

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('latin1');
  request.on('data', (piece) => {
    body += piece;
  });
  request.on('end', () => {
    const said = body.includes('eth_call') ? answer : body.includes('eth_chainId') ? chain : block;
    response
      .writeHead(200, ['Content-Type', 'application/json', 'Content-Length', String(said.length)])
      .end(said);
  });
});
server.keepAliveTimeout = 3_600_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
