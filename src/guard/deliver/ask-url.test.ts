import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { answerWith, endAnswers } from '../../../test/parts/answers.ts';
import { makeCertificate } from '../../../test/parts/certificate.ts';
import { askUrl, HeardText } from './ask-url.ts';

afterEach(endAnswers);

const signal = new AbortController().signal;

test('who serves by TLS is believed by the authority that is named, and by no other', async () => {
  const { authority, cert, key } = makeCertificate('localhost');
  const server = createServer({ cert, key }, (_, response) => response.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listens on a port
  try {
    const url = new URL(`https://localhost:${port}/`);
    const heard = new HeardText(100);
    const hear = (): ((chunk: Buffer) => boolean) => (chunk) => heard.hear(chunk);
    const trusted = await askUrl({ url, timeoutMs: 5000, authority }, hear, signal);
    expect([trusted.kind, heard.text()]).toEqual(['answered', 'ok']);
    const untrusted = await askUrl({ url, timeoutMs: 5000 }, hear, signal);
    expect(untrusted).toMatchObject({ kind: 'failed', why: 'tls' });
    const otherName = await askUrl(
      { url: new URL(`https://127.0.0.1:${port}/`), timeoutMs: 5000, authority },
      hear,
      signal,
    );
    expect(otherName).toMatchObject({ kind: 'failed', why: 'tls' });
  } finally {
    server.close();
  }
});

test('called off before or in the middle, it ends at once', async () => {
  const calling = new AbortController();
  const url = await answerWith((_, response) => {
    response.write('x');
    setImmediate(() => calling.abort());
  });
  const asked = askUrl({ url, timeoutMs: 60_000 }, () => () => true, calling.signal);
  expect(await asked).toMatchObject({ kind: 'failed', why: 'aborted' });
  expect(await askUrl({ url, timeoutMs: 60_000 }, () => undefined, calling.signal)).toMatchObject({
    why: 'aborted',
  });
});
