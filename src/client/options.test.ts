import { describe, expect, test } from 'vitest';
import { KeelsonError } from '../errors.ts';
import { readOptions, type ChainPoolOptions } from './options.ts';
import { proofs } from './proofs.ts';

const [A, B, C] = ['https://a.example/key', 'https://b.example', 'https://c.example'];

function problemsOf(options: object): string[] {
  try {
    readOptions(options as ChainPoolOptions); // whatever JavaScript passes
    return [];
  } catch (error) {
    if (!(error instanceof KeelsonError)) throw error;
    expect([error.code, error.hint]).toEqual(['client-options', expect.stringContaining('docs/client.md')]);
    return error.message.split('\n');
  }
}

describe('how many must say the same, where nothing is said', () => {
  test.each([
    ['one node', [A], 'none', 1],
    ['two: one that fails would fail every read', [A, B], 'none', 1],
    ['three', [A, B, C], 'quorum', 2],
    ['three of two operators', [A, 'https://a.example/other', B], 'none', 1],
  ])('%s', (_, nodes, verify, votes) => {
    expect(readOptions({ chain: 1, nodes })).toMatchObject({ verify, votes });
  });

  test('a trusted node is enough for headers', () => {
    const verify = proofs({ trusted: [C] });
    expect(readOptions({ chain: 1, nodes: [A, B], verify })).toMatchObject({ verify: 'proof', votes: 1 });
    expect(readOptions({ chain: 1, nodes: [A, B], verify: proofs() })).toMatchObject({ votes: 2 });
  });
});

test('nodes are called by their hosts, so that no key shows, and by hosts they have one voice', () => {
  const { nodes } = readOptions({ chain: 1, nodes: [A, 'https://a.example/other', 'wss://b.example/x'] });
  expect(nodes.map(({ name, operator, isSocketOnly }) => [name, operator, isSocketOnly])).toEqual([
    ['a.example', 'a.example', false],
    ['a.example 2', 'a.example', false],
    ['b.example', 'b.example', true],
  ]);
});

test('all that is wrong is said at once', () => {
  const options = {
    chain: '0x1',
    nodes: [
      'ftp://a.example',
      { url: 'https://ada:secret@b.example', batch: 0, budget: { perSecond: -1 }, keys: 1 },
      null,
    ],
    verify: 'proof',
    atLeast: 0,
    prefer: 'cheapest',
    lag: 1.5,
    blockTime: 12_000,
  };
  expect(problemsOf(options)).toEqual([
    expect.stringMatching(/^There is no option blockTime\. There are: chain, nodes, /),
    'Expected chain to be the number of a chain, found "0x1".',
    'Expected prefer to be order or fastest, found "cheapest".',
    'Expected verify to be none, quorum, or proofs() of keelson/client/proofs, found "proof".',
    'Expected lag to be a whole number of at least 0, found 1.5.',
    'Expected atLeast to be a whole number of at least 1, found 0.',
    'Expected nodes[0].url to be an address that begins with https://, http://, wss://, ws://.',
    expect.stringMatching(/^There is no option nodes\[1\]\.keys\. There are: url, /),
    'Expected nodes[1].url without a password: put it into headers, as authorization.',
    'Expected nodes[1].batch to be a whole number of at least 1, found 0.',
    'nodes[1].budget: Expected a rate above 0, found -1.',
    'Expected nodes[2] to be an address, or an object with one, found null.',
  ]);
});

test.each([
  [{}, 'Expected nodes to be a list of at least one address, found undefined.'],
  [{ chain: 1, nodes: [] }, 'Expected nodes to be a list of at least one address, found an empty list.'],
  [
    { chain: 1, nodes: [A, B], verify: 'quorum', atLeast: 3 },
    'Expected nodes of at least 3 operators, of whom 3 must say the same, found 2.',
  ],
  [
    { chain: 1, nodes: [A], verify: 'none', atLeast: 2 },
    'Expected no atLeast where verify is none: nothing is compared.',
  ],
  [
    {
      chain: 1,
      nodes: [
        { url: A, name: 'x' },
        { url: B, name: 'x' },
      ],
    },
    'Expected nodes[1].name to be of its own: x is another node.',
  ],
])('%j', (options, problem) => {
  expect(problemsOf(options)).toContain(problem);
});
