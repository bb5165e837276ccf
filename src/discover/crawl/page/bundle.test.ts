import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectWithin, secondsOf } from '../../../../test/pace.ts';
import { EndpointReader } from './bundle.ts';
import { References } from './references.ts';

fc.configureGlobal({ seed: 1 });

function read(...pieces: readonly string[]): string[] {
  const references = new References(500);
  const reader = new EndpointReader('bundle', references);
  for (const piece of pieces) reader.write(piece);
  reader.end();
  return references.all.map(
    ({ kind, host, path, within, isBegun }) =>
      `${kind} ${host}${path}${within === undefined ? '' : ` in a ${within}`}${isBegun === true ? ' …' : ''}`,
  );
}

describe('a script calls', () => {
  test.each([
    ['"https://mainnet.infura.io/v3/0123456789abcdef0123456789abcdef"', 'endpoint mainnet.infura.io/v3/…'],
    ['`https://eth-mainnet.g.alchemy.com/v2/\u0024{e}`', 'endpoint eth-mainnet.g.alchemy.com/v2/ …'],
    ["'https://x-y.quiknode.pro/0123456789abcdef0123456789abcdef01234567/'", 'endpoint x-y.quiknode.pro/…/'],
    ['{url:"https:\\/\\/api.harbor.example\\/orders?key=secret"}', 'endpoint api.harbor.example/orders'],
    ['"\\u002f\\u002f", "https:\\u002F\\u002Frpc.ankr.com\\u002Feth"', 'endpoint rpc.ankr.com/eth'],
    [
      'new WebSocket("wss://stream.harbor.example:9443/ws/btcusdt")',
      'websocket stream.harbor.example/ws/btcusdt',
    ],
    ['"wss://relay.walletconnect.com"', 'websocket relay.walletconnect.com/'],
    ['"https://user:pass@api.harbor.example/x"', undefined],
    ['"https://harbor.example/graphql"', 'endpoint harbor.example/graphql'],
    [
      '"https://gateway.thegraph.com/api/subgraphs/id/abc"',
      'endpoint gateway.thegraph.com/api/subgraphs/id/abc',
    ],
    ['"https://harbor.example/api/v1/price"', 'endpoint harbor.example/api/v1/price'],
  ])('%s', (script, expected) => {
    expect(read(script)).toEqual(expected === undefined ? [] : [expected]);
  });
});

describe('a key that is put behind a URL is part of it', () => {
  const key = '0123456789abcdef0123456789abcdef';
  const url = 'https://mainnet.infura.io/v3/';
  test.each([
    [`"${url}".concat("${key}")`, '…'],
    [`"${url}" + '${key}'`, '…'],
    [`\`${url}\u0024{"${key}"}\``, '…'],
    [`"${url}".concat("mainnet")`, ''],
    [`"${url}"+k;x="${key}"`, ' …'],
    [`"${url}".concat(k,"${key}")`, ' …'],
    [`\`${url}\u0024{k}\``, ' …'],
    [`"${url}","${key}"`, ''],
  ])('%s', (script, behind) => {
    expect(read(script)).toEqual([`endpoint mainnet.infura.io/v3/${behind}`]);
    expect(read(`${' '.repeat(16_384 - 280)}${script}${' '.repeat(20)}`, ' '.repeat(300))).toEqual([
      `endpoint mainnet.infura.io/v3/${behind}`,
    ]);
  });
});

describe('what the definition of a chain names is said to stand there', () => {
  const definition = `{id:7,name:"A {b",rpcUrls:{default:{http:["https://rpc.one.example"],webSocket:["wss://ws.one.example"]}},blockExplorers:{default:{name:"S",url:"https://s.example",apiUrl:'https://api.two.example'}},contracts:{a:{}}}`;
  test('in rpcUrls and blockExplorers, and not behind them', () => {
    expect(read(`${definition};fetch("https://api.three.example");f("https://rpc.one.example")`)).toEqual([
      'endpoint rpc.one.example/ in a chain-definition',
      'websocket ws.one.example/ in a chain-definition',
      'endpoint api.two.example/ in a chain-definition',
      'endpoint api.three.example/',
      'endpoint rpc.one.example/',
    ]);
  });

  test.each([
    ['"rpcUrls": ["https://rpc.one.example"]', true],
    ["rpcUrls : { 'default' : { http : [ 'https://rpc.one.example' ] } }", true],
    ['rpcUrls:[r],url:"https://rpc.one.example"', false],
    ['a.rpcUrls={};x="https://rpc.one.example"', false],
    ['a.rpcUrls.default;x="https://rpc.one.example"', false],
    [`rpcUrls:{a:[${'"",'.repeat(2_000)}"https://rpc.one.example"]}`, false],
  ])('%s', (script, isInOne) => {
    expect(read(script)).toEqual([`endpoint rpc.one.example/${isInOne ? ' in a chain-definition' : ''}`]);
  });

  test('no more of them than leave room for what the site has written', () => {
    const many = Array.from(
      { length: 600 },
      (_, i) => `{rpcUrls:{default:{http:["https://rpc.n${i}.example"]}}}`,
    );
    const found = read(`[${many.join()}];fetch("https://api.own.example/")`);
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toBe('endpoint api.own.example/');
  });
});

describe('a script does not call', () => {
  test.each([
    'http://www.w3.org/2000/svg',
    'https://www.w3.org/1999/xhtml',
    'https://schema.org/api',
    'https://github.com/facebook/react/issues/1',
    'https://reactjs.org/docs/error-decoder.html?invariant=',
    'https://react.dev/errors/',
    'https://developer.mozilla.org/en-US/docs/Web/API/fetch',
    'https://docs.harbor.example/api/',
    'https://nodejs.org/api/fs.html',
    'https://api.example.com/v1',
    'https://localhost:8545/rpc',
    'https://127.0.0.1/rpc',
    'https://api.local/rpc',
    'http://api.harbor.example/',
    'https://harbor.example/',
    'https://cdn.harbor.example/0123456789abcdef0123456789abcdef.png',
    'https://etherscan.io/address/0xdAC17F958D2ee523a2206206994597C13D831ec7',
    'https://medium.com/@harbor/api',
    'https://\u0024{chain}.infura.io/v3/',
    'https://mainnet.\u0024{x}/v3/',
    'xhttps://api.harbor.example/',
    'https://api.harbor.example/logo.svg',
    'https://opensource.org/licenses/MIT',
  ])('%s', (url) => {
    expect(read(`"${url}"`)).toEqual([]);
  });
});

test('a script is read the same in whatever pieces it comes', () => {
  const chain = 'var c={rpcUrls:{default:{http:["https://rpc.chain.example/"]}}};'.padEnd(17_000, ';');
  const script = `${chain}"https://mainnet.infura.io/v3/".concat("0123456789abcdef0123456789abcdef");${'var a=1;'.repeat(400)}"wss://a.harbor.example/x"+'https://rpc.harbor.example/v1'${'//c\n'.repeat(400)};"https://api.harbor.example/y"`;
  const whole = read(script);
  expect(whole).toHaveLength(5);
  fc.assert(
    fc.property(fc.array(fc.nat(script.length), { maxLength: 30 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), script.length];
      expect(read(...at.slice(1).map((end, i) => script.slice(at[i], end)))).toEqual(whole);
    }),
    { numRuns: 100 },
  );
});

test('of a script that is full of URLs no more are looked at than are kept', () => {
  const references = new References(500);
  const reader = new EndpointReader('bundle', references);
  let text = '';
  for (let i = 0; text.length < 8_000_000; i++)
    text += `"wss://a.example/${(i * 7_919 + 2 ** 40).toString(16)}${i}/"`;
  const seconds = secondsOf(() => {
    for (let at = 0; at < text.length; at += 65_536) reader.write(text.slice(at, at + 65_536));
    reader.end();
  });
  expectWithin(seconds, 2);
  expect(references.isFull).toBe(true);
});
