import { describe, expect, test } from 'vitest';
import { chainMembersOf, chainPoolOf, parsePlan, type Plan, type Service } from './index.ts';

const HEAD = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {j: {modes: {m: {needs: reads}}}}
services:
  a: {url: "https://a.example"}
  b: {url: "https://b.example"}
  c: {any: [a, {use: b, url: "https://c.example/v3", node: {key: env:C}}], failover: {}}
  others: {any: [c], jsonrpc: {chain: 1}}
`;

function parsed(reads: string): ReturnType<typeof parsePlan> {
  return parsePlan(`${HEAD}  reads: ${reads}\n`, 'plan.yaml');
}

function plan(reads: string): Plan {
  const { plan: found, problems } = parsed(reads);
  if (found === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return found;
}

function serviceOf({ services = [] }: Plan, name: string): Service {
  const found = services.find((one) => one.name === name)?.value;
  if (found === undefined) throw new Error(`No service ${name}.`);
  return found;
}

const pool = (reads: string): unknown => chainPoolOf(serviceOf(plan(reads), 'reads'));

/** Codes of what is wrong, but for services that nothing needs. */
const wrong = (reads: string): string[] =>
  parsed(reads)
    .problems.map(({ code }) => code)
    .filter((code) => code !== 'service-unused');

describe('a pool of nodes', () => {
  test('has a default for everything but its chain', () => {
    expect(pool('{atLeast: 2, of: [a, b, c], jsonrpc: {chain: 1}}')).toEqual({
      chain: 1,
      blockTimeMs: 12_000,
      lag: 3,
      verify: undefined,
      atLeast: 2,
      trusted: undefined,
      unproved: undefined,
      allow: [],
      refuse: [],
      logs: 10_000,
    });
    expect(serviceOf(plan('{atLeast: 1, of: [a]}'), 'reads').jsonrpc).toBeUndefined();
    expect(pool('{atLeast: 1, of: [a]}')).toBeUndefined();
  });

  test('says all that it can say', () => {
    const said =
      '{chain: 8453, blockTime: 2s, lag: 0, trusted: c, unproved: refuse, allow: [debug_traceTransaction], refuse: [eth_getLogs], logs: 50}';
    expect(pool(`{atLeast: 2, of: [a, b, c], verify: proof, jsonrpc: ${said}}`)).toEqual({
      chain: 8453,
      blockTimeMs: 2000,
      lag: 0,
      verify: 'proof',
      atLeast: 2,
      trusted: 'c',
      unproved: 'refuse',
      allow: ['debug_traceTransaction'],
      refuse: ['eth_getLogs'],
      logs: 50,
    });
  });

  test.each([
    ['{atLeast: 2, of: [a, b], verify: proof, jsonrpc: {chain: 1}}', 'quorum'],
    ['{atLeast: 2, of: [a, b], verify: proof, jsonrpc: {chain: 1, unproved: refuse}}', 'refuse'],
    ['{atLeast: 1, of: [a, b], verify: proof, jsonrpc: {chain: 1, trusted: a}}', 'trusted'],
    ['{any: [a, b], failover: {}, verify: proof, jsonrpc: {chain: 1, trusted: a}}', 'trusted'],
    ['{atLeast: 2, of: [a, b], verify: quorum, jsonrpc: {chain: 1}}', undefined],
  ])('%s: what nothing proves is for %s', (reads, unproved) => {
    expect(pool(reads)).toMatchObject({ unproved });
  });

  test('has members, each with the nodes that it leads to, the preferred one first', () => {
    const found = plan(
      '{atLeast: 2, of: [b, c, {any: [b, a]}, [c, infura/rpc], infura/rpc], jsonrpc: {chain: 1}}',
    );
    const members = chainMembersOf(serviceOf(found, 'reads'), (name) => serviceOf(found, name));
    expect(members.map(({ addresses }) => addresses.map(({ url }) => url))).toEqual([
      ['https://b.example'],
      ['https://a.example', 'https://c.example/v3'],
      ['https://b.example', 'https://a.example'],
      ['https://a.example', 'https://c.example/v3'],
      [],
    ]);
    expect(members[1]?.addresses.map(({ node }) => node?.key)).toEqual([undefined, 'env:C']);
  });

  test('may have a node alone, with what it takes and what its provider allows', () => {
    const node =
      '{key: file:k, token: env:T, websocket: "wss://d.example/ws", budget: {perSecond: 0.5, burst: 3, perDay: 3000000}, batch: 1}';
    const { any } = serviceOf(
      plan(`{any: [{use: a, url: "http://d.example:8545", node: ${node}}], jsonrpc: {chain: 1}}`),
      'reads',
    );
    expect(any?.[0]?.node).toMatchObject({
      key: 'file:k',
      token: 'env:T',
      websocket: 'wss://d.example/ws',
      budget: { perSecond: 0.5, burst: 3, perDay: 3_000_000 },
      batch: 1,
    });
  });
});

describe('what is wrong with a pool of nodes', () => {
  test.each([
    ['{needs: a, jsonrpc: {chain: 1}}', ['jsonrpc-without-members']],
    ['{front: true, any: [a], jsonrpc: {chain: 1}}', ['jsonrpc-misplaced']],
    ['{atLeast: 2, of: [a, b], verify: signature, jsonrpc: {chain: 1}}', ['verify-of-a-chain']],
    ['{atLeast: 2, of: [a, b], jsonrpc: {chain: 1, trusted: a}}', ['only-with-proof']],
    ['{atLeast: 2, of: [a, b], verify: quorum, jsonrpc: {chain: 1, unproved: quorum}}', ['only-with-proof']],
    ['{any: [a, b], failover: {}, verify: quorum, jsonrpc: {chain: 1}}', ['quorum-without-members']],
    ['{any: [a, b], failover: {}, verify: proof, jsonrpc: {chain: 1}}', ['headers-unbelieved']],
    [
      '{atLeast: 1, of: [a, b], verify: proof, jsonrpc: {chain: 1, trusted: a, unproved: quorum}}',
      ['unproved-of-one'],
    ],
    ['{atLeast: 2, of: [a, b], verify: proof, jsonrpc: {chain: 1, trusted: z}}', ['unknown-service']],
    ['{atLeast: 2, of: [a, b], verify: proof, jsonrpc: {chain: 1, trusted: reads}}', ['service-cycle']],
    [
      '{atLeast: 2, of: [a, b], jsonrpc: {chain: 1, allow: [eth_sign], refuse: [eth_call]}}',
      ['method-never-offered'],
    ],
    [
      '{atLeast: 2, of: [a, b], jsonrpc: {chain: 1, allow: [eth_call], refuse: [eth_call]}}',
      ['method-allowed-and-refused'],
    ],
    ['{any: [{use: a, node: {}}], jsonrpc: {chain: 1}}', ['node-without-url']],
    ['{any: [{use: b, url: "https://A.example/"}, a], failover: {}, jsonrpc: {chain: 1}}', ['node-twice']],
    ['{url: "https://r.example", node: {}}', ['node-of-no-pool']],
    ['{any: [a], jsonrpc: {}}', ['missing-key']],
    // A mistake that is said hides what follows from it.
    ['{any: nothing at all, jsonrpc: {chain: 1}}', ['wrong-type']],
    ['{atLeast: 2, of: [a, b], verify: prof, jsonrpc: {chain: 1, trusted: a}}', ['wrong-word']],
    ['{atLeast: two, of: [a, b], verify: proof, jsonrpc: {chain: 1}}', ['wrong-type']],
    ['{atLeast: 1, of: [a, b], verify: proof, jsonrpc: {chain: 1, trusted: A}}', ['wrong-type']],
  ])('%s: %j', (reads, codes) => {
    expect(wrong(reads)).toEqual(codes);
  });

  test.each([
    'personal_sign',
    'admin_peers',
    'engine_newPayloadV4',
    'miner_start',
    'wallet_addEthereumChain',
    'eth_sendTransaction',
    'eth_sign',
    'eth_signTypedData_v4',
    'eth_submitWork',
    'anvil_setBalance',
    'debug_setHead',
  ])('includes %s, which no plan can allow', (method) => {
    expect(wrong(`{atLeast: 2, of: [a, c], jsonrpc: {chain: 1, allow: [${method}]}}`)).toEqual([
      'method-never-offered',
    ]);
  });

  test.each([
    'debug_traceTransaction',
    'trace_block',
    'txpool_content',
    'eth_sendRawTransaction',
    'zks_getProof',
  ])('does not include %s', (method) => {
    expect(wrong(`{atLeast: 2, of: [a, c], jsonrpc: {chain: 1, allow: [${method}]}}`)).toEqual([]);
  });
});
