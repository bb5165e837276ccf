import { describe, expect, test } from 'vitest';
import { expectWithin, secondsOf } from '../../../test/pace.ts';
import { HostPattern, hostPatternFault, TextPattern, textPatternFault } from './pattern.ts';

describe('a pattern of host names', () => {
  test.each([
    ['cloudfront.net', 'd111.cloudfront.net', {}],
    ['cloudfront.net', 'cloudfront.net', {}],
    ['cloudfront.net', 'notcloudfront.net', undefined],
    ['cloudfront.net', 'cloudfront.net.evil.example', undefined],
    ['awsdns-*.com', 'ns-1.awsdns-12.com', {}],
    ['awsdns-*.com', 'awsdns-12.net', undefined],
    ['{region}.elb.amazonaws.com', 'lb-1.us-east-1.elb.amazonaws.com', { region: 'us-east-1' }],
    ['{region}.elb.amazonaws.com', 'lb-1.nowhere.elb.amazonaws.com', undefined],
    ['s3-website-{region}.amazonaws.com', 'b.s3-website-eu-west-3.amazonaws.com', { region: 'eu-west-3' }],
    ['s3-website-{region}.amazonaws.com', 's3-website.amazonaws.com', undefined],
  ])('%s and %s', (pattern, host, found) => {
    expect(new HostPattern(pattern, 'aws').match(host)).toEqual(found);
  });

  test.each(['com', '*.com.*', 'a.{region}.{region}.com', '***.example.com', 'a b.com', 'A.com', '.com'])(
    '%s is none',
    (pattern) => {
      expect(hostPatternFault(pattern)).toMatch(/^(a|at) /);
    },
  );
});

describe('a pattern of texts', () => {
  test.each([
    ['cloudflare', 'Cloudflare', {}],
    ['cloudflare', 'cloudflare-nginx', undefined],
    ['cache-*', 'cache-fra-1, cache-lcy-2', {}],
    ['*cloudfront.net*', '1.1 abc.cloudfront.net (CloudFront)', {}],
    ['{region}', 'eu-central-1', { region: 'eu-central-1' }],
    ['{region}::*', 'eu-west-1::x', { region: 'eu-west-1' }],
    ['a*b', 'a', undefined],
    ['a*a', 'a', undefined],
    ['*b*c', 'abbbbc', {}],
  ])('%s and %s', (pattern, text, found) => {
    expect(new TextPattern(pattern, 'aws').match(text)).toEqual(found);
  });

  test.each(['', '*', '**a', 'a*b*c*d*e', '{region}{region}'])('"%s" is none', (pattern) => {
    expect(textPatternFault(pattern)).toMatch(/^(a|at|text) /);
  });

  test('takes no long time over a text made to take one', () => {
    const pattern = new TextPattern('*ab*ab*ab');
    const seconds = secondsOf(() => {
      expect(pattern.match('ab'.repeat(100_000).slice(0, -1))).toBeUndefined();
    });
    expectWithin(seconds, 1);
  });
});
