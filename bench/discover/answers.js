// A resolver that answers every question after 5 ms: addresses and name servers are there, nothing else is. Says its port over IPC.
import { createSocket } from 'node:dgram';

const DELAY_MS = 5;
const TYPE = { A: 1, NS: 2 };
const SERVERS = ['ns1.names.example', 'ns2.names.example'];

const socket = createSocket({ type: 'udp4', recvBufferSize: 4_000_000 });
socket.on('message', (query, { port, address }) => {
  const answer = answerTo(query);
  setTimeout(() => socket.send(answer, port, address), DELAY_MS);
});
socket.bind(0, '127.0.0.1', () => process.send({ port: socket.address().port }));

function answerTo(query) {
  let end = 12;
  while (query[end] !== 0) end += query[end] + 1;
  const type = query.readUInt16BE(end + 1);
  const question = query.subarray(12, end + 5);
  const records =
    type === TYPE.A
      ? [record(1, Buffer.from([104, 16, 1, 1]))]
      : type === TYPE.NS
        ? SERVERS.map((name) => record(2, wire(name)))
        : [];
  const header = Buffer.from([
    query[0],
    query[1],
    0x81,
    0x80,
    0,
    1,
    0,
    records.length,
    0,
    records.length === 0 ? 1 : 0,
    0,
    0,
  ]);
  return Buffer.concat([header, question, ...(records.length === 0 ? [record(6, NOTHING)] : records)]);
}

/** Of the name that was asked for. */
function record(type, data) {
  return Buffer.concat([
    Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 255]),
    data,
  ]);
}

function wire(name) {
  return Buffer.concat([
    ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.of(0),
  ]);
}

const NOTHING = Buffer.concat([wire('ns.example'), wire('ops.example'), Buffer.alloc(20, 1)]);
