import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Field, topLevelFields } from './json-fields.ts';

fc.configureGlobal({ seed: 1 });

const json = (text: string | Buffer, type = 'application/json') =>
  topLevelFields(typeof text === 'string' ? Buffer.from(text) : text, type);
const form = (text: string) => topLevelFields(Buffer.from(text), 'application/x-www-form-urlencoded');

describe('a JSON object', () => {
  test('gives its scalars and leaves out what is nested', () => {
    expect(
      json(
        '{"type":"limit","price":1.5,"postOnly":true,"note":null,"legs":[1,{"postOnly":false}],"of":{"type":"x"}}',
      ),
    ).toEqual(
      new Map<string, Field>([
        ['type', 'limit'],
        ['price', 1.5],
        ['postOnly', true],
        ['note', null],
      ]),
    );
  });

  test.each([
    ['the same key twice', '{"postOnly":true,"postOnly":false}', 'duplicate'],
    ['the same key once more, escaped', '{"a":1,"\\u0061":2}', 'duplicate'],
    ['the same key in another case', '{"postOnly":true,"POSTONLY":false}', 'duplicate'],
    ['the same key in letters that Go folds', '{"task":1,"ta\u017f\u212a":2}', 'duplicate'],
    ['the same key twice within', '{"a":{"b":1,"b":2}}', 'duplicate'],
    ['the same key twice in an object of an array', '{"a":[{"b":1},{"b":1,"c":2,"b":1}]}', 'duplicate'],
    ['a byte order mark', '\ufeff{"a":1}', 'syntax'],
    ['anything after it', '{"a":1}{"a":2}', 'syntax'],
    ['a NUL after it', '{"a":1}\0', 'syntax'],
    ['NaN', '{"a":NaN}', 'syntax'],
    ['a comment', '{"a":1/*,"a":2*/}', 'syntax'],
    ['a comma too many', '{"a":1,}', 'syntax'],
    ['a number with a nought before it', '{"a":01}', 'syntax'],
    ['single quotes', "{'a':1}", 'syntax'],
    ['nothing', '', 'syntax'],
    ['an array', '[{"a":1}]', 'not-an-object'],
    ['a string', '"a"', 'not-an-object'],
    ['null', 'null', 'not-an-object'],
    ['a NUL in a key', '{"a\\u0000b":1}', 'character'],
    ['a NUL in a value', '{"type":"limit\\u0000market"}', 'character'],
    ['half a pair', '{"a":"\\ud800"}', 'character'],
    ['half a pair deep down', '{"a":[["\\udc00"]]}', 'character'],
  ])('is refused with %s', (_, text, why) => {
    expect(json(text)).toEqual({ why });
  });

  test.each([
    ['a byte that is not UTF-8', [0xff]],
    ['a letter in more bytes than it needs', [0xc1, 0xa1]],
    ['half a pair in bytes', [0xed, 0xa0, 0x80]],
  ])('is refused with %s', (_, bytes) => {
    expect(json(Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]))).toEqual({
      why: 'encoding',
    });
  });

  test('may be 64 deep and 64 KiB long, and no more', () => {
    const deep = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    expect(json(deep(64))).toEqual(new Map());
    expect(json(deep(65))).toEqual({ why: 'too-deep' });
    const long = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
    expect(json(long(65_536))).toBeInstanceOf(Map);
    expect(json(long(65_537))).toEqual({ why: 'too-large' });
    expect(json('['.repeat(65_536))).toEqual({ why: 'syntax' });
  });

  test.each([
    ['9007199254740993'],
    ['-9007199254740993'],
    ['1e999'],
    ['0.1000000000000000055'],
    ['1e-400'],
    ['4.94e-324'],
  ])('lets no rule match %s, which a double does not hold', (text) => {
    expect(json(`{"id":${text},"a":1}`)).toEqual(new Map([['a', 1]]));
  });

  test.each([['9007199254740991'], ['0.1'], ['-0'], ['0.000'], ['1.50'], ['25e-2'], ['1E5']])(
    'holds %s',
    (text) => {
      expect(json(`{"a":${text}}`)).toEqual(new Map([['a', Number(text)]]));
    },
  );

  test('takes keys that mean something to JavaScript as keys', () => {
    expect(json('{"__proto__":1,"constructor":"x","toString":null}')).toEqual(
      new Map<string, Field>([
        ['__proto__', 1],
        ['constructor', 'x'],
        ['toString', null],
      ]),
    );
  });

  test('says what JSON.parse says, in any spelling', () => {
    const texts = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    const scalars = fc.oneof(texts, fc.boolean(), fc.constant(null), fc.integer());
    const values = fc.oneof(scalars, fc.array(scalars), fc.dictionary(texts, scalars));
    fc.assert(
      fc.property(fc.dictionary(texts, values), fc.boolean(), (value, isEscaped) => {
        const text = isEscaped ? escaped(JSON.stringify(value)) : JSON.stringify(value, undefined, '\t');
        const parsed = Object.entries(JSON.parse(text) as Record<string, unknown>);
        const folded = new Set(parsed.map(([key]) => key.toUpperCase().toLowerCase()));
        expect(json(text)).toEqual(
          folded.size < parsed.length
            ? { why: 'duplicate' }
            : new Map(
                parsed.filter(([, one]) => typeof one !== 'object' || one === null) as [string, Field][],
              ),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('is never read where JSON.parse throws', () => {
    const bits = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"',
      '\\',
      '1',
      '-',
      'e',
      'null',
      ' ',
      '\u00a0',
    );
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 12 }), (parts) => {
        const text = `{${parts.join('')}}`;
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        if (!isJson) expect(json(text)).toEqual({ why: 'syntax' });
      }),
      { numRuns: 2000 },
    );
  });
});

/** Every character of every string as an escape. */
function escaped(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, (token) => {
    const units = Array.from({ length: (JSON.parse(token) as string).length }, (_, i) =>
      (JSON.parse(token) as string).charCodeAt(i).toString(16).padStart(4, '0'),
    );
    return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
  });
}

describe('a form', () => {
  test('gives its fields as text', () => {
    expect(
      form('type=limit&post-only=true&note=a+b%26c%C3%A9&empty=&close[type]=x&close[price]=1&p[]=1&p[]=2'),
    ).toEqual(
      new Map([
        ['type', 'limit'],
        ['post-only', 'true'],
        ['note', 'a b&cé'],
        ['empty', ''],
      ]),
    );
    expect(form('')).toEqual(new Map());
  });

  test.each([
    ['the same key twice', 'a=1&a=2', 'duplicate'],
    ['the same key once more, escaped', 'a=1&%61=2', 'duplicate'],
    ['the same key in another case', 'a=1&A=2', 'duplicate'],
    ['a key that is nested too', 'a[]=1&a=2', 'duplicate'],
    ['a key that is nested later', 'a=1&a%5B%5D=2', 'duplicate'],
    ['a semicolon', 'a=1;a=2', 'form'],
    ['a name that PHP rewrites', 'post.only=1', 'form'],
    ['a name with a space', 'post+only=1', 'form'],
    ['a stray %', 'a=%', 'form'],
    ['bytes that are not UTF-8', 'a=%ff', 'form'],
    ['a NUL', 'a=limit%00market', 'form'],
    ['raw letters above ASCII', 'a=é', 'form'],
    ['a line break', 'a=1\r\n', 'form'],
    ['no name', '=1', 'form'],
    ['no value', 'a', 'form'],
    ['an empty pair', 'a=1&&b=2', 'form'],
    ['an end that is none', 'a=1&', 'form'],
  ])('is refused with %s', (_, text, why) => {
    expect(form(text)).toEqual({ why });
  });
});

test.each([
  ['application/json'],
  ['APPLICATION/JSON; charset=UTF-8'],
  ['application/json;charset="utf-8"'],
  ['application/vnd.harbor.v1+json'],
])('%s is JSON', (type) => {
  expect(json('{"a":1}', type)).toEqual(new Map([['a', 1]]));
});

test.each([
  [undefined],
  [''],
  ['text/plain'],
  ['application/json; charset=utf-16'],
  ['application/json, text/plain'],
  ['application/json; charset=utf-8; charset=utf-7'],
  ['application/jsonx'],
  ['multipart/form-data; boundary=x'],
  [`application/json${' '.repeat(1000)}`],
])('%s is not read', (type) => {
  expect(topLevelFields(Buffer.from('{"a":1}'), type)).toEqual({ why: 'media-type' });
});
