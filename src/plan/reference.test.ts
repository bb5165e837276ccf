import { describe, expect, test } from 'vitest';
import { encloses, isServiceName, parseReference } from './index.ts';

describe('a reference', () => {
  test.each([
    ['aws', { provider: 'aws', capability: undefined, scope: '' }],
    ['aws/ec2', { provider: 'aws', capability: 'ec2', scope: '' }],
    ['aws/ec2@us-east-1', { provider: 'aws', capability: 'ec2', scope: 'us-east-1' }],
    ['aws/ec2@us-east-1/use1-az4', { provider: 'aws', capability: 'ec2', scope: 'us-east-1/use1-az4' }],
    ['aws@us-east-1', { provider: 'aws', capability: undefined, scope: 'us-east-1' }],
    ['aws@us-east-1/use1-az4', { provider: 'aws', capability: undefined, scope: 'us-east-1/use1-az4' }],
    ['1.1.1.1/dns', { provider: '1.1.1.1', capability: 'dns', scope: '' }],
  ])('%s is read into its parts', (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
  });

  test.each([
    '',
    'AWS',
    'aws/',
    '/ec2',
    'aws/ec2/x',
    'aws@',
    'aws/ec2@',
    'aws/ec2@r/z/x',
    'aws@r@z',
    '-aws',
    'aws-',
    'a ws',
    'aws/é',
    'a'.repeat(65),
    'aws\n',
  ])('"%s" is none', (text) => {
    expect(parseReference(text)).toBeUndefined();
  });

  test('without a capability and a place is the name of a service', () => {
    expect(['edge', 'edge.eu', 'aws/ec2', 'aws@r', 'aws/ec2@r'].map(isServiceName)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

test('a broader scope encloses the narrower, and only whole words of it', () => {
  const cases: [string, string, boolean][] = [
    ['', 'r/z', true],
    ['', '', true],
    ['r', 'r', true],
    ['r', 'r/z', true],
    ['r/z', 'r', false],
    ['r', '', false],
    ['us-east-1', 'us-east-12', false],
    ['us-east-1', 'us-east-12/z', false],
  ];
  for (const [outer, inner, holds] of cases)
    expect([outer, inner, encloses(outer, inner)]).toEqual([outer, inner, holds]);
});
