import { expect, test } from 'vitest';
import { EndpointReader } from './bundle.ts';
import { References } from './references.ts';

const hostsIn = (script: string): string[] => {
  const references = new References(10);
  const reader = new EndpointReader('bundle', references);
  reader.write(script);
  reader.end();
  return references.all.map(({ host }) => host);
};

test('an endpoint in a comment of its own line is not one that the script calls', () => {
  const script = [
    '/*! MIT, see',
    ' * https://rpc.starred.io/v1',
    ' */ const a = "https://rpc.after.io/v1";',
    '  // as in https://rpc.example-line.io/v1',
    '/* old: https://rpc.block.io */',
    '/* banner */ fetch("https://rpc.behind-banner.io/");',
    'const b = 2 * 3, c = "https://rpc.called.io/";',
  ].join('\n');
  expect(hostsIn(script)).toEqual(['rpc.after.io', 'rpc.behind-banner.io', 'rpc.called.io']);
});
