import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { answerWith, connectWith, endAnswers, nobodyAt } from '../../../test/parts/answers.ts';
import { VirtualTime } from '../../../test/parts/virtual-time.ts';
import type { ProbeRule, Seen } from './probe.ts';
import { probeFor } from './probes.ts';

afterEach(endAnswers);

const signal = new AbortController().signal;
const time = new VirtualTime();
const look = (rule: ProbeRule, timeoutMs = 2000): Promise<Seen> =>
  probeFor(rule, { name: 'rule', timeoutMs, time }).look(signal);

describe('a command', () => {
  const run = (code: string, timeoutMs?: number): Promise<Seen> =>
    look({ kind: 'command', command: ['/bin/sh', '-c', code], folder: tmpdir() }, timeoutMs);

  test('is well when it ends with 0, and says why when it is not', async () => {
    expect(await run('exit 0')).toEqual({ kind: 'good', words: 'ended with 0' });
    expect(await run('printf "5xx\\007 up\\n" >&2; exit 1')).toEqual({
      kind: 'bad',
      words: 'ended with 1: 5xx\\u{7} up',
    });
    expect(await run('kill -9 $$')).toEqual({ kind: 'bad', words: 'was ended by SIGKILL' });
    expect(await run('sleep 60', 40)).toEqual({ kind: 'bad', words: 'had not ended within 40 ms' });
  });

  test('that cannot be run tells nothing', async () => {
    const rule = { kind: 'command', command: ['/no/such/program'], folder: tmpdir() } as const;
    expect(await look(rule)).toEqual({ kind: 'none', words: 'cannot be run: the system says ENOENT' });
    const odd = { kind: 'command', command: ['a\0b'], folder: tmpdir() } as const;
    expect((await look(odd)).kind).toBe('none');
  });
});

describe('a URL', () => {
  test('is well by its status and its text', async () => {
    const url = await answerWith((request, response) =>
      response.writeHead(request.url === '/no' ? 404 : 200).end('all ok'),
    );
    expect(await look({ kind: 'http', url })).toEqual({ kind: 'good', words: 'answers 200' });
    expect(await look({ kind: 'http', url, status: 200, contains: 'ok' })).toMatchObject({ kind: 'good' });
    expect(await look({ kind: 'http', url, contains: 'no\u001b' })).toEqual({
      kind: 'bad',
      words: 'answers 200 without "no\\u{1b}"',
    });
    expect(await look({ kind: 'http', url: new URL('no', url) })).toEqual({
      kind: 'bad',
      words: 'answers 404, expected 200 to 299',
    });
    expect(await look({ kind: 'http', url: new URL('no', url), status: 404 })).toMatchObject({
      kind: 'good',
    });
  });

  test('of nobody, of one who breaks off, hangs or drips is not well', async () => {
    expect(await look({ kind: 'http', url: await nobodyAt() })).toEqual({
      kind: 'bad',
      words: 'refuses connections',
    });
    const breaks = await connectWith((socket) => socket.destroy());
    expect(await look({ kind: 'http', url: breaks })).toEqual({
      kind: 'bad',
      words: 'breaks the connection',
    });
    const silent = await connectWith(() => undefined);
    expect(await look({ kind: 'http', url: silent }, 30)).toEqual({
      kind: 'bad',
      words: 'no answer within 30 ms',
    });
    const drips = await answerWith((_, response) => {
      const drip = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(drip));
    });
    expect(await look({ kind: 'http', url: drips, contains: 'ok' }, 40)).toEqual({
      kind: 'bad',
      words: 'not the whole answer within 40 ms',
    });
  });

  test('that leads elsewhere is not followed', async () => {
    let isAsked = false;
    const elsewhere = await answerWith((_, response) => {
      isAsked = true;
      response.end('ok');
    });
    const url = await answerWith((_, response) =>
      response.writeHead(302, { location: elsewhere.href }).end(),
    );
    expect(await look({ kind: 'http', url, contains: 'ok' })).toEqual({
      kind: 'bad',
      words: 'answers 302, expected 200 to 299',
    });
    expect(isAsked).toBe(false);
  });

  test('whose name leads nowhere tells nothing', async () => {
    expect(await look({ kind: 'http', url: new URL('http://nowhere.invalid/') })).toMatchObject({
      kind: 'none',
    });
  });

  test('that sends a gigabyte is read to its bound', async () => {
    let sent = 0;
    const url = await answerWith((_, response) => {
      const chunk = Buffer.alloc(65_536, 'x');
      const go = (): void => {
        while (sent < 1e9 && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', go);
        }
      };
      go();
    });
    expect(await look({ kind: 'http', url, contains: 'ok' })).toMatchObject({ kind: 'bad' });
    expect(sent).toBeLessThan(2e7);
  });
});

test('who asks while it is asked gets the same answer: no second one is under way', async () => {
  let asked = 0;
  const url = await answerWith((_, response) => {
    asked++;
    setTimeout(() => response.end(), 20);
  });
  const probe = probeFor({ kind: 'http', url }, { name: 'rule', timeoutMs: 2000 });
  const seen = await Promise.all([probe.look(signal), probe.look(signal), probe.look(signal)]);
  expect([asked, new Set(seen).size]).toEqual([1, 1]);
  await probe.look(signal);
  expect(asked).toBe(2);
});

describe('a metric', () => {
  let text = '';
  let status = 200;
  const metric = async (name: string, bounds: object): Promise<Extract<ProbeRule, { kind: 'metric' }>> => {
    const url = await answerWith((_, response) => response.writeHead(status).end(text));
    return { kind: 'metric', url, metric: name, ...bounds };
  };

  test('is held against its bounds', async () => {
    text = '# TYPE lag gauge\nlag{site="a"} 2.5\nlag{site="b",zone="1"} 7 1700000000000\nlagging 99\n';
    expect(await look(await metric('lag{site="a"}', { atMost: 3 }))).toEqual({
      kind: 'good',
      words: 'lag{site="a"} is 2.5',
    });
    expect(await look(await metric('lag{site="b"}', { atMost: 3 }))).toEqual({
      kind: 'bad',
      words: 'lag{site="b"} is 7, above 3',
    });
    expect(await look(await metric('lag{site="a"}', { atLeast: 3 }))).toEqual({
      kind: 'bad',
      words: 'lag{site="a"} is 2.5, below 3',
    });
    expect(await look(await metric('lag', { atMost: 3 }))).toEqual({
      kind: 'none',
      words: 'has 2 series that fit lag: name more labels',
    });
    expect(await look(await metric('lag{site="c"}', { atMost: 3 }))).toEqual({
      kind: 'none',
      words: 'has no lag{site="c"}',
    });
    text = 'lag NaN';
    expect(await look(await metric('lag', { atMost: 3 }))).toEqual({ kind: 'none', words: 'lag is NaN' });
    text = 'lag seven';
    expect(await look(await metric('lag', { atMost: 3 }))).toEqual({
      kind: 'none',
      words: 'a line of lag is no sample',
    });
    status = 500;
    expect(await look(await metric('lag', { atMost: 3 }))).toEqual({
      kind: 'bad',
      words: 'answers 500, expected 200',
    });
    status = 200;
    const nobody = { kind: 'metric', url: await nobodyAt(), metric: 'lag', atMost: 1 } as const;
    expect(await look(nobody)).toEqual({ kind: 'bad', words: 'refuses connections' });
  });

  test('as a rate takes two looks, and begins anew where the counter does', async () => {
    const rule = await metric('errors_total', { atMost: 0.5, isRate: true });
    const probe = probeFor(rule, { name: 'rule', timeoutMs: 2000, time });
    const at = async (value: number): Promise<Seen> => {
      text = `errors_total ${value}`;
      const seen = await probe.look(signal);
      time.goTo(time.now() + 2000);
      return seen;
    };
    expect(await at(10)).toEqual({ kind: 'none', words: 'a rate takes two looks' });
    expect(await at(11)).toEqual({ kind: 'good', words: 'errors_total is 0.5 a second' });
    expect(await at(14)).toEqual({ kind: 'bad', words: 'errors_total is 1.5 a second, above 0.5' });
    expect(await at(0)).toEqual({ kind: 'none', words: 'the counter has begun anew' });
    expect(await at(1)).toMatchObject({ kind: 'good' });
  });

  test('in an answer that is too long is none', async () => {
    text = `errors_total 1\n${'# x\n'.repeat(2_500_000)}`;
    expect(await look(await metric('errors_total', { atMost: 1 }))).toEqual({
      kind: 'none',
      words: 'answers with more than 8000000 bytes',
    });
  });

  test('that is none is refused at once', () => {
    const rule = { kind: 'metric', url: new URL('http://localhost/'), metric: 'a{b=c}', atMost: 1 } as const;
    expect(() => probeFor(rule, { name: 'rule', timeoutMs: 1 })).toThrow('Expected a metric, found a{b=c}.');
  });
});
