import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { problemDocument, type Refusal } from './answers.ts';

const journey = 'trade';
/** One of each kind: a kind that is missing here is no program. */
const EVERY: { readonly [K in Refusal['kind']]: Extract<Refusal, { readonly kind: K }> } = {
  mode: { kind: 'mode', journey, mode: 'lean', works: ['GET /a'], retryS: 10 },
  down: { kind: 'down', journey, retryS: 10 },
  'no-snapshot': { kind: 'no-snapshot', journey, mode: 'lean', retryS: 10 },
  unprotected: { kind: 'unprotected', journey, missing: ['waf'] },
  'not-through-an-edge': { kind: 'not-through-an-edge', journey },
  session: { kind: 'session', why: 'expired' },
  'session-keys': { kind: 'session-keys', retryS: 10 },
  'no-route': { kind: 'no-route' },
  'bad-request': { kind: 'bad-request', why: 'So.' },
  'no-websocket': { kind: 'no-websocket', journey, status: 403 },
  'too-large': { kind: 'too-large', limit: 1 },
  busy: { kind: 'busy', journey, retryS: 2 },
  'too-many': { kind: 'too-many', retryS: 1 },
  'unsupported-body': { kind: 'unsupported-body', why: 'So.' },
  'key-in-flight': { kind: 'key-in-flight', key: 'k' },
  'key-reused': { kind: 'key-reused', key: 'k' },
  'key-answered': { kind: 'key-answered', key: 'k' },
  'no-answer': { kind: 'no-answer', journey, retryS: 10 },
  late: { kind: 'late', journey, retryS: 10 },
  'outcome-unknown': { kind: 'outcome-unknown', journey, key: null, request: null },
};

test('the table of docs/serve.md has every problem with its status, its fields and whether it says when to come again', () => {
  const docs = readFileSync(new URL('../../../docs/serve.md', import.meta.url), 'utf8');
  const table = /\| `urn:keelson:problem:…`[\s\S]*?\n\n/u.exec(docs)?.[0] ?? '';
  const rows = table.split('\n').flatMap((line) => {
    const [, name = '', status = '', fields = '', retry = ''] = line.split('|').map((cell) => cell.trim());
    const kind = /^`([a-z-]+)`$/.exec(name)?.[1];
    return kind === undefined ? [] : [[kind, status, fields, retry]];
  });
  const said = Object.values(EVERY).map((refusal) => {
    const { status, headers, body } = problemDocument(refusal, 'none');
    const { type, title, status: told, detail, ...more } = JSON.parse(body) as Record<string, unknown>; // as it was just written
    expect([type, told, typeof title, typeof detail]).toEqual([
      `urn:keelson:problem:${refusal.kind}`,
      status,
      'string',
      'string',
    ]);
    const fields = Object.keys(more).map((name) => `\`${name}\``);
    const is = refusal.kind === 'no-websocket' ? "the part's 4xx, else 502" : String(status);
    return [refusal.kind, is, fields.join(', '), headers.includes('retry-after') ? 'yes' : ''];
  });
  expect(rows.sort()).toEqual(said.sort());
});

test.each([
  [403, 403],
  [404, 404],
  [301, 502],
  [599, 502],
])('a part that answers a handshake with %i is told of as %i', (status, told) => {
  expect(problemDocument({ kind: 'no-websocket', journey, status }, 'none').status).toBe(told);
});
