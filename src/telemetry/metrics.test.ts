import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Registry } from './metrics.ts';

fc.configureGlobal({ seed: 1 });

interface Parsed {
  readonly types: Map<string, string>;
  readonly help: Map<string, string>;
  /** By the name of the sample with its labels as JSON. */
  readonly values: Map<string, string>;
  readonly hasEnd: boolean;
}

/** A reader of the text format of its own, character by character: it knows nothing of how that is written. */
function parse(text: string): Parsed {
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  const values = new Map<string, string>();
  let hasEnd = false;
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.slice(0, -1).split('\n')) {
    expect(hasEnd).toBe(false);
    if (line === '# EOF') hasEnd = true;
    else if (line.startsWith('# ')) {
      const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/s.exec(line) ?? [];
      if (kind === undefined) throw new Error(`Not a comment: ${line}`);
      (kind === 'TYPE' ? types : help).set(name, kind === 'TYPE' ? rest : unescaped(rest));
    } else {
      const [key, value] = parseSample(line);
      expect(values.has(key)).toBe(false);
      values.set(key, value);
    }
  }
  return { types, help, values, hasEnd };
}

function parseSample(line: string): [key: string, value: string] {
  const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0] ?? '';
  let at = name.length;
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    at++;
    while (line[at] !== '}') {
      const label = /^([a-zA-Z_]\w*)="/.exec(line.slice(at));
      if (label === null) throw new Error(`Not a label at ${at}: ${line}`);
      at += label[0].length;
      let raw = '';
      while (line[at] !== '"') {
        if (at >= line.length) throw new Error(`A label does not end: ${line}`);
        if (line[at] === '\\') raw += line[at++];
        raw += line[at++];
      }
      labels[label[1] ?? ''] = unescaped(raw);
      at++;
      if (line[at] === ',') at++;
    }
    at++;
  }
  const value = /^ ([+-]?(?:Inf|\d[\d.e+-]*)|NaN)$/.exec(line.slice(at))?.[1];
  if (value === undefined) throw new Error(`Not a value: ${line}`);
  return [`${name}${JSON.stringify(labels)}`, value];
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (_, found: string) => (found === 'n' ? '\n' : found));
}

const ONE = 'requests_total';

describe('counting', () => {
  test('a series is taken once and has its own value', () => {
    const registry = new Registry();
    const requests = registry.counter(ONE, 'Requests.', ['journey', 'outcome']);
    const served = requests.of('trade', 'served');
    served.add();
    served.add(2);
    served.add(-5);
    served.add(Number.NaN);
    requests.of('trade', 'refused').add();
    expect(requests.of('trade', 'served')).toBe(served);
    const { values, types } = parse(registry.text().text);
    expect(types.get(ONE)).toBe('counter');
    expect(values.get(`${ONE}{"journey":"trade","outcome":"served"}`)).toBe('3');
    expect(values.get(`${ONE}{"journey":"trade","outcome":"refused"}`)).toBe('1');
  });

  test('without labels it is there from the beginning', () => {
    const registry = new Registry();
    registry.counter(ONE, 'Requests.');
    expect(parse(registry.text().text).values.get(`${ONE}{}`)).toBe('0');
  });

  test('beyond a thousand series all others are one', () => {
    const registry = new Registry();
    const requests = registry.counter(ONE, 'Requests.', ['path']);
    for (let i = 0; i < 5000; i++) requests.of(`/${i}`).add();
    const { values } = parse(registry.text().text);
    const own = [...values.keys()].filter((key) => key.startsWith(ONE));
    expect(own).toHaveLength(1001);
    expect(values.get(`${ONE}{"path":"other"}`)).toBe('4000');
    expect(requests.of('/7').value).toBe(1);
  });

  test('labels that would be the same when put together are not', () => {
    const requests = new Registry().counter(ONE, 'Requests.', ['a', 'b']);
    expect(requests.of('1:x', '')).not.toBe(requests.of('', '1:x'));
    expect(requests.of('a,b', 'c')).not.toBe(requests.of('a', 'b,c'));
  });
});

describe('a gauge', () => {
  test('can be read when it is asked for', () => {
    const registry = new Registry();
    let level = 0.5;
    registry.gaugeFrom('level', 'Share.', ['service'], (say) => {
      say(level, 'edge');
      say(1, 'order-book');
    });
    expect(parse(registry.text().text).values.get('level{"service":"edge"}')).toBe('0.5');
    level = Number.NEGATIVE_INFINITY;
    expect(parse(registry.text().text).values.get('level{"service":"edge"}')).toBe('-Inf');
  });

  test('that only grows is a counter, and is read in the same way', () => {
    const registry = new Registry();
    registry.counterFrom('calls_total', 'Calls.', ['node'], (say) => say(7, 'a'));
    const { types, values } = parse(registry.text().text);
    expect([types.get('calls_total'), values.get('calls_total{"node":"a"}')]).toEqual(['counter', '7']);
    expect(() => registry.counterFrom('calls', '', [], () => undefined)).toThrow(RangeError);
  });

  test('that cannot be read leaves the rest as it is, and is counted', () => {
    const registry = new Registry();
    registry.gaugeFrom('level', 'Share.', [], () => {
      throw new Error('gone');
    });
    registry.gaugeFrom('other_level', 'Share.', [], (say) => say(0));
    registry.text();
    const { values } = parse(registry.text().text);
    expect([...values.keys()].some((key) => key.startsWith('level'))).toBe(false);
    expect(values.get('other_level{}')).toBe('0');
    expect(values.get('keelson_scrape_failures_total{"metric":"level"}')).toBe('1');
  });
});

test('a histogram counts up to each of its bounds, the bound included', () => {
  const registry = new Registry();
  const seconds = registry.histogram('seconds', 'Time.', ['journey'], [0.1, 1, 2.5]).of('trade');
  for (const x of [0.1, 0.05, 1, 1.5, 99, Number.NaN]) seconds.observe(x);
  const { values, types } = parse(registry.text().text);
  const bucket = (le: string) => values.get(`seconds_bucket{"journey":"trade","le":"${le}"}`);
  expect(types.get('seconds')).toBe('histogram');
  expect(['0.1', '1.0', '2.5', '+Inf'].map(bucket)).toEqual(['2', '3', '4', '5']);
  expect(values.get('seconds_count{"journey":"trade"}')).toBe('5');
  expect(Number(values.get('seconds_sum{"journey":"trade"}'))).toBeCloseTo(101.65);
});

test('whatever stands in labels and help is read as it was written', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({
      unit: fc.constantFrom('\\', '\n', '"', '}', '{', ',', 'n', '\r', '\u2028', '\0'),
      maxLength: 20,
    }),
  );
  fc.assert(
    fc.property(hostile, hostile, hostile, fc.boolean(), (help, a, b, isOpen) => {
      const registry = new Registry();
      registry.counter('made_up_total', help, ['a', 'b']).of(a, b).add(7);
      const { text } = registry.text(isOpen ? 'application/openmetrics-text' : '*/*');
      const parsed = parse(text);
      const labels = JSON.stringify({ a: a.toWellFormed(), b: b.toWellFormed() });
      expect(parsed.values.get(`made_up_total${labels}`)).toBe('7');
      expect(parsed.help.get(isOpen ? 'made_up' : 'made_up_total')).toBe(help.toWellFormed());
    }),
  );
});

test('half a character and a text without end make a series that can be read', () => {
  const registry = new Registry();
  registry
    .counter(ONE, 'x', ['a'])
    .of(`\ud800${'y'.repeat(10_000)}`)
    .add();
  const { text } = registry.text();
  expect(text).toContain(`{a="\ufffd${'y'.repeat(199)}"} 1\n`);
});

describe('the format', () => {
  const registry = new Registry();
  registry.counter(ONE, 'Requests.').of().add();

  test.each([
    ['', false],
    ['*/*', false],
    ['text/plain;version=0.0.4', false],
    ['application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', true],
    ['application/openmetrics-text;q=0.2,text/plain', false],
    ['application/openmetrics-text;q=0', false],
    ['application/openmetrics-text;q=x', false],
  ])('for Accept "%s": OpenMetrics is %s', (accept, isOpen) => {
    const { contentType, text } = registry.text(accept);
    const { hasEnd, types, values } = parse(text);
    expect(contentType.startsWith('application/openmetrics-text; version=1.0.0')).toBe(isOpen);
    expect(hasEnd).toBe(isOpen);
    expect(types.get(isOpen ? 'requests' : ONE)).toBe('counter');
    expect(values.get(`${ONE}{}`)).toBe('1');
  });
});

describe('what would not be read is refused', () => {
  test.each(['', '9lives_total', 'a b_total', 'a\n_total', 'requests', `${'a'.repeat(300)}_total`])(
    'a counter named %j',
    (name) => {
      expect(() => new Registry().counter(name, '')).toThrow(RangeError);
    },
  );
  test.each([['__name'], ['a-b'], ['9'], ['a"'], ['']])('a label named %j', (label) => {
    expect(() => new Registry().counter('a_total', '', [label])).toThrow(RangeError);
  });
  test('a name that is taken, a label twice, bounds that fall, too few labels', () => {
    const registry = new Registry();
    const none = (): void => undefined;
    const family = registry.counter('a_total', '', ['b']);
    expect(() => registry.counter('a_total', '')).toThrow(RangeError);
    registry.histogram('f', '', []);
    expect(() => registry.gaugeFrom('f_count', '', [], none)).toThrow(RangeError);
    expect(() => registry.gaugeFrom('a', '', [], none)).toThrow(RangeError);
    expect(() => registry.gaugeFrom('c', '', ['b', 'b'], none)).toThrow(RangeError);
    expect(() => registry.histogram('d', '', [], [1, 1])).toThrow(RangeError);
    expect(() => registry.histogram('e', '', ['le'])).toThrow(RangeError);
    expect(() => family.of()).toThrow(RangeError);
  });
});

describe('what follows another in one process', () => {
  test('counts on from where it was, and is read only once it is shown', () => {
    const registry = new Registry();
    const [before, after] = [registry.shelf(), registry.shelf()];
    const text = (): string[] =>
      registry
        .text()
        .text.split('\n')
        .filter((line) => /^[ab]/.test(line));
    before.counter('a_total', 'A.', ['of']).of('x').add(2);
    before.gaugeFrom('b', 'B.', [], (say) => say(1));
    before.show();
    after.counter('a_total', 'A.', ['of']).of('x').add(3);
    after.gaugeFrom('b', 'B.', [], (say) => say(7));
    expect(text()).toEqual(['a_total{of="x"} 5', 'b 1']);
    after.show();
    expect(text()).toEqual(['a_total{of="x"} 5', 'b 7']);
  });
});
