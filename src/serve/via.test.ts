import { expect, test } from 'vitest';
import { modelOf } from '../../test/oracle/models.ts';
import { addressesOf, addressOf, edgeAddressOf } from './via.ts';

test.each([
  ['http://127.0.0.1:7101', '127.0.0.1:7101'],
  ['http://Site-A.example/orders', 'site-a.example:80'],
  ['https://site-a.example', 'site-a.example:443'],
  ['https://site-a.example:80', 'site-a.example:80'],
  ['ws://site-a.example/ws', 'site-a.example:80'],
  ['wss://[2001:DB8:0::1]/ws', '[2001:db8::1]:443'],
  ['http://[::1]:7101/', '[::1]:7101'],
])('the address of %s is %s', (url, address) => expect(addressOf(url)).toBe(address));

test.each([
  ['203.0.113.7', 'https://www.example/', '203.0.113.7:443'],
  ['2001:db8:0::1', 'http://www.example:7080/', '[2001:db8::1]:7080'],
  ['edge.cdn.example', 'https://www.example/', 'edge.cdn.example:443'],
])('users of a front who are sent to %s by %s come to %s', (place, url, address) =>
  expect(edgeAddressOf(place, url)).toBe(address),
);

test('addresses of a plan are all that is connected to: services, alternatives, members, nodes, keys of issuers, edges', () => {
  const { plan } = modelOf(`keelson: 1
platform: {name: P, asOf: 2026-11-01}
catalog: none
journeys:
  trade: {match: [{path: /orders, to: book}], modes: {full: {needs: [book, login, front, reads, {from: many, atLeast: 1}]}}}
services:
  book:
    outages: none
    any: [{use: p/a, url: "http://alternative.example:7101"}, site]
  site: {outages: none, url: "https://site.example/base"}
  login: {outages: none, jwt: {issuer: me, audience: harbor, keys: "https://issuer.example/jwks.json"}}
  front:
    outages: none
    front: true
    url: "https://www.example:8443/"
    any: [{use: p/a, answer: [203.0.113.7, "2001:db8::7"]}, {use: p/b, answer: cdn.example}]
  reads: {outages: none, any: [node], jsonrpc: {chain: 1}}
  node: {outages: none, url: "http://node.example:8545", node: {websocket: "wss://node.example:8546/ws"}}
  many: {pool: [{use: p/a, capacity: 1, url: "http://member.example"}, {use: p/b, capacity: 1, url: "http://member.example"}]}
providers: {p: {capabilities: {a: {outages: none}, b: {outages: none}}}}
`);
  expect([...addressesOf(plan)].sort()).toEqual([
    '203.0.113.7:8443',
    '[2001:db8::7]:8443',
    'alternative.example:7101',
    'cdn.example:8443',
    'issuer.example:443',
    'member.example:80',
    'node.example:8545',
    'node.example:8546',
    'site.example:443',
  ]);
});
