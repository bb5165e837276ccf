import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerWith, connectWith, endAnswers, nobodyAt } from '../../../test/parts/answers.ts';
import { KeelsonError } from '../../errors.ts';
import type { Source, SourceOptions } from './source.ts';
import { sourceAt } from './sources.ts';

let incoming: string;
const signal = new AbortController().signal;

beforeEach(() => {
  incoming = mkdtempSync(join(tmpdir(), 'keelson-source-'));
});
afterEach(() => {
  endAnswers();
  rmSync(incoming, { recursive: true });
});

function sourceOf(url: URL, more: Partial<SourceOptions> = {}, token?: () => string): Source {
  const options = { incoming, mostBytes: 100_000, timeoutMs: 2000, ...more };
  return sourceAt({ kind: 'url', url: new URL('out/a.json', url), token }, options);
}

test('asks whether there is another, and copies it when there is', async () => {
  let etag = '"1"';
  const asked: (string | undefined)[] = [];
  const url = await answerWith((request, response) => {
    asked.push(request.headers['if-none-match'], request.headers.authorization);
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag }).end(`version ${etag}`);
  });
  const source = sourceOf(url, {}, () => 'secret');
  const first = await source.look(signal);
  expect(first).toMatchObject({ kind: 'new', name: 'a.json', bytes: 11 });
  expect(readFileSync(first.kind === 'new' ? first.path : '', 'utf8')).toBe('version "1"');
  expect(await source.look(signal)).toEqual({ kind: 'same' });
  etag = '"2"';
  expect(await source.look(signal)).toMatchObject({ kind: 'new' });
  expect(asked).toEqual([undefined, 'Bearer secret', '"1"', 'Bearer secret', '"1"', 'Bearer secret']);
});

test('asks by time where there is no tag, and finds out itself where there is neither', async () => {
  const asked: (string | undefined)[] = [];
  const headers: Record<string, string> = { 'last-modified': 'Tue, 18 Nov 2025 11:20:00 GMT' };
  const url = await answerWith((request, response) => {
    asked.push(request.headers['if-modified-since']);
    response.writeHead(200, headers).end('same');
  });
  const source = sourceOf(url);
  expect((await source.look(signal)).kind).toBe('new');
  delete headers['last-modified'];
  expect(await source.look(signal)).toEqual({ kind: 'same' });
  expect(await source.look(signal)).toEqual({ kind: 'same' });
  expect(asked).toEqual([undefined, 'Tue, 18 Nov 2025 11:20:00 GMT', undefined]);
});

test('takes what belongs to it along, and is new when that is', async () => {
  let signature: string | undefined;
  const url = await answerWith((request, response) => {
    if (request.url === '/out/a.json') {
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"1"' }).end('file');
    } else if (signature === undefined) response.writeHead(404).end();
    else response.end(signature);
  });
  const source = sourceOf(url, { beside: '.dsse.json' });
  expect(await source.look(signal)).toMatchObject({ kind: 'new', isAccompanied: false });
  expect(await source.look(signal)).toEqual({ kind: 'same' });
  signature = 'signed';
  const look = await source.look(signal);
  expect(look).toMatchObject({ kind: 'new', isAccompanied: true });
  expect(readFileSync(`${look.kind === 'new' ? look.path : ''}.dsse.json`, 'utf8')).toBe('signed');
  expect(await source.look(signal)).toEqual({ kind: 'same' });
  expect(readdirSync(incoming)).toHaveLength(3);
});

const gigabyte = (response: ServerResponse): void => {
  const chunk = Buffer.alloc(65_536, 120);
  let left = 16_384;
  const go = (): void => {
    while (left-- > 0 && !response.destroyed)
      if (!response.write(chunk)) return void response.once('drain', go);
    response.end();
  };
  go();
};

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

test.each<[string, Answer, object]>([
  [
    'redirects',
    (_, r) => r.writeHead(302, { location: '/other' }).end(),
    { kind: 'gone', why: 'answers 302: a redirect is not followed' },
  ],
  ['fails', (_, r) => r.writeHead(503).end('later'), { kind: 'gone', why: 'answers 503, expected 200' }],
  ['has nothing', (_, r) => r.writeHead(404).end(), { kind: 'gone', why: 'answers 404' }],
  ['says that nothing changed though nobody asked', (_, r) => r.writeHead(304).end(), { kind: 'gone' }],
  [
    'compresses unasked',
    (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    { kind: 'gone' },
  ],
  [
    'says that it is too large',
    (_, r) => r.writeHead(200, { 'content-length': 1_000_000_000 }).write('x'),
    { kind: 'too-large', why: 'has 1000000000 bytes, more than 100000 bytes' },
  ],
  [
    'sends a gigabyte without saying so',
    (_, r) => gigabyte(r),
    { kind: 'too-large', why: 'goes on, more than 100000 bytes' },
  ],
])('of a server that %s it takes nothing, and keeps nothing', async (_, answer, expected) => {
  const url = await answerWith((request, response) => void answer(request, response));
  expect(await sourceOf(url).look(signal)).toMatchObject(expected);
  expect(readdirSync(incoming)).toEqual([]);
});

test.each<[string, string, string]>([
  [
    'a length that is not reached',
    'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf',
    'broke off in the middle of its answer',
  ],
  [
    'chunks without an end',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
    'broke off in the middle of its answer',
  ],
  [
    'neither length nor chunks',
    'HTTP/1.1 200 OK\r\n\r\nhalf',
    'says neither a length nor where its answer ends',
  ],
  ['another protocol', 'SSH-2.0-x\r\n\r\n', 'does not speak HTTP: HPE_INVALID_CONSTANT'],
  ['a connection that is closed', '', 'breaks the connection'],
])('%s: that is no file', async (_, sent, why) => {
  const url = await connectWith((socket) => socket.once('data', () => socket.end(sent)));
  expect(await sourceOf(url).look(signal)).toEqual({ kind: 'gone', why });
  expect(readdirSync(incoming)).toEqual([]);
});

test('a server that drips is left when the time is up, and one that says nothing too', async () => {
  const dripping = await answerWith((_, response) => {
    response.writeHead(200, { 'content-length': 50_000 });
    const drip = setInterval(() => response.write('x'), 5);
    response.on('close', () => clearInterval(drip));
  });
  const look = await sourceOf(dripping, { timeoutMs: 60 }).look(signal);
  expect(look).toEqual({ kind: 'gone', why: 'not the whole answer within 60 ms' });
  const silent = await connectWith(() => undefined);
  expect(await sourceOf(silent, { timeoutMs: 30 }).look(signal)).toEqual({
    kind: 'gone',
    why: 'no answer within 30 ms',
  });
  expect(readdirSync(incoming)).toEqual([]);
});

test('where nobody is, and where there is no token, nothing is taken and that is said', async () => {
  const nobody = await nobodyAt();
  expect(await sourceOf(nobody).look(signal)).toEqual({ kind: 'gone', why: 'refuses connections' });
  const source = sourceOf(nobody, {}, () => {
    throw new KeelsonError('secret-missing', 'Expected a secret at env:X, found none.');
  });
  expect(await source.look(signal)).toEqual({ kind: 'gone', why: 'Expected a secret at env:X, found none.' });
});

test('a large one is not read again and again where the server says that it is the same', async () => {
  let bodies = 0;
  const url = await answerWith((request, response) => {
    if (request.headers['if-none-match'] === '"big"') return void response.writeHead(304).end();
    bodies++;
    response.writeHead(200, { etag: '"big"' });
    gigabyte(response);
  });
  const source = sourceOf(url);
  expect((await source.look(signal)).kind).toBe('too-large');
  expect((await source.look(signal)).kind).toBe('same');
  expect(bodies).toBe(1);
});
