import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { connect, createServer, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FaultServer, openControl, type FaultProxy } from '../../src/faults/index.ts';
import { makeCertificate } from '../parts/certificate.ts';
import { makeFolder } from '../parts/part.ts';
import { answerOk, startRawOrigin, type RawOrigin } from '../parts/raw-origin.ts';
import { converse, echo, startStreamServer, type StreamServer } from '../parts/streams.ts';

/** TLS is ended by the proxy, with certificates that are good for whoever trusts its authority, until a fault makes them bad. */
let upstream: StreamServer;
let faults: FaultServer;
let proxy: FaultProxy;

beforeAll(async () => {
  upstream = await startStreamServer(echo);
  faults = new FaultServer();
  proxy = await faults.create({ name: 'echo', upstream: upstream.place, protocol: 'tls' });
});
afterEach(async () => {
  await proxy.reset();
  // Whatever became of a handshake, nothing of it is left.
  await expect.poll(() => proxy.counts().open).toBe(0);
});
afterAll(async () => {
  await faults.close();
  await upstream.close();
});

function portOf({ listen }: FaultProxy): number {
  return Number(listen.split(':').at(-1));
}

function secure(options: ConnectionOptions = {}, to = proxy): TLSSocket {
  return connect({ host: '127.0.0.1', port: portOf(to), ca: faults.authority, ...options });
}

/** What a client makes of it: the names of the certificate, or the code of what is wrong. */
async function handshake(options: ConnectionOptions = {}): Promise<string | undefined> {
  const socket = secure(options);
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().subjectaltname;
  } catch (error) {
    // Sockets fail with codes.
    return (error as NodeJS.ErrnoException).code;
  } finally {
    socket.destroy();
  }
}

describe('without a fault', () => {
  test('bytes come through as they are, both ways, and ends too', async () => {
    const words = Buffer.alloc(3_000_000, 'words ');
    const socket = secure();
    socket.end(words);
    const parts: Buffer[] = [];
    for await (const part of socket) parts.push(part as Buffer);
    expect(Buffer.concat(parts).equals(words)).toBe(true);
    await expect.poll(() => upstream.sockets.size).toBe(0);
    await expect.poll(() => proxy.counts().open).toBe(0);
    expect(proxy.counts().failed).toBe(0);
  });

  test('certificates are for the name that is asked for, or for this computer', async () => {
    expect(await handshake({ servername: 'API.example.com' })).toBe('DNS:api.example.com');
    expect(await handshake()).toContain('IP Address:127.0.0.1, DNS:localhost, IP Address:0:0:0:0:0:0:0:1');
    expect(await handshake({ servername: 'a'.repeat(63) })).toBe(`DNS:${'a'.repeat(63)}`);
  });

  test('nobody trusts it who was not told to; the control API says the authority', async () => {
    expect(await handshake({ ca: [] })).toBe('SELF_SIGNED_CERT_IN_CHAIN');
    const control = await openControl(faults, { port: 0 });
    const answer = await fetch(`http://127.0.0.1:${control.place.port}/authority`);
    expect(await answer.text()).toBe(faults.authority);
    expect(faults.authority).not.toContain('PRIVATE');
    await control.close();
  });

  test('openssl finds nothing wrong with its certificates, by the letter', async () => {
    const socket = secure({ servername: 'api.example.com' });
    await once(socket, 'secureConnect');
    const { raw } = socket.getPeerCertificate();
    socket.destroy();
    const folder = makeFolder();
    try {
      writeFileSync(join(folder, 'ca'), faults.authority);
      const pem = raw.toString('base64').replace(/.{1,64}/g, '$&\n');
      writeFileSync(join(folder, 'cert'), `-----BEGIN CERTIFICATE-----\n${pem}-----END CERTIFICATE-----\n`);
      const rules = ['-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'api.example.com'];
      const said = execFileSync('openssl', ['verify', ...rules, '-CAfile', 'ca', 'cert'], { cwd: folder });
      expect(String(said)).toBe('cert: OK\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('what is no TLS is closed', async () => {
    const { socket, done } = converse(proxy.listen);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await done;
    await expect.poll(() => proxy.counts().open).toBe(0);
  });
});

describe('tls_expired', () => {
  test('clients find that it has run out', async () => {
    await proxy.setToxic({ type: 'tls_expired', attributes: { days: 3 } });
    expect(await handshake()).toBe('CERT_HAS_EXPIRED');
    const socket = secure({ rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const days = (Date.now() - Date.parse(socket.getPeerCertificate().valid_to)) / 86_400_000;
    expect(days).toBeCloseTo(3, 2);
    socket.destroy();
    expect(proxy.counts().changed.tls_expired_downstream).toBe(2);
    await proxy.removeToxic('tls_expired_downstream');
    expect(await handshake()).toContain('127.0.0.1');
  });

  test('strikes its share of connections', async () => {
    await proxy.setToxic({ type: 'tls_expired', toxicity: 0.4 });
    let struck = 0;
    for (let i = 0; i < 80; i++) if ((await handshake()) === 'CERT_HAS_EXPIRED') struck++;
    expect(proxy.counts().changed.tls_expired_downstream).toBe(struck);
    // Three standard deviations are 13.
    expect(struck).toBeGreaterThan(18);
    expect(struck).toBeLessThan(46);
  });
});

test('tls_wrong_name: clients find another host', async () => {
  await proxy.setToxic({ type: 'tls_wrong_name', attributes: { name: 'other.example.net' } });
  expect(await handshake({ servername: 'api.example.com' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(await handshake({ servername: 'other.example.net' })).toBe('DNS:other.example.net');
});

describe('tls_stall', () => {
  test('the handshake is not answered, and closed when it is taken away', async () => {
    await proxy.setToxic({ type: 'tls_stall' });
    const hung = handshake();
    await expect.poll(() => proxy.counts().changed.tls_stall_downstream).toBe(1);
    await expect.poll(() => proxy.counts().upstreamBytes).toBeGreaterThan(0);
    expect(proxy.counts().open).toBe(1);
    await proxy.removeToxic('tls_stall_downstream');
    expect(await hung).toBe('ECONNRESET');
    await expect.poll(() => proxy.counts().open).toBe(0);
  });

  test('or after its timeout', async () => {
    await proxy.setToxic({ type: 'tls_stall', attributes: { timeout: 100 } });
    const began = performance.now();
    expect(await handshake()).toBe('ECONNRESET');
    expect(performance.now() - began).toBeGreaterThan(98);
  });
});

describe('HTTP within', () => {
  let origin: RawOrigin;
  let site: FaultProxy;
  beforeAll(async () => {
    origin = await startRawOrigin();
    origin.answer = answerOk;
    site = await faults.create({ name: 'site', upstream: `127.0.0.1:${origin.port}`, protocol: 'tls' });
  });
  afterAll(async () => {
    await faults.remove('site');
    await origin.stop();
  });

  function ask(path: string, options: RequestOptions = {}, to = site): Promise<[number | undefined, string]> {
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: portOf(to), path, ca: faults.authority, ...options });
      asked.on('error', reject).on('response', async (answer) => {
        let text = '';
        for await (const part of answer) text += String(part);
        resolve([answer.statusCode, text]);
      });
      asked.end();
    });
  }

  test('faults of HTTP strike requests, by path', async () => {
    await site.setToxic({ type: 'http_status', attributes: { status: 526 }, match: { path: '/x' } });
    expect(await ask('/x')).toEqual([526, '']);
    expect(await ask('/')).toEqual([200, 'ok']);
    const socket = secure({ ALPNProtocols: ['h2', 'http/1.1'] }, site);
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).toBe('http/1.1');
    socket.destroy();
  });

  test('an upstream whose certificate nobody knows is not trusted', async () => {
    const server = createServer(makeCertificate('api.example.com'), (socket) => void socket.end());
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const to = await faults.create({
      name: 'private',
      upstream: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
      protocol: 'tls',
      upstream_tls: true,
    });
    expect(to.view()).toMatchObject({ protocol: 'tls', upstream_tls: true });
    await expect(ask('/', {}, to)).rejects.toThrow();
    expect(to.counts().failed).toBe(1);
    await to.setToxic({ type: 'http_latency' });
    const [status, text] = await ask('/', {}, to);
    expect(status).toBe(502);
    expect(text).toMatch(/: (UNABLE_TO_|SELF_SIGNED)/);
    await faults.remove('private');
    server.close();
  });
});

test('faults of TLS on a proxy that does not end it are refused', async () => {
  const tcp = await faults.create({ name: 'tcp', upstream: upstream.place });
  await expect(tcp.setToxic({ type: 'tls_stall' })).rejects.toThrow('protocol tcp');
  await expect(faults.create({ name: 'x', upstream: upstream.place, upstream_tls: true })).rejects.toThrow(
    'protocol tls alone',
  );
  await faults.remove('tcp');
});
