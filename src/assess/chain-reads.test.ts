import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG, type Catalog } from '../catalog/index.ts';
import { loadCatalog } from '../catalog/load.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { assess, type Assessment } from './index.ts';

const { catalog } = loadCatalog(join(import.meta.dirname, '..', '..', 'data'));

function modelOf(services: string, known: Catalog = EMPTY_CATALOG): Model {
  const text = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {j: {loss: 1k USD/h, modes: {m: {needs: reads}}}}
services:
${services}${known === EMPTY_CATALOG ? 'catalog: none\n' : ''}`;
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const built = buildModel(plan, known);
  if (built.model === undefined) throw new Error(built.problems.map(({ message }) => message).join('\n'));
  return built.model;
}

const NODES = ['t', 'u', 'v', 'own']
  .map(
    (name) =>
      `  ${name}: {url: "https://${name}.example", handles: [content], outages: {rate: 2/yr, mean: 9h}}\n`,
  )
  .join('');

function solve(reads: string, more = ''): Assessment {
  return assess(modelOf(`  reads: {outages: none, ${reads}}\n${NODES}${more}`), { advice: false, draws: 0 });
}

/** Minimal sets of who can lie together, without `compromise:`. */
function liars(reads: string, more?: string): string[] {
  const [journey] = solve(reads, more).journeys;
  return (journey?.compromise.sets ?? []).map((set) =>
    set.map((target) => target.replace('compromise:', '').replace('reads:', '')).join('+'),
  );
}

describe('who can lie about a chain', () => {
  test.each([
    ['nothing is checked', 'atLeast: 2, of: [t, u, v], jsonrpc: {chain: 1}', ['t', 'u', 'v']],
    [
      'two have to agree',
      'atLeast: 2, of: [t, u, v], verify: quorum, jsonrpc: {chain: 1}',
      ['t+u', 't+v', 'u+v'],
    ],
    [
      'proofs are held against what two agree on',
      'atLeast: 2, of: [t, u, v], verify: proof, jsonrpc: {chain: 1}',
      ['verifier', 't+u', 't+v', 'u+v'],
    ],
    [
      'they are held against the headers of one, and two decide the rest',
      'atLeast: 2, of: [t, u, v], verify: proof, jsonrpc: {chain: 1, trusted: own}',
      ['own', 'verifier', 't+u', 't+v', 'u+v'],
    ],
    [
      'nothing but what is proved is answered',
      'atLeast: 2, of: [t, u, v], verify: proof, jsonrpc: {chain: 1, trusted: own, unproved: refuse}',
      ['own', 'verifier'],
    ],
    [
      'who is trusted is a member, too',
      'atLeast: 2, of: [t, u, own], verify: proof, jsonrpc: {chain: 1, trusted: own}',
      ['own', 'verifier', 't+u'],
    ],
    [
      'one of several is asked, and proves it',
      'any: [t, u], failover: {}, verify: proof, jsonrpc: {chain: 1, trusted: own}',
      ['own', 'verifier'],
    ],
    [
      'two agree on headers, and nothing else is answered',
      'atLeast: 2, of: [t, u, v], verify: proof, jsonrpc: {chain: 1, unproved: refuse}',
      ['verifier', 't+u', 't+v', 'u+v'],
    ],
  ])('where %s', (_, reads, sets) => {
    expect(liars(reads)).toEqual(sets);
  });

  test('of trusted headers is whoever can lie to that service', () => {
    const reads = 'atLeast: 1, of: [t], verify: proof, jsonrpc: {chain: 1, trusted: headers}';
    const headers = '  headers: {atLeast: 2, of: [u, v, own], verify: quorum}\n';
    expect(liars(reads, headers)).toEqual(['verifier', 'own+u', 'own+v', 'u+v']);
  });

  test('is nobody else where a proof needs no chain', () => {
    expect(liars('atLeast: 2, of: [t, u, v], verify: proof')).toEqual(['verifier']);
  });
});

describe('a pool of nodes works', () => {
  const q = (2 * 9) / 8766 / (1 + (2 * 9) / 8766);
  const twoOfThreeFail = 3 * q * q * (1 - q) + q ** 3;
  test.each([
    ['atLeast: 2, of: [t, u, v], verify: proof, jsonrpc: {chain: 1}', twoOfThreeFail],
    [
      'atLeast: 2, of: [t, u, v], verify: proof, jsonrpc: {chain: 1, trusted: own}',
      1 - (1 - q) * (1 - twoOfThreeFail),
    ],
    // While the trusted member is gone nothing works; else it is enough that one more works.
    [
      'atLeast: 2, of: [t, u, own], verify: proof, jsonrpc: {chain: 1, trusted: own}',
      1 - (1 - q) * (1 - q * q),
    ],
  ])('only while somebody gives headers: %s', (reads, down) => {
    const [journey] = solve(reads).journeys;
    expect(journey?.down.probability).toBeCloseTo(down, 14);
    expect(journey?.down.singlePoints).toEqual(reads.includes('trusted') ? ['own'] : []);
  });
});

const RPC = `  infura-rpc: {outages: none, needs: infura/rpc, url: "https://mainnet.infura.io/v3"}
  alchemy-rpc: {outages: none, needs: alchemy/rpc, url: "https://eth-mainnet.g.alchemy.com/v2"}
`;

describe('members of a pool of nodes', () => {
  test('share the fate of a region that one rents and another’s provider stands on', () => {
    const own =
      '  own-node: {outages: none, needs: aws/ec2@us-east-1/use1-az4, url: "https://node.example"}\n';
    const reads =
      '  reads: {outages: none, atLeast: 2, of: [infura-rpc, alchemy-rpc, own-node], verify: quorum, jsonrpc: {chain: 1}}\n';
    const { sharedFate } = assess(modelOf(reads + own + RPC, catalog), { advice: false, draws: 0 });
    expect(sharedFate).toEqual([
      { service: 'reads', alternatives: ['infura-rpc', 'own-node'], events: ['aws@us-east-1'] },
    ]);
  });

  test('share the fate of the provider that both need', () => {
    const reads = `  reads: {outages: none, atLeast: 2, of: [infura-rpc, again, alchemy-rpc], verify: quorum, jsonrpc: {chain: 1}}
  again: {outages: none, needs: infura/rpc, url: "https://sepolia.infura.io/v3"}\n`;
    const { sharedFate, findings } = assess(modelOf(reads + RPC, catalog), { advice: false, draws: 0 });
    expect(sharedFate).toEqual([
      { service: 'reads', alternatives: ['infura-rpc', 'again'], events: ['aws@us-east-1', 'infura/rpc'] },
    ]);
    expect(findings.map(({ code }) => code)).toContain('shared-fate');
  });
});

describe('addresses of nodes', () => {
  const warned = (services: string, known: Catalog = catalog): string[] => {
    const text = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {j: {modes: {m: {needs: reads}}}}
services:
${services}`;
    const { plan } = parsePlan(text, 'plan.yaml');
    if (plan === undefined) throw new Error('no plan');
    return buildModel(plan, known)
      .problems.map(({ code, line, message }) => `${code}@${line} ${message}`)
      .filter((one) => one.startsWith('node'));
  };

  test('of one provider are one source, of however many services and names', () => {
    const found =
      warned(`  reads: {outages: none, atLeast: 2, of: [a, b, c], verify: quorum, jsonrpc: {chain: 1}}
  a: {outages: none, url: "https://rpc.ankr.com/eth"}
  b: {outages: none, any: [{use: c, url: "https://x.example"}, {use: a, url: "https://rpc.ankr.com/eth/"}], failover: {}}
  c: {outages: none, url: "https://not-ankr.com/eth"}
`);
    expect(found).toEqual([
      'nodes-of-one-provider@5 a, b of "reads" are at addresses of Ankr: one source, and one fate.',
    ]);
  });

  test('of a provider whose outages are known are to be needed, also where headers come from', () => {
    const reads = (of: string): string =>
      `  reads: {outages: none, atLeast: 2, of: [${of}], verify: proof, jsonrpc: {chain: 1, trusted: h}}\n`;
    const own = `  n: {outages: none, url: "https://n.example"}\n  m: {outages: none, url: "https://m.example"}\n`;
    const h = (needs: string): string =>
      `  h: {outages: none, ${needs}url: "https://mainnet.infura.io/v3"}\n`;
    expect(warned(reads('n, m') + own + h(''))).toEqual([
      'node-provider-unsaid@5 h is at an address of Infura (Consensys), and does not need it: no figure counts its outages. Write needs: infura/rpc.',
    ]);
    expect(warned(reads('n, m') + own + h('needs: infura/rpc, '))).toEqual([]);
    expect(warned(reads('n, h') + own + h(''))).toHaveLength(1);
    // Through a service, and as an alternative.
    expect(warned(`${reads('n, m') + own + h('needs: i, ')}  i: {needs: infura/rpc}\n`)).toEqual([]);
  });

  test('tell nothing where no catalogue is wanted, or no chain is read', () => {
    const nodes = `  a: {outages: none, url: "https://mainnet.infura.io/v3"}\n  b: {outages: none, url: "https://sepolia.infura.io"}\n`;
    const reads = '  reads: {outages: none, atLeast: 2, of: [a, b], jsonrpc: {chain: 1}}\n';
    expect(warned(reads + nodes)).toHaveLength(3);
    expect(warned(reads + nodes, EMPTY_CATALOG)).toEqual([]);
    expect(warned(`${reads + nodes}catalog: none\n`)).toEqual([]);
    expect(warned(`  reads: {outages: none, atLeast: 2, of: [a, b]}\n${nodes}`)).toEqual([]);
  });
});

test('the example says what it trusts, and nothing is wrong with it', () => {
  const file = join(import.meta.dirname, '..', '..', 'examples', 'chain-reads', 'plan.yaml');
  const { plan, problems } = parsePlan(readFileSync(file, 'utf8'), file);
  const built = plan === undefined ? undefined : buildModel(plan, catalog);
  expect([...problems, ...(built?.problems ?? [])]).toEqual([]);
  const [journey] =
    built?.model === undefined ? [] : assess(built.model, { advice: false, draws: 0 }).journeys;
  expect(journey?.compromise.sets).toEqual([
    ['compromise:chain-reads:verifier'],
    ['compromise:own-node'],
    ['compromise:alchemy/rpc', 'compromise:infura/rpc'],
  ]);
});

describe('advice on chain reads', () => {
  const advised = (reads: string): string[] => {
    const own = '  own-node: {outages: none, needs: hetzner/server@fsn1, url: "https://node.example"}\n';
    const { advice } = assess(modelOf(`  reads: {outages: none, ${reads}}\n${own}${RPC}`, catalog), {
      catalog,
      draws: 0,
    });
    return advice.filter(({ kind }) => kind === 'verify').map(({ change }) => change);
  };

  test.each([
    [
      'atLeast: 2, of: [infura-rpc, alchemy-rpc, own-node]',
      ['compare the answers of reads and serve only what a quorum says'],
    ],
    [
      'any: [infura-rpc, alchemy-rpc, own-node], failover: {}',
      ['check the answers of reads by proof against headers of own-node, and trust nobody else'],
    ],
    // Nobody's headers could be believed.
    ['any: [infura-rpc, alchemy-rpc], failover: {}', []],
    ['atLeast: 2, of: [infura-rpc, alchemy-rpc, own-node], verify: quorum', []],
  ])('%s: %j', (reads, changes) => {
    expect(advised(`${reads}, jsonrpc: {chain: 1}`)).toEqual(changes);
  });
});
