import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorText, readMessage, readReplies, readRequest, replyText, sameId } from './envelope.ts';

fc.configureGlobal({ seed: 1 });

/** A JSON text of the value with white space wherever there may be some, and keys escaped where it likes. */
function written(value: unknown, pick: () => number): string {
  const space = (): string => [' ', '\n', '\t', '\r', ' \n ', '', '', '', ''][pick() % 9] ?? '';
  const text = (string: string): string =>
    pick() % 3 === 0
      ? `"${[...Array(string.length).keys()].map((i) => `\\u${string.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(string);
  const write = (v: unknown): string => {
    if (typeof v === 'string') return text(v);
    if (typeof v !== 'object' || v === null) return JSON.stringify(v);
    const isArray = Array.isArray(v);
    const inner = isArray
      ? v.map((item) => space() + write(item) + space())
      : Object.entries(v).map(
          ([k, item]) => `${space()}${text(k)}${space()}:${space()}${write(item)}${space()}`,
        );
    return (isArray ? '[' : '{') + (inner.join(',') || space()) + (isArray ? ']' : '}');
  };
  return space() + write(value) + space();
}

const picks = fc.infiniteStream(fc.nat(1_000));
const picker = (stream: Iterator<number>) => (): number => stream.next().value ?? 0;
const id = fc.oneof(
  fc.integer(),
  fc.string({ maxLength: 20 }),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
/** -0 is written as 0. */
const json = fc.jsonValue({ maxDepth: 6 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

function call(text: string) {
  const request = readRequest(text);
  if (request.kind !== 'single') throw new Error(`Expected a single call, found ${JSON.stringify(request)}.`);
  return request.call;
}

function reply(text: string) {
  const replies = readReplies(text);
  if (replies.kind === 'broken') throw new Error(replies.why);
  return replies.replies[0];
}

describe('requests', () => {
  test('a call is read, and its texts kept as they came', () => {
    expect(
      call(' {"id" : "a\\u0062" ,"method":"eth_call","params": [ {"to":"0x"}, 1.0 ], "jsonrpc":"2.0"}\n'),
    ).toEqual({
      kind: 'call',
      method: 'eth_call',
      id: '"a\\u0062"',
      params: [{ to: '0x' }, 1],
      paramsText: '[ {"to":"0x"}, 1.0 ]',
      text: '{"id" : "a\\u0062" ,"method":"eth_call","params": [ {"to":"0x"}, 1.0 ], "jsonrpc":"2.0"}',
    });
  });

  test('params and jsonrpc may be missing, and params null; without an id it is a notification', () => {
    const text = '{"method":"eth_chainId"}';
    expect(call(text)).toEqual({
      kind: 'call',
      method: 'eth_chainId',
      id: undefined,
      params: [],
      paramsText: '[]',
      text,
    });
    expect(call('{"method":"eth_chainId","params":null,"id":null}')).toMatchObject({
      id: 'null',
      paramsText: '[]',
    });
  });

  test.each([
    ['{"id":1,"params":[]}', '1', -32600],
    ['{"id":1,"method":7}', '1', -32600],
    ['{"id":1,"method":""}', '1', -32600],
    [`{"id":1,"method":"${'m'.repeat(201)}"}`, '1', -32600],
    ['{"id":1,"method":"a","jsonrpc":"1.0"}', '1', -32600],
    ['{"id":1,"method":"a","jsonrpc":null}', '1', -32600],
    ['{"id":1,"method":"a","params":{"to":1}}', '1', -32602],
    ['{"id":1,"method":"a","params":"x"}', '1', -32602],
    ['{"id":{},"method":"a"}', 'null', -32600],
    ['{"id":true,"method":"a"}', 'null', -32600],
    [`{"id":"${'i'.repeat(1_001)}","method":"a"}`, 'null', -32600],
    [`{"id":${'1'.repeat(1_001)},"method":"a"}`, 'null', -32600],
    ['{"id":1,"id":2,"method":"a"}', 'null', -32600],
    ['{"id":1,"method":"a","m\\u0065thod":"b"}', 'null', -32600],
    ['{"id":1,"method":"a","METHOD":"eth_sendTransaction"}', '1', -32600],
    ['{"id":1,"method":"a","param\u017f":[]}', '1', -32600],
  ])('%s is a bad call', (text, expectedId, code) => {
    expect(call(text)).toMatchObject({ kind: 'bad', id: expectedId, code });
  });

  test.each([
    ['', -32700],
    ['{', -32700],
    ['{"id":1,"method":"a"', -32700],
    ['{"id":1,"method":"a"} x', -32700],
    ['{"id":1,,"method":"a"}', -32700],
    ['{"id":1,"method":"a","params":[}]}', -32700],
    ['\ufeff{"id":1,"method":"a"}', -32700],
    ['[{"id":1,"method":"a"}', -32700],
    ['[{"id":1,"method":"a"},]', -32700],
    ['nul', -32700],
    ['null', -32600],
    ['"a"', -32600],
    ['[]', -32600],
    [' [ ] ', -32600],
    [`{${Array.from({ length: 33 }, (_, i) => `"${i}":1`).join()}}`, -32600],
  ])('%s is unreadable', (text, code) => {
    expect(readRequest(text)).toMatchObject({ kind: 'unreadable', code });
  });

  test('a bad call in a batch does no harm to the others', () => {
    const request = readRequest(
      '[ {"id":1,"method":"a"}, 7 ,{"id":2}, {"id":3,"id":3,"method":"c"},{"id":4,"method":"d","params":[[]]} ]',
    );
    expect(request).toMatchObject({
      kind: 'batch',
      calls: [
        { kind: 'call', id: '1', text: '{"id":1,"method":"a"}' },
        { kind: 'bad', id: 'null', code: -32600 },
        { kind: 'bad', id: '2' },
        { kind: 'bad', id: 'null' },
        { kind: 'call', id: '4', params: [[]], text: '{"id":4,"method":"d","params":[[]]}' },
      ],
    });
  });

  test('a batch and its depth are bounded', () => {
    const batch = (n: number): string => `[${Array(n).fill('{"id":1,"method":"a"}').join()}]`;
    expect(readRequest(batch(1_000)).kind).toBe('batch');
    expect(readRequest(batch(1_001))).toMatchObject({ kind: 'unreadable', code: -32600 });
    expect(readRequest(batch(3), { mostCalls: 2 })).toMatchObject({ kind: 'unreadable' });
    const nested = (n: number): string => `{"id":1,"method":"a","params":${'['.repeat(n)}${']'.repeat(n)}}`;
    expect(call(nested(63)).kind).toBe('call');
    expect(readRequest(nested(64))).toMatchObject({ kind: 'unreadable', code: -32600 });
    expect(readRequest(`[${nested(62)}]`).kind).toBe('batch');
    expect(readRequest(`[${nested(63)}]`)).toMatchObject({ kind: 'unreadable' });
    expect(readRequest('['.repeat(100_000)).kind).toBe('unreadable');
    expect(readRequest(nested(100_000)).kind).toBe('unreadable');
    expect(readRequest(nested(100_000), { mostDepth: 200_000 }).kind).toMatch(/single|unreadable/);
  });

  test('whatever JSON.parse reads is read alike', () => {
    fc.assert(
      fc.property(
        id,
        fc.string({ minLength: 1 }),
        fc.array(json),
        json,
        picks,
        (anId, method, params, extra, stream) => {
          const pick = picker(stream);
          const members = [
            ['id', anId],
            ['method', method],
            ['params', params],
            ['jsonrpc', '2.0'],
            ['', extra],
          ];
          const whole = Object.fromEntries(members.sort(() => pick() - 500));
          const text = written(whole, pick);
          const read = call(text);
          if (read.kind === 'bad') throw new Error(read.message);
          expect(read).toMatchObject({ method, params });
          expect(JSON.parse(read.id ?? '')).toEqual(JSON.parse(JSON.stringify(anId)));
          expect(JSON.parse(read.paramsText)).toEqual(params);
          expect(read.text).toBe(text.trim());
          expect(text).toContain(`${read.paramsText}`);
        },
      ),
    );
  });

  test('no text makes it throw', () => {
    const parts = [
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ',',
      ':',
      '"id"',
      '"method"',
      '"result"',
      '1',
      'null',
      ' ',
      '\ud800',
      '\0',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const isJson = ((): boolean => {
          try {
            JSON.parse(text);
            return true;
          } catch {
            return false;
          }
        })();
        const request = readRequest(text);
        if (!isJson) expect(request).toMatchObject({ kind: 'unreadable', code: -32700 });
        if (!isJson) expect(readReplies(text).kind).toBe('broken');
        readMessage(text);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('replies', () => {
  test('a result is kept as it came', () => {
    expect(reply('{"jsonrpc":"2.0","id":7,"result": {"a" : 1.0}}')).toEqual({
      kind: 'result',
      id: '7',
      result: '{"a" : 1.0}',
      value: { a: 1 },
      isExact: true,
    });
    expect(reply('{"id":7,"result":null,"error":null}')).toMatchObject({
      kind: 'result',
      result: 'null',
      value: null,
    });
  });

  test('is exact where every reader finds the same in the whole of it', () => {
    for (const exact of [
      '{ "id":1,"result" :"0x1", "jsonrpc":"2.0"}',
      '{"jsonrpc":"2.0","id":null,"result":null}',
    ])
      expect(reply(exact), exact).toMatchObject({ isExact: true });
    for (const odd of [
      // Go folds case, and the last one wins.
      '{"jsonrpc":"2.0","id":1,"result":"0x0","Result":"0xbad"}',
      '{"jsonrpc":"2.0","id":1,"result":"0x0","error":null}',
      '{"jsonrpc":"2.0","id":1,"result":"0x0","re\\u017fult":"0xbad"}',
      '{"jsonrpc":"2.0","id":1,"resul\\u0074":"0x0"}',
      '{"jsonrpc":"2.0","ID":1,"result":"0x0"}',
      '{"id":1,"result":"0x0"}',
      '{"id":1,"Jsonrpc":"2.0","result":"0x0"}',
      '{"jsonrpc":"2.0","result":"0x0"}',
    ])
      expect(reply(odd), odd).toMatchObject({ kind: 'result', isExact: false });
  });

  test('an error has what JSON-RPC knows, each once, and else its own bytes', () => {
    const wrap = (error: string): string => `{"jsonrpc":"2.0","id":1,"error":${error}}`;
    const exact = '{ "message":"execution reverted", "code":3, "data":"0x" }';
    expect(reply(wrap(exact))).toMatchObject({ kind: 'error', error: exact });
    const plain = '{"code":3,"message":"execution reverted","data":"0x"}';
    for (const odd of [
      '{"code":3,"message":"execution reverted","data":"0x","Data":"0xbad"}',
      '{"data":"0xbad","code":3,"message":"execution reverted","data":"0x"}',
      '{"code":3,"message":"execution reverted","d\\u0061ta":"0x","stack":"at x"}',
    ])
      expect(reply(wrap(odd)), odd).toMatchObject({ kind: 'error', error: plain });
    expect(reply(wrap('"no"'))).toMatchObject({ error: '"no"', message: 'no' });
  });

  test('an error is read, whoever wrote it', () => {
    expect(reply('{"id":"x","error":{"code":3,"message":"execution reverted","data":"0x08c379a0"}}')).toEqual(
      {
        kind: 'error',
        id: '"x"',
        error: '{"code":3,"message":"execution reverted","data":"0x08c379a0"}',
        code: 3,
        message: 'execution reverted',
        data: '0x08c379a0',
      },
    );
    expect(reply('{"id":1,"result":null,"error":{"code":"-32005","message":7}}')).toMatchObject({
      code: -32005,
      message: '',
    });
    expect(reply('{"id":1,"error":{"code":1.5}}')).toMatchObject({
      code: undefined,
      message: '',
      data: undefined,
    });
    expect(reply('{"error":"Too many requests"}')).toMatchObject({
      kind: 'error',
      id: 'null',
      message: 'Too many requests',
    });
  });

  test.each([
    '',
    'Too many requests',
    '<html>',
    '7',
    '{"jsonrpc":"2.0","id":1,"resu',
    '{"jsonrpc":"2.0","id":1,"result":"0x1"',
    '{"jsonrpc":"2.0","id":1,"result":{"a":]}}',
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":1,"error":null}',
    '{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1}}',
    '{"jsonrpc":"1.0","id":1,"result":1}',
    '{"id":1,"result":1,"result":2}',
    '{"id":1,"result":1,"r\\u0065sult":2}',
    '{"id":[1],"result":1}',
    '{"message":"API rate limit exceeded"}',
    '{"method":"eth_subscription","params":{"subscription":"0x1","result":{}}}',
    '[{"id":1,"result":1},7]',
    '[{"id":1,"result":1},{"id":2}]',
    '[{"id":1,"result":1}',
  ])('%s is broken', (text) => {
    expect(readReplies(text).kind).toBe('broken');
  });

  test('a batch is read in the order it came, and bounded', () => {
    expect(
      readReplies(' [ {"id":2,"result":"b"} , {"id":1,"error":{"code":-32000,"message":"m"}}] '),
    ).toMatchObject({
      kind: 'replies',
      isBatch: true,
      replies: [
        { kind: 'result', id: '2', result: '"b"' },
        { kind: 'error', id: '1', code: -32000 },
      ],
    });
    expect(readReplies('[]')).toEqual({ kind: 'replies', isBatch: true, replies: [] });
    expect(readReplies(`[${Array(1_001).fill('{"id":1,"result":1}').join()}]`).kind).toBe('broken');
  });

  test('depth is bounded, and traces of calls as deep as the EVM allows pass', () => {
    const nested = (n: number): string => `{"id":1,"result":${'['.repeat(n)}${']'.repeat(n)}}`;
    expect(readReplies(nested(2_099)).kind).toBe('replies');
    expect(readReplies(nested(2_100)).kind).toBe('broken');
    expect(readReplies(nested(100_000)).kind).toBe('broken');
    expect(readReplies('{"a":'.repeat(100_000)).kind).toBe('broken');
  });

  test('whatever JSON.parse reads is read alike', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(id, json), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        picks,
        (pairs, isBatch, stream) => {
          const pick = picker(stream);
          const whole = pairs.map(([anId, result]) => ({ result, id: anId, jsonrpc: '2.0' }));
          const replies = readReplies(written(isBatch ? whole : whole[0], pick));
          if (replies.kind === 'broken') throw new Error(replies.why);
          expect(replies.isBatch).toBe(isBatch);
          expect(replies.replies).toHaveLength(isBatch ? pairs.length : 1);
          for (const [i, found] of replies.replies.entries()) {
            if (found.kind === 'error') throw new Error('Expected a result.');
            expect(found.value).toEqual(pairs[i]?.[1]);
            expect(JSON.parse(found.result)).toEqual(pairs[i]?.[1]);
            expect(sameId(found.id, JSON.stringify(pairs[i]?.[0]))).toBe(true);
          }
        },
      ),
    );
  });
});

test('events of subscriptions are told from replies', () => {
  const text =
    '{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x1","result": {"number":"0x2"}}}';
  expect(readMessage(text)).toEqual({
    kind: 'notice',
    subscription: '0x1',
    result: '{"number":"0x2"}',
    value: { number: '0x2' },
  });
  expect(readMessage('{"id":1,"result":"0x1"}').kind).toBe('replies');
  for (const bad of [
    '{"method":"eth_subscription"}',
    '{"method":"eth_subscription","params":[]}',
    '{"method":"eth_subscription","params":{"result":1}}',
    '{"method":"eth_subscription","params":{"subscription":"0x1"}}',
    '{"method":"eth_subscription","params":{"subscription":"0x1","subscription":"0x2","result":1}}',
    '{"method":"eth_subscription","id":1,"params":{"subscription":"0x1","result":1}}',
  ])
    expect(readMessage(bad).kind, bad).toBe('broken');
});

test('what is written is read again', () => {
  expect(reply(replyText('"a"', '{"x":[1]}'))).toMatchObject({ id: '"a"', value: { x: [1] } });
  expect(reply(errorText('1', -32000, 'no "node"', { seen: 3 }))).toMatchObject({
    id: '1',
    code: -32000,
    message: 'no "node"',
    data: { seen: 3 },
  });
  expect(errorText('null', -32700, 'm')).toBe(
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}',
  );
});

test.each([
  ['1', '1', true],
  ['1', '1.0', true],
  ['10', '1e1', true],
  ['1', '"1"', false],
  ['"1"', '1', false],
  ['null', 'null', true],
  ['null', '0', false],
  ['"a"', '"\\u0061"', true],
  ['"a"', '"b"', false],
  ['9007199254740993', '9007199254740992', false],
  ['9007199254740993', '9007199254740993', true],
  ['1e999', '1e998', false],
  ['{}', '[]', false],
  ['true', 'true ', false],
])('%s and %s are the same id: %s', (a, b, isSame) => {
  expect(sameId(a, b)).toBe(isSame);
});
