import { describe, expect, test } from 'vitest';
import { whyNotPublic } from './addresses.ts';

describe('is not of the public internet', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.255', 'loopback'],
    ['0.0.0.0', 'this network'],
    ['10.1.2.3', 'private use'],
    ['172.31.255.255', 'private use'],
    ['192.168.0.1', 'private use'],
    ['100.127.255.255', 'shared by a carrier’s customers'],
    ['169.254.1.1', 'link-local'],
    ['169.254.169.254', 'an address of a cloud for its own machines'],
    ['168.63.129.16', 'an address of a cloud for its own machines'],
    ['192.0.0.192', 'reserved'],
    ['192.0.2.1', 'documentation'],
    ['198.19.255.255', 'benchmarking'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::7f00:1', 'reserved'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:0:10.0.0.1', 'private use'],
    ['64:ff9b::169.254.169.254', 'an address of a cloud for its own machines'],
    ['64:ff9b:1::8.8.8.8', 'reserved'],
    ['2002:7f00:1::1', 'loopback'],
    ['2001:0:a00:1::1', 'private use'],
    ['2001:0:808:808:0:0:f5ff:fffe', 'private use'],
    ['2606:4700::5efe:10.0.0.1', 'private use'],
    ['2606:4700::200:5efe:10.0.0.1', 'private use'],
    ['fd00:ec2::254', 'an address of a cloud for its own machines'],
    ['fc00::1', 'private use'],
    ['fe80::1', 'link-local'],
    ['fec0::1', 'site-local'],
    ['ff02::1', 'multicast'],
    ['2001:db8::1', 'documentation'],
    ['3fff:fff::1', 'documentation'],
    ['2001:20::1', 'reserved'],
    ['5f00::1', 'reserved'],
    ['harbor.example', 'no address'],
    ['fe80::1%eth0', 'no address'],
  ])('%s: %s', (address, why) => {
    expect(whyNotPublic(address)).toBe(why);
  });

  // As WHATWG URL reads hosts.
  test.each([
    'http://127.1/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://017700000001/',
    'http://127.0.0.1./',
    'http://１２７.0.0.1/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:127.0.0.1]/',
  ])('%s', (url) => {
    expect(whyNotPublic(new URL(url).hostname.replace(/^\[|\]$/g, ''))).toBe('loopback');
  });
});

test.each([
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '169.253.255.255',
  '192.0.1.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450::1',
  '::ffff:1.1.1.1',
  '64:ff9b::1.1.1.1',
  '2002:101:101::1',
])('%s is', (address) => {
  expect(whyNotPublic(address)).toBeUndefined();
});
