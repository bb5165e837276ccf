import { expect, test } from 'vitest';
import { decodeMessage, encodeMessage } from '../../dns/message.ts';
import { systemTime } from '../../time.ts';
import { readQuery, type DnsQuery } from '../dns/query.ts';
import { reply } from '../dns/reply.ts';
import type { DnsHook } from '../fault.ts';
import { dnsStale } from './dns-stale.ts';

const OCCASION = { number: 0, random: () => 0, signal: new AbortController().signal, touch: () => {} };
const make = (): DnsHook => dnsStale.make({}, { time: systemTime(), stream: 'downstream' });

function asked(name: string): DnsQuery {
  const sections = { answers: [], authorities: [], additionals: [] };
  const flags = { isAnswer: false, isAuthoritative: false, isTruncated: false };
  const questions = [{ name, type: 1, class: 1 }];
  const query = readQuery(
    encodeMessage({ id: 1, opcode: 0, code: 0, ...flags, ...sections, questions }),
    'udp',
  );
  if (query === undefined) throw new Error('Expected a query.');
  return query;
}

/** The address that is given for a name when the upstream would give another. */
async function given(hook: DnsHook, name: string, upstream: Promise<string> | string): Promise<string> {
  const query = asked(name);
  const next = async (): Promise<Uint8Array> => reply(query, { addresses: [await upstream] });
  const answer = await hook.handle(query, next, OCCASION);
  const data = answer === undefined ? undefined : decodeMessage(answer).answers[0]?.data;
  return data?.kind === 'address' ? data.address : 'none';
}

test('keeps the answer that came first, though it was asked for last', async () => {
  const hook = make();
  let late = (_address: string): void => {};
  const first = given(hook, 'a.test', new Promise((resolve) => (late = resolve)));
  expect(await given(hook, 'a.test', '192.0.2.2')).toBe('192.0.2.2');
  late('192.0.2.1');
  await first;
  expect(await given(hook, 'a.test', '192.0.2.3')).toBe('192.0.2.2');
});

test.each([
  { what: 'a failure', changed: { code: 2 } },
  { what: 'a truncated answer', changed: { isTruncated: true } },
])('does not keep $what', async ({ changed }) => {
  const hook = make();
  const query = asked('a.test');
  await hook.handle(query, async () => reply(query, changed), OCCASION);
  expect(await given(hook, 'a.test', '192.0.2.3')).toBe('192.0.2.3');
});

test('keeps a thousand names and no more', async () => {
  const hook = make();
  for (let i = 0; i < 1_001; i++) await given(hook, `n${i}.test`, '192.0.2.1');
  expect(await given(hook, 'n999.test', '192.0.2.2')).toBe('192.0.2.1');
  expect(await given(hook, 'n1000.test', '192.0.2.2')).toBe('192.0.2.2');
});
