// Preloaded by NODE_OPTIONS=--require: every connection that a process opens, and every place at which it listens, as lines of JSON in the
// file of KEELSON_CONNECTS.
'use strict';
const { appendFileSync } = require('node:fs');
const dgram = require('node:dgram');
const dns = require('node:dns');
const net = require('node:net');

const file = process.env.KEELSON_CONNECTS;
const write = (what) =>
  file !== undefined && appendFileSync(file, `${JSON.stringify({ role: roleOf(process.argv), ...what })}\n`);
const roleOf = (words) => (words.some((word) => word.includes('drilled')) ? 'served' : 'drill');

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  const given = typeof first === 'object' ? first : { port: first, host: args[1] };
  write({ kind: 'connect', to: given.path ?? `${given.host ?? 'localhost'}:${given.port}` });
  return connect.apply(this, args);
};
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (...args) {
  this.once('listening', () => {
    const at = this.address();
    write({ kind: 'listen', to: typeof at === 'string' ? at : `${at.address}:${at.port}` });
  });
  return listen.apply(this, args);
};
const { send } = dgram.Socket.prototype;
dgram.Socket.prototype.send = function (...args) {
  write({ kind: 'datagram', to: JSON.stringify(args.slice(1)) });
  return send.apply(this, args);
};
const { lookup } = dns;
dns.lookup = (name, ...args) => {
  if (net.isIP(name) === 0 && name !== 'localhost') write({ kind: 'name', to: name });
  return lookup(name, ...args);
};
