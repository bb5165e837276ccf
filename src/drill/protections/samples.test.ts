import { describe, expect, test } from 'vitest';
import { isWrite, pairOf, type Aim, type Request } from './requests.ts';
import {
  MOST_AT_ONCE,
  NOBODYS_ADDRESS,
  NOBODYS_HOST,
  NOTHING,
  NOTHING_NAMED,
  type Sample,
} from './sample.ts';
import { SAMPLES } from './samples/index.ts';

const READ: Aim = { method: 'GET', path: '/orders?open=yes', headers: { 'x-key': 'k' } };
const WRITE: Aim = { method: 'POST', path: '/orders', headers: {} };
const pair = (sample: Sample): ReturnType<typeof pairOf> => pairOf(sample, isWrite(sample) ? WRITE : READ);

/** What a shape is made of: words of languages and formats, none of which names anything that a machine has. */
const SHAPES = new Set(
  `OR AND UNION ALL SELECT FROM ne script img src x y onerror svg onload a href javascript php ND_FUNC jndi ldap http https
   GET HTTP Set-Cookie include phpsessid html bak keelson-drill application x- xx x-www-form-urlencoded`.split(
    /\s+/,
  ),
);
/** Programs as they call themselves: a name is all that is sent of them. */
const AGENTS = /^(?:[\w .;,:/()-]|python-requests)*$/;

/** Everything of a request that a sample itself has brought. */
function broughtBy({ sample }: ReturnType<typeof pairOf>): string {
  const { form } = sample;
  if (form.kind === 'burst' || form.kind === 'without') return '';
  const name = form.kind === 'query' ? (form.name ?? '') : '';
  return `${name} ${form.value} ${'twin' in form ? (form.twin ?? '') : ''}`;
}

describe.each(SAMPLES.map((sample) => [sample.id, sample] as const))('%s', (_, sample) => {
  test('names nothing that exists', () => {
    if (sample.form.kind === 'header' && sample.form.name === 'user-agent') {
      expect(sample.form.value).toMatch(AGENTS);
      return;
    }
    const text = decode(broughtBy(pair(sample)));
    for (const [, host] of text.matchAll(/\/\/([^/\s>"}]+)/g))
      expect([NOBODYS_HOST, NOBODYS_ADDRESS]).toContain(host);
    const rest = text.replaceAll(NOBODYS_HOST, '').replaceAll(NOTHING, '').replaceAll(NOTHING_NAMED, '');
    const words = rest.match(/[A-Za-z][\w-]*/g) ?? [];
    expect(words.filter((word) => !SHAPES.has(word))).toEqual([]);
  });

  test('is sent by GET, or by POST to what users post to, and goes nowhere else', () => {
    const { asked, twin } = pair(sample);
    for (const request of [asked, twin]) {
      expect(request.method).toBe(isWrite(sample) ? 'POST' : 'GET');
      const path = new URL(request.path, 'http://x.invalid').pathname;
      const places = [path, new URL(decode(path), 'http://x.invalid').pathname];
      for (const place of places) expect(place).toMatch(/^\/(?:orders$|keelson-drill-nothing\/)/);
      expect(request.body === undefined).toBe(request.method === 'GET');
      expect(request.body?.length ?? 0).toBeLessThan(200);
      expect(request.path.length).toBeLessThan(300);
    }
  });

  test('differs from its twin in what it is about alone', () => {
    const { asked, twin } = pair(sample);
    const { form } = sample;
    const changed = (Object.keys(asked) as (keyof Request)[]).filter(
      // keys of an object of this type
      (key) => JSON.stringify(asked[key]) !== JSON.stringify(twin[key]),
    );
    const where = { query: ['path'], path: ['path'], json: ['body'], form: ['body'], burst: [] };
    expect(changed).toEqual(form.kind in where ? where[form.kind as keyof typeof where] : ['headers']); // as just asked
    expect(twin.headers['user-agent']).toContain('keelson-drill');
    expect(asked.headers['keelson-drill']).toBe(sample.id);
  });

  test('says what it is, in bounds', () => {
    expect(sample.id).toMatch(new RegExp(`^${sample.class}-[a-z-]+$`));
    expect(SAMPLES.filter(({ id }) => id === sample.id)).toHaveLength(1);
    if (sample.form.kind === 'burst') expect(sample.form.times).toBeLessThanOrEqual(MOST_AT_ONCE);
  });
});

test('together they are few, and no class has no sample', () => {
  expect(SAMPLES.length).toBeLessThan(100);
  expect(new Set(SAMPLES.map((sample) => sample.class)).size).toBe(11);
  expect(SAMPLES.filter(({ form }) => form.kind === 'burst')).toHaveLength(1);
});

function decode(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (found) => decodeURIComponent(found));
}
