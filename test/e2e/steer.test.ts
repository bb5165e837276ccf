/** One contract for every name server that the steerer may turn, each the real one on loopback. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DnsAnswer } from '../../src/serve/steer/dns-zone.ts';
import { DnsWheel, type DnsWheelOptions } from '../../src/serve/steer/dns-wheel.ts';
import { startBind } from '../parts/bind.ts';
import { startKnot } from '../parts/knot.ts';
import { freePort, has } from '../parts/part.ts';
import { startPowerDns } from '../parts/powerdns.ts';
import { changeZone, type Primary, type PrimaryOptions, type ZoneKey } from '../parts/primary.ts';
import { startRelay, type Relay } from '../parts/relay.ts';
import { startUnbound, type Resolver } from '../parts/unbound.ts';

const run = promisify(execFile);

const ZONE = 'harbor.test';
const NAME = `www.${ZONE}`;
const KEY: ZoneKey = {
  name: 'steer',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 'steer').toString('base64'),
};
const GUEST: ZoneKey = {
  name: 'guest',
  algorithm: 'hmac-sha512',
  secret: Buffer.alloc(64, 'guest').toString('base64'),
};
const ANSWERS: readonly DnsAnswer[] = [
  { kind: 'addresses', addresses: ['127.0.1.1', '127.0.1.2', '2001:db8:0::1'] },
  { kind: 'name', name: 'Edge-B.harbor.test.' },
  { kind: 'addresses', addresses: ['127.0.3.1'] },
];
const [FIRST, SECOND, THIRD] = [
  ['127.0.1.1', '127.0.1.2', '2001:db8::1'],
  ['127.0.2.1', 'edge-b.harbor.test.'],
  ['127.0.3.1'],
];
const OPTIONS: PrimaryOptions = {
  zone: ZONE,
  records: [
    'www 1 IN A 127.0.1.1',
    'www 1 IN A 127.0.1.2',
    'www 1 IN AAAA 2001:db8::1',
    'edge-b 1 IN A 127.0.2.1',
    'mail 1 IN A 127.0.1.1',
    'mail 1 IN MX 10 edge-b',
  ],
  key: KEY,
  guest: GUEST,
};
const bytes = ({ name, algorithm, secret }: ZoneKey): DnsWheelOptions['key'] => ({
  name,
  algorithm,
  secret: Buffer.from(secret, 'base64'),
});

function wheelAt({ host, port }: { host: string; port: number }, key = KEY, name = NAME): DnsWheel {
  return new DnsWheel({
    zone: ZONE,
    name,
    ttlSeconds: 1,
    server: { host, port },
    key: bytes(key),
    answers: ANSWERS,
    udpTimeoutMs: 300,
  });
}

/** What stands at the name, as `kdig` is told. */
async function dig({ port }: { port: number }, name = NAME): Promise<string[]> {
  const found: string[] = [];
  for (const type of ['A', 'AAAA', 'CNAME']) {
    const { stdout } = await run('kdig', ['@127.0.0.1', '-p', `${port}`, '+short', name, type]);
    found.push(...stdout.split('\n').filter((line) => line !== ''));
  }
  return [...new Set(found)].sort();
}

async function serialOf({ port }: { port: number }): Promise<string | undefined> {
  const { stdout } = await run('kdig', ['@127.0.0.1', '-p', `${port}`, '+short', ZONE, 'SOA']);
  return stdout.split(' ')[2];
}

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

// Each waits for what is its own, the time to live most of all: side by side.
describe.concurrent.each([
  { server: 'Knot', programs: ['knotd'], start: startKnot },
  { server: 'BIND', programs: ['named'], start: startBind },
  {
    server: 'BIND with an update-policy',
    programs: ['named'],
    start: (options: PrimaryOptions) => startBind({ ...options, onlyName: NAME }),
  },
  { server: 'PowerDNS', programs: ['pdns_server', 'pdnsutil', 'sqlite3'], start: startPowerDns },
])('$server', ({ programs, start }) => {
  const isHere = [...programs, 'kdig', 'nsupdate', 'unbound'].every(has);

  describe('is', { sequential: true, skip: !isHere }, () => {
    let primary: Primary;
    let resolver: Resolver;
    let relay: Relay;
    beforeAll(async () => {
      primary = await start(OPTIONS);
      relay = await startRelay(primary);
      resolver = await startUnbound({ zone: ZONE, primary });
    });
    afterAll(async () => {
      await resolver?.stop();
      await relay?.stop();
      await primary?.kill();
    });

    test('checked and says what is in force, without anything being changed', async () => {
      const serial = await serialOf(primary);
      expect(await wheelAt(primary).check(soon())).toEqual({
        ok: true,
        inForce: 0,
        words: `${NAME} is A 127.0.1.1, A 127.0.1.2, AAAA 2001:db8::1 (1 s)`,
      });
      expect(await serialOf(primary)).toBe(serial);
      expect(await dig(primary)).toEqual(FIRST);
    });

    test.each([
      {
        what: 'a wrong secret',
        key: { ...KEY, secret: GUEST.secret },
        told: /BADSIG|is not signed, and says/,
      },
      {
        what: 'a key that it does not know',
        key: { ...KEY, name: 'nobody' },
        told: /BADKEY|is not signed, and says/,
      },
      { what: 'a key that may not update', key: GUEST, told: /BADKEY|REFUSED/ },
    ])('checked and tells of $what', async ({ key, told }) => {
      const check = await wheelAt(primary, key).check(soon());
      expect(check).toEqual({ ok: false, why: expect.stringMatching(told) });
      await expect(wheelAt(primary, key).turn(2, soon())).rejects.toThrow(told);
      expect(await dig(primary)).toEqual(FIRST);
      expect(JSON.stringify(check)).not.toContain(key.secret);
    });

    test('checked and tells when it has no such zone', async () => {
      const wheel = new DnsWheel({
        zone: 'elsewhere.test',
        name: 'www.elsewhere.test',
        ttlSeconds: 1,
        server: primary,
        key: bytes(KEY),
        answers: ANSWERS,
      });
      expect(await wheel.check(soon())).toMatchObject({ ok: false });
    });

    test('told of at once where what else stands at the name would keep a CNAME out of it', async () => {
      const wheel = wheelAt(primary, KEY, `mail.${ZONE}`);
      expect(await wheel.check(soon())).toMatchObject({ ok: false });
      await expect(wheel.turn(1, soon())).rejects.toMatchObject({
        code: 'wheel-refused',
      });
      expect(await dig(primary, `mail.${ZONE}`)).toEqual(['127.0.1.1']);
    });

    test('said to be gone, or to hang, within the time that is given', async () => {
      const port = await freePort();
      expect(await wheelAt({ host: '127.0.0.1', port }).check(soon())).toEqual({
        ok: false,
        why: `The name server 127.0.0.1:${port} refuses connections.`,
      });
      primary.hang();
      try {
        const begun = performance.now();
        const check = await wheelAt(primary).check(AbortSignal.timeout(800));
        expect(performance.now() - begun).toBeLessThan(1_600);
        expect(check).toEqual({ ok: false, why: expect.stringContaining('did not answer in time') });
      } finally {
        primary.resume();
      }
    });

    test('turned from addresses to a name and back, and users see it after the time to live', async ({
      expect,
    }) => {
      const wheel = wheelAt(primary);
      expect(await dig(resolver)).toEqual(FIRST);
      for (const [to, there] of [
        [1, SECOND],
        [2, THIRD],
        [1, SECOND],
        [0, FIRST],
      ] as const) {
        await wheel.turn(to, soon());
        expect(await dig(primary)).toEqual(there);
        const begun = performance.now();
        await expect.poll(() => dig(resolver), { timeout: 4_000, interval: 100 }).toEqual(there);
        expect(performance.now() - begun).toBeLessThan(3_000);
        expect(await wheel.check(soon())).toMatchObject({ ok: true, inForce: to });
      }
    });

    test('turned to what is in force already, and nothing is changed', async () => {
      const serial = await serialOf(primary);
      await wheelAt(primary).turn(0, soon());
      expect(await serialOf(primary)).toBe(serial);
    });

    test('never turned over what somebody else has put there since it was checked', async () => {
      const wheel = wheelAt(primary);
      await wheel.check(soon());
      await changeZone(primary, ZONE, KEY, [`update delete ${NAME} A`, `update add ${NAME} 1 A 127.0.7.7`]);
      await expect(wheel.turn(1, soon())).rejects.toMatchObject({
        code: 'wheel-moved',
        message: expect.stringContaining('found A 127.0.7.7, AAAA 2001:db8::1 (1 s)'),
      });
      expect(await dig(primary)).toEqual(['127.0.7.7', '2001:db8::1']);
      expect(await wheel.check(soon())).toMatchObject({ ok: true, inForce: undefined });
      await wheel.turn(1, soon());
      expect(await dig(primary)).toEqual(SECOND);
      await wheel.turn(0, soon());
    });

    test('found to be turned where the answer to the update is lost', async () => {
      const wheel = wheelAt(relay);
      await wheel.check(soon());
      relay.loseNextUpdateAnswer();
      await wheel.turn(2, soon());
      expect(await dig(primary)).toEqual(THIRD);
    });

    test('not said to be turned or not where it dies under the update', async () => {
      const wheel = wheelAt(relay);
      await wheel.check(soon());
      primary.hang();
      const sent = relay.nextUpdate();
      const turning = expect(wheel.turn(0, soon())).rejects.toMatchObject({ code: 'wheel-unknown' });
      await sent;
      // At once: it must not go on and answer first.
      primary.process.kill('SIGKILL');
      await turning;
      await expect(wheel.turn(0, soon())).rejects.toMatchObject({ code: expect.stringMatching(/^wheel-/) });
    });
  });
});
