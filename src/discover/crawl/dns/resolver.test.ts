import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, test } from 'vitest';
import {
  answersOf,
  reply,
  startDnsAnswers,
  type Answerer,
  type DnsAnswers,
} from '../../../../test/parts/dns-answers.ts';
import { TYPE, type DnsRecord } from '../../../dns/record.ts';
import type { Bounds } from '../bounds.ts';
import { Resolver } from './resolver.ts';

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(answerer: Answerer): Promise<DnsAnswers> {
  const server = await startDnsAnswers(answerer);
  open.push(server.close);
  return server;
}
function ask(servers: readonly DnsAnswers[], bounds: Partial<Bounds> = {}): Resolver {
  const resolver = new Resolver(servers, { answerMs: 150, tries: 2, ...bounds });
  open.push(() => resolver.close());
  return resolver;
}
const address = (name: string, text: string): DnsRecord => ({
  name,
  type: TYPE.A,
  class: 1,
  ttlSeconds: 60,
  data: { kind: 'address', address: text },
});
const TRUTH = { answers: [address('harbor.example', '104.16.1.1')] };
const LIE = [address('harbor.example', '6.6.6.6')];
const FOUND = { outcome: 'answered', records: ['104.16.1.1'] };

describe('of what comes back only the answer to the question is believed', () => {
  test.each<[string, Answerer]>([
    ['another id', (query) => [reply(query, { answers: LIE, id: query.id ^ 1 }), reply(query, TRUTH)]],
    [
      'another question',
      (query) => [
        reply(query, { answers: LIE, questions: [{ name: 'other.example', type: 1, class: 1 }] }),
        reply(query, { answers: LIE, questions: [{ name: 'harbor.example', type: 28, class: 1 }] }),
        reply(query, { answers: LIE, questions: [{ name: 'harbor.example', type: 1, class: 3 }] }),
        reply(query, { answers: LIE, questions: [] }),
        reply(query, TRUTH),
      ],
    ],
    [
      'the question itself',
      (query) => [reply(query, { isAnswer: false, answers: LIE }), reply(query, TRUTH)],
    ],
    [
      'garbage',
      (query) => [
        Buffer.alloc(0),
        Buffer.of(1),
        Buffer.alloc(1_000, 0xff),
        reply(query, TRUTH).subarray(0, 40),
        reply(query, TRUTH),
      ],
    ],
  ])('not %s', async (_, answerer) => {
    const resolver = ask([await serve(answerer)], { answerMs: 2_000 });
    expect(await resolver.lookUp('harbor.example', 'A')).toMatchObject(FOUND);
  });

  test('not what another port sends', async () => {
    const liar = createSocket('udp4');
    open.push(() => new Promise<void>((resolve) => liar.close(() => resolve())));
    const server = await serve((query, _, port) => {
      // It has heard everything, and is first.
      liar.send(reply(query, { answers: LIE }), port, '127.0.0.1');
      return count++ % 2 === 0 ? undefined : reply(query, TRUTH);
    });
    let count = 0;
    const resolver = ask([server], { answerMs: 100 });
    for (let i = 0; i < 5; i++) expect(await resolver.lookUp('harbor.example', 'A')).toMatchObject(FOUND);
  });

  test('not records of other names or types', async () => {
    const answers = [
      address('other.example', '6.6.6.6'),
      { ...address('harbor.example', '6.6.6.6'), class: 3 },
      address('harbor.example', '104.16.1.1'),
    ];
    const resolver = ask([await serve((query) => reply(query, { answers }))]);
    expect(await resolver.lookUp('harbor.example', 'A')).toMatchObject(FOUND);
  });
});

describe('an outcome comes of everything', () => {
  test.each<[string, Answerer, string]>([
    ['nothing', () => undefined, 'timed-out'],
    ['garbage that has the right id', (query) => reply(query, TRUTH).subarray(0, 45), 'malformed'],
    ['SERVFAIL', (query) => reply(query, { code: 2 }), 'failed'],
    ['REFUSED', (query) => reply(query, { code: 5 }), 'refused'],
    ['no such name', (query) => reply(query, { code: 3 }), 'no-such-name'],
    [
      'an address of three octets',
      (query) =>
        reply(query, {
          answers: [{ ...address('harbor.example', ''), data: { kind: 'bytes', bytes: Buffer.of(1, 2, 3) } }],
        }),
      'malformed',
    ],
    [
      'a CNAME to itself',
      (query) => reply(query, { answers: [cname('harbor.example', 'harbor.example')] }),
      'loop',
    ],
    [
      'CNAMEs without end, one at a time',
      (query) => {
        const name = query.questions[0]?.name ?? '';
        return reply(query, { answers: [cname(name, `x.${name}`)] });
      },
      'loop',
    ],
    [
      'hundreds of CNAMEs at once',
      (query) =>
        reply(query, {
          answers: Array.from({ length: 200 }, (_, i) =>
            cname(i === 0 ? 'harbor.example' : `c${i}.example`, `c${i + 1}.example`),
          ),
          isTruncated: false,
        }),
      'loop',
    ],
    ['over TCP too, what was cut', (query) => reply(query, { isTruncated: true }), 'malformed'],
    [
      'over TCP, nothing',
      (query, transport) => (transport === 'udp' ? reply(query, { isTruncated: true }) : undefined),
      'timed-out',
    ],
    [
      'over TCP, another id',
      (query, transport) =>
        transport === 'udp'
          ? reply(query, { isTruncated: true })
          : reply(query, { ...TRUTH, id: query.id ^ 1 }),
      'malformed',
    ],
  ])('of %s', async (_, answerer, outcome) => {
    const resolver = ask([await serve(answerer)]);
    expect(await resolver.lookUp('harbor.example', 'A')).toMatchObject({ outcome });
  });

  test('of a port at which nothing listens, at once', async () => {
    const server = await startDnsAnswers(() => undefined);
    await server.close();
    const resolver = ask([server], { answerMs: 10_000 });
    expect(await resolver.lookUp('harbor.example', 'A')).toMatchObject({ outcome: 'failed' });
  });

  test('of a name that is none', async () => {
    const resolver = ask([await serve(() => undefined)]);
    expect(await resolver.lookUp('bad..name', 'A')).toMatchObject({ outcome: 'malformed' });
    expect(await resolver.lookUp('\u0000.example', 'A')).toMatchObject({ outcome: 'malformed' });
  });
});

describe('a question is asked again', () => {
  test('of another resolver where one says nothing, fails or lies', async () => {
    const good = await serve((query) => reply(query, TRUTH));
    for (const bad of [
      () => undefined,
      (query) => reply(query, { code: 2 }),
      () => Buffer.of(1),
    ] as Answerer[]) {
      const resolver = ask([await serve(bad), good]);
      for (let i = 0; i < 2; i++) expect(await resolver.lookUp('harbor.example', 'A')).toMatchObject(FOUND);
    }
  });

  test('without EDNS where a server does not know it', async () => {
    const server = await serve((query) =>
      query.additionals.length > 0 ? reply(query, { code: 1 }) : reply(query, TRUTH),
    );
    expect(await ask([server]).lookUp('harbor.example', 'A')).toMatchObject(FOUND);
    expect(server.asked).toHaveLength(2);
  });

  test('and no more often than the bound says', async () => {
    const server = await serve(() => undefined);
    await ask([server], { tries: 3, answerMs: 20 }).lookUp('harbor.example', 'A');
    expect(server.asked).toHaveLength(3);
  });
});

test('a resolver that is closed waits for no slow connection', async () => {
  let heard: () => void = () => {};
  const isAsked = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const server = await serve((query, transport) => {
    if (transport === 'udp') return reply(query, { isTruncated: true });
    heard();
    return undefined;
  });
  const resolver = ask([server], { answerMs: 60_000 });
  const asking = resolver.lookUp('harbor.example', 'A');
  await isAsked;
  resolver.close();
  expect(await asking).toMatchObject({ outcome: 'timed-out' });
  expect(await resolver.lookUp('harbor.example', 'A')).toMatchObject({ outcome: 'timed-out' });
});

test('what is kept of an answer is bounded', async () => {
  const many = Array.from({ length: 250 }, (_, i) => address('harbor.example', `104.16.1.${i}`));
  const server = await serve((query, transport) =>
    reply(query, transport === 'udp' ? { isTruncated: true } : { answers: many }),
  );
  expect((await ask([server]).lookUp('harbor.example', 'A')).records).toHaveLength(100);
  const long = await serve(answersOf([`harbor.example 60 TXT ${'\u0007'.repeat(250)}`]));
  const [text = ''] = (await ask([long], { recordLength: 100 }).lookUp('harbor.example', 'TXT')).records;
  expect(text).toHaveLength(100);
  expect(text).toMatch(/^"(?:\\007){24}\\0…$/u);
});

test('no more questions are on their way than the bound says, over few sockets', async () => {
  let most = 0;
  const waiting: (() => void)[] = [];
  const udp = createSocket('udp4');
  const from = new Set<number>();
  udp.on('message', (octets, { port, address: host }) => {
    from.add(port);
    const answer = Buffer.from(octets);
    answer[2] = 0x84;
    waiting.push(() => udp.send(answer.subarray(0, answer.length), port, host));
    most = Math.max(most, waiting.length);
    if (waiting.length === 8) for (const say of waiting.splice(0)) say();
  });
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  open.push(() => new Promise<void>((resolve) => udp.close(() => resolve())));
  const resolver = new Resolver([{ host: '127.0.0.1', port: udp.address().port }], { questionsAtOnce: 8 });
  open.push(() => resolver.close());
  const found = await Promise.all(
    Array.from({ length: 800 }, (_, i) => resolver.lookUp(`n${i}.example`, 'A')),
  );
  expect(new Set(found.map(({ outcome }) => outcome))).toEqual(new Set(['empty']));
  expect(most).toBe(8);
  expect(from.size).toBeLessThanOrEqual(4);
});

function cname(name: string, target: string): DnsRecord {
  return { name, type: TYPE.CNAME, class: 1, ttlSeconds: 60, data: { kind: 'name', name: target } };
}
