import { describe, expect, test } from 'vitest';
import {
  balanceAt,
  callOf,
  grow,
  hex,
  receiptOf,
  type Said,
  type ScriptedBlock,
  ACCOUNT,
  blockAt,
} from '../../test/parts/scripted-link.ts';
import { scene, type Scene } from '../../test/parts/scripted-pool.ts';
import type { PoolAnswer } from './pool-answer.ts';
import { textOf } from './texts.ts';

const trunk = grow(undefined, 9, { logs: 1 });
const at = (number: number, head = trunk): ScriptedBlock => blockAt(head, number);
const truth = (number: number, head = trunk): string => `"${balanceAt(at(number, head), ACCOUNT)}"`;
const messageOf = ({ text }: PoolAnswer): string => (JSON.parse(text) as { message: string }).message; // an error
/** A transaction in no block. */
const UNMINED = {
  ...{ hash: `0x${'ab'.repeat(32)}`, blockHash: null, blockNumber: null, transactionIndex: null },
  ...{ from: ACCOUNT, to: ACCOUNT, nonce: '0x1', value: '0x0', gas: '0x5208', input: '0x', type: '0x0' },
  ...{ gasPrice: '0x7', v: '0x1b', r: '0x1', s: '0x1' },
};
const transactionOf = (block: ScriptedBlock): unknown => receiptOf(block).transactionHash;

describe('nodes that do not agree', () => {
  test('are asked again a moment later: they may have been at a fork', () => {
    const { ask, node, time } = scene({ head: trunk });
    const branch = grow(at(7), 1, { salt: 'b' });
    node(1).head = branch;
    node(2).instead = (method) => (method === 'eth_getBalance' ? { failure: 'unreachable' } : undefined);
    time.after(60, () => {
      node(1).head = trunk;
    });
    expect(ask('eth_getBalance', [ACCOUNT, '0x8']).text).toBe(truth(8));
  });

  test('that still do not are said to', () => {
    const { ask, nodes } = scene({ head: trunk });
    nodes.forEach((one, i) => {
      one.instead = (method) => (method === 'eth_getBalance' ? { result: hex(i) } : undefined);
    });
    const answer = ask('eth_getBalance', [ACCOUNT]);
    expect(answer).toMatchObject({ kind: 'error', source: 'failed' });
    expect(messageOf(answer)).toBe('Of 3 nodes of chain that were asked, no 2 say the same.');
  });

  test('are named, and the one that stands alone is put aside as long as enough are left', () => {
    const { ask, node, dissents, pass } = scene({ head: trunk });
    node(0).instead = (method) => (method === 'eth_getBalance' ? { result: '0x1' } : undefined);
    expect(ask('eth_getBalance', [ACCOUNT]).text).toBe(truth(8));
    pass(50);
    expect(dissents).toEqual([{ node: 'a', method: 'eth_getBalance', why: 'b and c say otherwise' }]);
    expect(node(0).node.isAside).toBe(true);
    node(1).instead = node(0).instead;
    ask('eth_getBalance', [ACCOUNT, '0x7']);
    pass(300);
    expect(node(1).node.isAside).toBe(false);
  });

  test('because one is on another branch are told of, and nobody is put aside', () => {
    const { ask, node, dissents, pass } = scene({ head: trunk });
    // Before anybody knows of it.
    node(0).head = grow(at(7), 1, { salt: 'b' });
    expect(ask('eth_getBalance', [ACCOUNT, '0x8']).text).toBe(truth(8));
    pass(50);
    expect(dissents.map(({ node: name }) => name)).toEqual(['a']);
    expect(node(0).node.isAside).toBe(false);
  });
});

/** What comes of a call to which the nodes say these in turn. */
function saying(method: string, params: readonly unknown[], ...said: readonly (string | Said)[]): PoolAnswer {
  return told(method, ...said).ask(method, params);
}

function told(method: string, ...said: readonly (string | Said)[]): Scene {
  const world = scene({ head: trunk });
  for (const [i, one] of said.entries())
    world.node(i).instead = (asked) =>
      asked !== method ? undefined : typeof one === 'string' ? { result: one } : one;
  return world;
}

describe('what nodes may say differently', () => {
  const HANGS: Said = { result: '0x1', afterMs: Number.POSITIVE_INFINITY };

  test.each<[string, unknown[], ...(string | Said)[]]>([
    ['eth_maxPriorityFeePerGas', [], '0x3b9aca00', '0x5f5e100', '0x5f5e100'],
    ['eth_estimateGas', [{ to: ACCOUNT }], '0x5300', '0x5208', '0x5208'],
    ['eth_getTransactionCount', [ACCOUNT, 'pending'], '0x6', '0x7', '0x7'],
    ['eth_call', [{ to: ACCOUNT }, 'pending'], '0x06', '0x07', '0x07'],
    ['eth_getTransactionByHash', [UNMINED.hash], { result: UNMINED }, { result: null }, { result: null }],
  ])('is nobody held against: %s', (method, params, ...said) => {
    const world = told(method, ...said);
    expect(world.ask(method, params).kind).toBe('result');
    world.pass(1_000);
    expect(world.dissents).toEqual([]);
    expect(world.nodes.map(({ node }) => node.isAside)).toEqual([false, false, false]);
  });

  test.each<[string, unknown[], string, string, string]>([
    ['eth_gasPrice', [], '0x3b9aca00', '0x3b9aca01', '"0x3b9aca00"'],
    ['eth_estimateGas', [{ to: ACCOUNT }], '0x5208', '0x5209', '"0x5209"'],
  ])(
    'does not wait for one that hangs where the others are near: %s',
    (method, params, one, other, middle) => {
      const world = told(method, one, other, HANGS);
      const began = world.time.now();
      expect(world.ask(method, params).text).toBe(middle);
      expect(world.time.now() - began).toBeLessThan(500);
    },
  );

  test('is the middle of those near each other where too few are left to outvote a liar', () => {
    const world = scene({ head: trunk, count: 4, votes: 3 });
    for (const lie of ['0x1', '0xffff']) {
      for (const [i, price] of ['0x10', '0x11', '0x12', lie].entries())
        world.node(i).instead = (method) => (method === 'eth_gasPrice' ? { result: price } : undefined);
      expect(world.ask('eth_gasPrice').text).toBe('"0x11"');
    }
  });

  test('lets nobody hold the head back: one put aside for something else still tells of it', () => {
    const { node, pass, ask } = scene({ head: trunk });
    node(0).node.dissented('eth_call', 'it was outvoted', true);
    let head = trunk;
    for (let i = 0; i < 5; i++) {
      head = grow(head, 1);
      for (const honest of [0, 1]) node(honest).head = head;
      pass(1_000);
    }
    expect(ask('eth_blockNumber').text).toBe(`"${hex(head.number)}"`);
  });
});

describe('an error that nodes word differently', () => {
  const LOOKUP = `0x556f1830${'11'.repeat(32)}`;
  const failing = (...errors: readonly object[]) =>
    saying('eth_call', [{ to: ACCOUNT }], ...errors.map((error) => ({ error }) as Said));
  const plain = { code: 3, message: 'execution reverted', data: '0x' };

  test('has nothing of one node alone in it: no words, no data', () => {
    for (const data of [{ data: LOOKUP }, { deep: { data: LOOKUP } }, LOOKUP, `Reverted ${LOOKUP}`]) {
      const lie = { code: 3, message: 'execution reverted: visit https://evil.example', data };
      const { text, from } = failing(lie, plain, plain);
      expect([JSON.parse(text), from]).toEqual([plain, ['b', 'c']]);
    }
    const words = { code: 3, message: 'execution reverted: visit https://evil.example', data: 'revert' };
    expect(JSON.parse(failing(words, plain, plain).text)).toEqual({ code: 3, message: 'execution reverted' });
  });

  test('is one where its data is, however it is wrapped', () => {
    const data = `0x08c379a0${'22'.repeat(32)}`;
    const wrapped = { code: -32603, message: 'Internal error', data: { message: 'reverted', data } };
    const nethermind = { code: -32015, message: 'VM execution error.', data: `Reverted ${data}` };
    expect(JSON.parse(failing(wrapped, nethermind, plain).text)).toEqual({
      ...{ code: 3, message: 'execution reverted' },
      data,
    });
    const other = { code: -32000, message: 'insufficient funds for transfer' };
    const others = { code: -32000, message: 'insufficient funds for gas * price + value' };
    expect(JSON.parse(failing(other, others, other).text)).toEqual({
      code: -32000,
      message: 'Nodes refuse this alike, each in its own words.',
    });
  });
});

describe('what is pending', () => {
  const nonces = (...said: readonly string[]) => {
    const world = scene({ head: trunk });
    for (const [i, nonce] of said.entries())
      world.node(i).instead = (method) =>
        method === 'eth_getTransactionCount' ? { result: nonce } : undefined;
    return world.ask('eth_getTransactionCount', [ACCOUNT, 'pending']);
  };

  test('is the middle of what nodes say where it is a number: nobody alone says which nonce comes next', () => {
    expect(nonces('0x7', '0x7', '0x7').text).toBe('"0x7"');
    for (const lie of ['0x0', '0xffff']) {
      expect(nonces(lie, '0x7', '0x7').text).toBe('"0x7"');
      expect(nonces(lie, '0x7', '0x8').text).toBe(lie === '0x0' ? '"0x7"' : '"0x8"');
    }
    // One has not heard of it yet.
    expect(nonces('0x6', '0x7', '0x7').text).toBe('"0x7"');
  });

  test('has to be equal where one node does not answer: near is no nonce', () => {
    const silent: Said = { failure: 'unreachable' };
    expect(saying('eth_getTransactionCount', [ACCOUNT, 'pending'], '0x64', silent, '0x64').text).toBe(
      '"0x64"',
    );
    expect(saying('eth_getTransactionCount', [ACCOUNT, 'pending'], '0x64', silent, '0x51').kind).toBe(
      'error',
    );
  });

  test('has to be said by as many as anything else where it is no number', () => {
    const call = [{ to: ACCOUNT }, 'pending'];
    expect(saying('eth_call', call, '0x01', '0x02', '0x02')).toMatchObject({
      text: '"0x02"',
      from: ['b', 'c'],
    });
    expect(saying('eth_call', call, '0x01', '0x02', '0x03')).toMatchObject({
      kind: 'error',
      source: 'failed',
    });
  });

  test('is what one node says of a block, which each makes for itself', () => {
    const block = (hash: string): Said => ({ result: { number: '0x9', hash, transactions: [] } });
    const asked = saying(
      'eth_getBlockByNumber',
      ['pending', false],
      block('0x1'),
      block('0x2'),
      block('0x3'),
    );
    expect(asked.from).toEqual(['a']);
  });

  test('is the latest where nothing of it can be pending', () => {
    const { ask, node } = scene({ head: trunk });
    ask('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'pending' }]);
    expect(node(1).link.paramsOf('eth_getLogs').at(-1)).toEqual([{ fromBlock: '0x0', toBlock: '0x8' }]);
    ask('eth_feeHistory', ['0x1', 'pending', []]);
    expect(node(1).link.paramsOf('eth_feeHistory').at(-1)).toEqual(['0x1', '0x8', []]);
  });
});

describe('an answer that some clients would read otherwise', () => {
  const call = callOf('eth_getBalance', [ACCOUNT, '0x5']);
  const answered = (first: string, others: string, of = call) => {
    const { pool, nodes, pass, dissents } = scene({ head: trunk });
    for (const [i, one] of nodes.entries())
      one.instead = (method) => (method === of.method ? { text: i === 0 ? first : others } : undefined);
    const got: string[] = [];
    pool.call(of, { body: of.text }, (answer) => got.push(textOf('7', answer)));
    pass(500);
    expect(dissents).toEqual([]);
    return got[0];
  };

  test('is written anew: a second result in other letters, another form of the id', () => {
    const plain = '{"jsonrpc":"2.0","id":7,"result":"0x0"}';
    for (const odd of [
      '{"jsonrpc":"2.0","id":7,"result":"0x0","Result":"0xbad"}',
      '{"jsonrpc":"2.0","id":7,"result":"0x0","Result":"0xbad","Error":null,"error":null}',
      '{"jsonrpc":"2.0","id":7,"re\\u0073ult":"0x0"}',
      '{"jsonrpc":"2.0","id":7.0,"result":"0x0"}',
      '{"id":7,"result":"0x0"}',
      // go-ethereum refuses zeros before a number.
      '{"jsonrpc":"2.0","id":7,"result":"0x0000"}',
    ])
      expect(answered(odd, plain), odd).toBe(plain);
    // What is as it should be comes as it came.
    const spaced = '{ "id":7, "jsonrpc":"2.0","result":"0x0" }';
    expect(answered(spaced, plain)).toBe(spaced);
  });

  test('is written anew where one node has a member twice, in other letters, or with zeros before it', () => {
    const receipt = JSON.stringify(receiptOf(at(5)));
    const of = callOf('eth_getTransactionReceipt', [transactionOf(at(5))]);
    const whole = (result: string): string => `{"jsonrpc":"2.0","id":7,"result":${result}}`;
    const odd = receipt
      .replace('{', '{"status":"0x0","Status":null,"BlockNumber":"0x1",')
      .replace('"blockNumber":"0x5"', '"blockNumber":"0x0005"');
    expect(odd).toContain('"0x0005"');
    const said = answered(whole(odd), whole(receipt), of) ?? '';
    expect(said.match(/"status"/gi)).toEqual(['"status"']);
    expect(said).not.toContain('BlockNumber');
    expect(JSON.parse(said)).toEqual(JSON.parse(whole(receipt)));
  });
});
