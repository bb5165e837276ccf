import { describe, expect, test } from 'vitest';
import { NAME } from '../../plan/reference.ts';
import { remark, toAddress, toHost, toName } from './names.ts';

describe('toName', () => {
  test.each([
    ['Orders Service', 'orders-service'],
    ['aws_sqs_queue.jobs', 'aws_sqs_queue.jobs'],
    ['--a--', 'a'],
    ['\u0000', 'part'],
    ['', 'part'],
  ])('makes of %j the name %s', (text, name) => {
    expect(toName(text)).toBe(name);
  });

  test('cuts long ones so that they stay apart', () => {
    const one = toName(`${'a'.repeat(100)}1`);
    expect(one).not.toBe(toName(`${'a'.repeat(100)}2`));
    expect(one).toMatch(NAME);
    expect(toName('b.'.repeat(60))).toMatch(NAME);
    expect(toName('x'.repeat(5000))).toMatch(NAME);
  });
});

describe('toHost and toAddress', () => {
  test('know hosts from addresses and from what is neither', () => {
    expect(toHost('WWW.Example.COM.')).toBe('www.example.com');
    for (const none of [
      '',
      'localhost',
      '10.0.0.1',
      'a..b',
      '-a.example',
      'a b.example',
      `${'a'.repeat(64)}.example`,
    ])
      expect(toHost(none)).toBeUndefined();
    expect(toAddress('203.0.113.9')).toBe('203.0.113.9');
    expect(toAddress('2001:DB8::1')).toBe('2001:db8::1');
    for (const none of ['300.1.1.1', '1.2.3', 'a::b::c::zz', 'example.com'])
      expect(toAddress(none)).toBeUndefined();
  });
});

test('a remark is one line that shows everything', () => {
  expect(remark('a\n b\t\u202ec')).toBe('a b \\u{202e}c');
  expect(remark('x'.repeat(1000))).toHaveLength(400);
});
