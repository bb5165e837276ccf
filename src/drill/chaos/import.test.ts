import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePlan } from '../../plan/index.ts';
import { importExperiment, type Imported } from './import.ts';
import { runProcessProbe } from './process-probe.ts';

const USERS = ['https://harbor.example/app'];

function imported(experiment: unknown): Imported {
  return importExperiment(typeof experiment === 'string' ? experiment : JSON.stringify(experiment), {
    users: USERS,
  });
}

/** An experiment of one probe of the steady state. */
function probe(provider: object, tolerance: unknown = 200, more: object = {}): Imported {
  const one = { type: 'probe', name: 'p', tolerance, provider: { type: 'http', ...provider } };
  return imported({
    title: 'T',
    'steady-state-hypothesis': { title: 'S', probes: [one] },
    method: [],
    ...more,
  });
}
const TICKER = { url: 'https://harbor.example/market/ticker' };

function goodOf(tolerance: unknown): unknown {
  const { tries, leftOut } = probe(TICKER, tolerance);
  return tries[0]?.good ?? leftOut.map(({ says }) => says).join(' ');
}

describe('a tolerance', () => {
  test.each([
    [200, { status: 200 }],
    [404, { status: 404 }],
    [[204], { status: 204 }],
    [[200, 299], {}],
    [[200, 204], {}],
    [[200, 201, 202], {}],
    [{ type: 'range', range: [200, 299] }, {}],
    [{ type: 'range', target: 'status', range: [503, 503] }, { status: 503 }],
    [{ type: 'regex', target: 'body', pattern: 'welcome' }, { contains: 'welcome' }],
    [
      { type: 'regex', target: 'body', pattern: '.*"price":\\ ?1'.replace('\\ ?', '') },
      { contains: '"price":1' },
    ],
    [{ type: 'regex', target: 'body', pattern: 'a\\.b\\?' }, { contains: 'a.b?' }],
    [{ type: 'jsonpath', target: 'body', path: '$.slideshow.author' }, { contains: '"author"' }],
    [{ type: 'jsonpath', target: 'body', path: '$.state', expect: ['up'] }, { contains: '"up"' }],
    [{ type: 'jsonpath', path: '$.status', expect: 201 }, { status: 201 }],
    [{ type: 'jsonpath', target: 'headers', path: '$["keelson-mode"]', expect: 'full;journey=trade' }, {}],
  ])('%j is what good can say of it', (tolerance, good) => {
    expect(goodOf(tolerance)).toEqual(good);
  });

  test.each([
    [true, /never true/],
    ['OK', /never "OK"/],
    [7, /status from 100 to 599, found 7/],
    [[200, 404], /not 200 to 404/],
    [['a', 'b'], /list of statuses/],
    [[], /list of statuses/],
    [{ type: 'range', target: 'body', range: [1, 2] }, /compares no numbers/],
    [{ type: 'range', range: [1] }, /two numbers/],
    [{ type: 'regex', target: 'body', pattern: '^a|b$' }, /not for a pattern/],
    [{ type: 'regex', pattern: '200' }, /looks into the body/],
    [{ type: 'regex', target: 'body' }, /Expected a pattern/],
    [{ type: 'jsonpath', target: 'body', path: '$..a' }, /not along such a path/],
    [{ type: 'jsonpath', target: 'body', path: '$.a', count: 2 }, /does not count/],
    [{ type: 'jsonpath', target: 'body', path: '$.a', expect: 4 }, /no other value/],
    [{ type: 'jsonpath', target: 'headers', path: '$.Server' }, /looks into the body/],
    [
      { type: 'probe', name: 'x', provider: { type: 'python', module: 'm', func: 'f' } },
      /nothing of it is run/,
    ],
    [{ type: 'distribution' }, /found "distribution"/],
    [null, /Expected a tolerance, found null/],
  ])('%j is left out, and why is said', (tolerance, why) => {
    expect(goodOf(tolerance)).toMatch(why);
  });
});

describe('a request', () => {
  test('is taken with its query, headers and body', () => {
    const { yaml, leftOut, notes } = probe(
      {
        url: 'https://harbor.example/orders?fast=1#top',
        method: 'post',
        headers: { 'Content-Type': 'application/json', 'X-Kind': 'a: b' },
        arguments: { note: `\${what}`, cost: '$$5', unknown: `\${nobody}` },
      },
      201,
      { configuration: { what: 'fish', port: { type: 'env', key: 'PORT', default: '1' } } },
    );
    expect(leftOut).toEqual([]);
    expect(notes).toEqual([]);
    expect(yaml).toBe(`# Of the Chaos Toolkit experiment T: 1 to try, 0 left out.
# Of which journey these are is not known: paste them under it.
try:
  - send: POST /orders?fast=1
    headers:
      - { name: x-kind, value: "a: b" }
    body: "{\\"note\\":\\"fish\\",\\"cost\\":\\"$5\\",\\"unknown\\":\\"\${nobody}\\"}"
    good: { status: 201 }
`);
  });

  test('takes the arguments of a GET as its query, and those without a type as a form', () => {
    expect(probe({ ...TICKER, arguments: { a: 1, b: ['x', 'y z'] } }).tries[0]?.path).toBe(
      '/market/ticker?a=1&b=x&b=y+z',
    );
    expect(probe({ ...TICKER, method: 'PUT', arguments: { a: 'b c', d: null } }).tries[0]).toMatchObject({
      body: 'a=b+c',
      headers: [{ name: 'content-type', value: 'application/x-www-form-urlencoded' }],
    });
  });

  test('names secrets by the environment, and copies none', () => {
    const { tries, notes, yaml } = probe(
      {
        ...TICKER,
        headers: {
          Authorization: `\${token}`,
          Cookie: 'id=s3cret',
          'X-Plain': 'yes',
          'X-In': `Basic \${inline}`,
        },
      },
      200,
      { secrets: { own: { token: { type: 'env', key: 'TOKEN' }, inline: 's3cret' } } },
    );
    expect(tries[0]?.headers).toEqual([
      { name: 'authorization', value: 'env:TOKEN' },
      { name: 'cookie', value: 'env:KEELSON_COOKIE' },
      { name: 'x-plain', value: 'yes' },
      { name: 'x-in', value: 'env:KEELSON_X_IN' },
    ]);
    expect(yaml).not.toContain('s3cret');
    expect(notes.map(({ says }) => says)).toEqual([
      'The value of cookie is not copied: put it into KEELSON_COOKIE of the environment.',
      'The value of x-in is not copied: put it into KEELSON_X_IN of the environment.',
    ]);
  });

  test.each([
    [
      'of another origin',
      { url: 'https://other.example/' },
      /asks https:\/\/other\.example, and users .* https:\/\/harbor\.example/,
    ],
    ['of another port', { url: 'https://harbor.example:8443/' }, /asks https:\/\/harbor\.example:8443/],
    ['of another scheme', { url: 'file:///etc/passwd' }, /http or https url/],
    [
      'whose host only begins alike',
      { url: 'https://harbor.example.evil.example/' },
      /asks https:\/\/harbor\.example\.evil/,
    ],
    ['with a user in its url', { url: 'https://a:b@harbor.example/' }, /a user and a password/],
    ['without a url', {}, /Expected a url/],
    ['of an unknown method', { ...TICKER, method: 'TRACE' }, /found "TRACE"/],
    ['whose url only the environment knows', { url: `\${host}/x` }, /needs HOST of the environment/],
    [
      'with an inline secret in its url',
      { url: `https://harbor.example/?k=\${inline}` },
      /the secret inline/,
    ],
    ['with a secret in its arguments', { ...TICKER, arguments: { k: `\${inline}` } }, /the secret inline/],
    ['whose url a probe gives', { url: `\${dynamic}` }, /which a probe gives/],
    ['with a header of two lines', { ...TICKER, headers: { a: 'b\r\nc: d' } }, /header a is none/],
    [
      'with a header that would name a file',
      { ...TICKER, headers: { a: 'file:/etc/passwd' } },
      /names a secret/,
    ],
    ['with a header that is no text', { ...TICKER, headers: { a: 1 } }, /found "a"/],
    ['with arguments that nest in a form', { ...TICKER, method: 'POST', arguments: { a: { b: 1 } } }, /nest/],
    ['with arguments that are a text', { ...TICKER, method: 'POST', arguments: 'a=b' }, /arguments as names/],
    [
      'with a body that is too long',
      { ...TICKER, method: 'POST', arguments: { a: 'x'.repeat(30_000) } },
      /at most 20000/,
    ],
    ['whose path is too long', { url: `https://harbor.example/${'x'.repeat(3_000)}` }, /2,000 plain/],
  ])('%s is left out', (_, provider, why) => {
    const { tries, leftOut } = probe(provider, 200, {
      configuration: {
        host: { type: 'env', key: 'HOST' },
        dynamic: { type: 'probe', name: 'd', provider: {} },
      },
      secrets: { own: { inline: 's3cret' } },
    });
    expect(tries).toEqual([]);
    expect(leftOut.map(({ at, says }) => `${at} ${says}`).join('\n')).toMatch(why);
    expect(leftOut[0]?.at).toBe('steady-state-hypothesis.probes[0]');
    expect(JSON.stringify(leftOut)).not.toContain('s3cret');
  });
});

describe('an experiment', () => {
  const EXPERIMENT = {
    title: 'Site\u202e "down"',
    controls: [{ name: 'c', provider: { type: 'python', module: 'evil' } }],
    'steady-state-hypothesis': {
      title: 'S',
      probes: [
        { type: 'probe', name: 'ticker', tolerance: 200, provider: { type: 'http', ...TICKER } },
        {
          type: 'probe',
          name: 'text',
          tolerance: { type: 'regex', target: 'body', pattern: 'price' },
          provider: { type: 'http', ...TICKER },
        },
        {
          type: 'probe',
          name: 'file',
          tolerance: true,
          provider: { type: 'python', module: 'os', func: 'remove' },
        },
        { type: 'probe', name: 'bare', provider: { type: 'http', url: 'https://harbor.example/bare' } },
      ],
    },
    method: [
      { type: 'action', name: 'kill', provider: { type: 'process', path: 'kill', arguments: ['1'] } },
      { ref: 'ticker' },
      { type: 'probe', name: 'later', tolerance: 503, provider: { type: 'http', ...TICKER } },
      {
        type: 'probe',
        name: 'count',
        tolerance: 0,
        provider: { type: 'process', path: 'true', arguments: ['-a', 2, null], timeout: 900 },
      },
      { type: 'probe', name: 'shell', provider: { type: 'process', path: 'sh', arguments: '-c "rm -rf /"' } },
      { type: 'probe', name: 'rust', provider: { type: 'rust' } },
      null,
    ],
    rollbacks: [{ type: 'action' }],
  };

  test('says everything that is left out of it at once', () => {
    const { title, tries, leftOut, notes, yaml } = imported(EXPERIMENT);
    expect(title).toBe('Site\\u{202e} "down"');
    expect(tries.map(({ path, good }) => [path, good])).toEqual([
      ['/market/ticker', { status: 200, contains: 'price' }],
      ['/bare', {}],
    ]);
    expect(leftOut.map(({ at, says }) => `${at}: ${says}`)).toEqual([
      'steady-state-hypothesis.probes[2]: A Python function: it is never run.',
      'method[0]: An action: what fails in a drill follows from the plan.',
      'method[2]: It asks what steady-state-hypothesis.probes[0] asks, which says what is good: here something else was to come.',
      'method[3]: A program: "true" is run only with --allow-process.',
      'method[4]: A program whose arguments are one text: a shell would read it, and none is started.',
      'method[5]: Expected a provider of type http, process or python, found "rust".',
      'method[6]: Expected a probe or an action.',
      'rollbacks: A drill takes away what it has put, and nothing else: rollbacks are not run.',
      'controls: Controls are Python: they are never run.',
    ]);
    expect(notes.map(({ name }) => name)).toEqual(['bare']);
    expect(yaml.split('\n')[0]).toBe(
      '# Of the Chaos Toolkit experiment "Site\\u202e \\"down\\"": 2 to try, 9 left out.',
    );
  });

  test('hands its programs over, bounded and without a shell', async () => {
    const { processes } = imported(EXPERIMENT);
    expect(processes).toEqual([
      {
        at: 'method[3]',
        name: 'count',
        program: 'true',
        arguments: ['-a', '2'],
        timeoutMs: 60_000,
        status: 0,
      },
    ]);
    const bounds = { folder: tmpdir(), signal: new AbortController().signal };
    const run = (more: object) =>
      runProcessProbe(
        { at: '', name: '', program: process.execPath, arguments: [], timeoutMs: 20_000, status: 0, ...more },
        bounds,
      );
    expect(await run({ arguments: ['-e', 'process.exit(3)'], status: 3 })).toEqual({
      met: true,
      says: 'Expected exit code 3, found 3.',
    });
    expect(
      await run({ arguments: ['-e', 'process.exit(process.argv[1] === "$HOME;" ? 0 : 1)', '$HOME;'] }),
    ).toMatchObject({ met: true });
    expect(await run({ arguments: ['-e', 'setInterval(() => 0, 1000)'], timeoutMs: 100 })).toEqual({
      met: false,
      says: 'Expected an end within 0.1 s, found none.',
    });
    expect(await run({ program: '/absent' })).toMatchObject({ met: false });
  });

  test.each([
    ['', /as JSON/],
    ['title: T\nmethod: []\n', /Of YAML make JSON first/],
    ['[]', /Expected an experiment, found \[\]/],
    ['"x"', /Expected an experiment/],
    ['['.repeat(100_000), /at most 32 levels, found 100000/],
    [`{"title":"${'x'.repeat(1_000_001)}"}`, /at most 1000000 characters/],
    ['{"name": "package", "scripts": {}}', /with a steady-state-hypothesis or a method, found neither/],
  ])('that is none is said to be none: %.40s', (text, why) => {
    const { tries, leftOut, wrong } = imported(text);
    expect(tries).toEqual([]);
    expect(leftOut).toEqual([{ at: '', name: '', says: wrong }]);
    expect(wrong).toMatch(why);
  });

  test('whose parts are none is said to be so', () => {
    const { tries, leftOut, wrong } = imported('{"steady-state-hypothesis":[],"method":{}}');
    expect([tries, wrong]).toEqual([[], undefined]);
    expect(leftOut.map(({ says }) => says)).toEqual(['Expected a title and probes.', 'Expected a list.']);
  });

  test('with names that objects inherit is read like any other', () => {
    const text = `{"__proto__":{"title":"X"},"constructor":1,"method":[{"type":"probe","name":"n","provider":{"type":"http","url":"https://harbor.example/\${toString}","headers":{"__proto__":"y"}}}]}`;
    const { title, tries, leftOut } = imported(text);
    expect(title).toBe('');
    expect([...tries, ...leftOut]).toHaveLength(1);
    expect(Object.prototype).not.toHaveProperty('title');
  });

  test('with very many activities ends somewhere', () => {
    const one = { type: 'probe', name: 'n', provider: { type: 'python' } };
    const { leftOut } = imported({ method: Array(5_000).fill(one) });
    expect(leftOut).toHaveLength(501);
    expect(leftOut.at(-1)?.says).toMatch(/Only the first 500/);
  });

  test('of whatever shape is read to its end', () => {
    const text = JSON.stringify(EXPERIMENT);
    const places = [...text.matchAll(/:("[^"]*"|\d+|true|\[)/g)].map(({ index }) => index + 1);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.json({ maxDepth: 3 }), (at, value) => {
        const rest = /^("[^"]*"|\d+|true|\[)/.exec(text.slice(at))?.[0] ?? '';
        const changed = `${text.slice(0, at)}${rest === '[' ? `[${value},` : value}${text.slice(at + rest.length)}`;
        const { tries, leftOut, yaml } = imported(changed);
        expect(tries.length + leftOut.length).toBeGreaterThan(0);
        expect(yaml).toMatch(/^[\n\x20-\x7e]*$/);
      }),
      { numRuns: 500, seed: 11 },
    );
  });

  test('with more names and values than a request can have is bounded', () => {
    const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`a${i}`, '$b']));
    const known = { configuration: { b: { type: 'env', key: 'B', default: 'x' } } };
    expect(probe({ ...TICKER, headers: many }, 200, known).leftOut[0]?.says).toMatch(/at most 30 headers/);
    expect(probe({ ...TICKER, arguments: many }, 200, known).leftOut[0]?.says).toMatch(
      /at most 1000 arguments/,
    );
    expect(probe({ ...TICKER, method: 'POST', arguments: many }, 200, known).leftOut[0]?.says).toMatch(
      /at most 1000/,
    );
  });

  test('is a plan once it has been pasted, whatever its texts hold', () => {
    const nasty = [
      'é😀\u2028',
      '- a: b # c',
      '{unique}',
      '"\\',
      'true',
      "it's",
      '!!js/function x',
      '*a',
      '&a',
      '%x',
    ];
    const probes = nasty.map((text, i) => ({
      type: 'probe',
      name: text,
      tolerance: {
        type: 'regex',
        target: 'body',
        pattern: text.replace(/[^\w\s]/g, (c) => (c.length === 1 && c < '\x7f' ? `\\${c}` : c)),
      },
      provider: {
        type: 'http',
        url: `https://harbor.example/${i}?q=${encodeURIComponent(text)}`,
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        arguments: { text },
      },
    }));
    const { yaml, tries } = imported({
      title: 't: #',
      method: [],
      'steady-state-hypothesis': { title: 'S', probes },
    });
    const listed = yaml
      .split('\n')
      .slice(3)
      .map((line) => `    ${line}`)
      .join('\n');
    const { plan, problems } = parsePlan(
      `keelson: 1\nplatform: {name: P, asOf: 2026-11-01}\ncatalog: none\njourneys:\n  j:\n    match: [{path: /**, to: a}]\n    modes: {full: {needs: [a]}}\n    try:\n${listed}\nservices: {a: {outages: none, url: "http://127.0.0.1:1"}}\n`,
      'plan.yaml',
    );
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(tries).toHaveLength(nasty.length);
    expect(plan?.journeys[0]?.value.try?.map(({ body }) => body)).toEqual(
      nasty.map((text) => JSON.stringify({ text })),
    );
    expect(plan?.journeys[0]?.value.try?.map(({ good }) => good?.contains)).toEqual(nasty);
  });
});
