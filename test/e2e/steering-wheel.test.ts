/** What moves users, when it does not work, when somebody else moves them, and when the steerer itself dies. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keelson } from '../cli/keelson.ts';
import { startRelay } from '../parts/relay.ts';
import { endProcesses } from './keelson-process.ts';
import { startServe } from './serve-process.ts';
import { dig, edgeOf, isHere, say, startSteeredWorld, User, type SteeredWorld } from './steered-world.ts';

const TIMES = { detect: '2s', hold: '4s' };
const LATE = { timeout: 15_000, interval: 50 };

describe.skipIf(!isHere())('what moves users', () => {
  let world: SteeredWorld;
  const started: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    world = await startSteeredWorld();
  });
  afterEach(async () => {
    await endProcesses();
    for (const stop of started.splice(0)) await stop();
    await world?.close();
  });

  test('and is gone when it is needed is told of within the time between checks, and used as soon as it is back', async () => {
    const steerer = await world.steer(world.plan(TIMES));
    await world.primary.kill();
    const begun = performance.now();
    await expect
      .poll(() => edgeOf(steerer.status()).steering, LATE)
      .toMatchObject({
        ok: false,
        why: expect.stringContaining('refuses connections'),
      });
    // Checked every second.
    expect(performance.now() - begun).toBeLessThan(2_000);
    await world.edgeA.kill();
    await expect
      .poll(() => edgeOf(steerer.status()).waiting, LATE)
      .toMatchObject({
        kind: 'steering',
        words: 'What moves users does not work; then they go to edge-b.',
      });
    expect(edgeOf(steerer.status()).inUse).toBe('edge-a');
    await world.restartPrimary();
    const back = performance.now();
    await expect.poll(() => dig(world.primary), LATE).toBe('127.0.0.3');
    const turnedMs = performance.now() - back;
    say('the primary is back: turned after', turnedMs);
    // It is looked at again every two seconds.
    expect(turnedMs).toBeLessThan(5_000);
    await expect.poll(() => edgeOf(steerer.status()).inUse, LATE).toBe('edge-b');
  });

  test('and would not take the key is found before it is needed, by the steerer and by --dry-run', async () => {
    const text = world.plan(TIMES, { secret: 'file:wrong' });
    const steerer = await world.steer(text);
    expect(edgeOf(steerer.status()).steering).toMatchObject({
      ok: false,
      why: expect.stringMatching(/BADSIG|not signed/),
    });
    const { exit, out } = keelson(['serve', world.write(text), '--steer', '--dry-run']);
    expect(exit).toBe(1);
    expect(out).toMatch(/^edge: could NOT be switched now: .*(BADSIG|not signed)/);
    expect(out).not.toContain(readFileSync(join(world.folder, 'wrong'), 'utf8'));
  });

  test('is shown by --dry-run, and nothing is changed', async () => {
    const { exit, out, err } = keelson(['serve', world.write(world.plan(TIMES)), '--steer', '--dry-run']);
    expect(err).toBe('');
    expect(
      out.replaceAll(/127\.0\.0\.1:\d+/g, 'PRIMARY'),
    ).toBe(`edge: could be switched now (www.harbor.test is A 127.0.0.2 (1 s))
  in force: edge-a
  when the one in use fails: after 2 s without a break; made within 1 s; users drift over within 2 s; back after 4 s of health
  to edge-a:
    update harbor.test at PRIMARY, signed with the key steer (hmac-sha256):
    only if nobody else has changed www.harbor.test since it was last seen,
    replace its A, AAAA and CNAME records by A 127.0.0.2 (1 s),
    then ask the same server whether that is what it answers.
  to edge-b:
    update harbor.test at PRIMARY, signed with the key steer (hmac-sha256):
    only if nobody else has changed www.harbor.test since it was last seen,
    replace its A, AAAA and CNAME records by A 127.0.0.3 (1 s),
    then ask the same server whether that is what it answers.
`);
    expect(exit).toBe(0);
    expect(await dig(world.primary)).toBe('127.0.0.2');
  });

  test('and is moved by hand is not moved back', async () => {
    const steerer = await world.steer(world.plan({ detect: '2s', hold: '1s' }));
    await world.changeByHand('127.0.0.3');
    await expect.poll(() => edgeOf(steerer.status()).inUse, LATE).toBe('edge-b');
    const told = steerer.status().history.map(({ words }) => words);
    expect(told).toContain('Somebody else has moved edge to edge-b.');
    // Longer than hold.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await dig(world.primary)).toBe('127.0.0.3');
    await world.changeByHand('127.0.0.9');
    await expect
      .poll(() => edgeOf(steerer.status()).steering?.why, LATE)
      .toContain('Somebody else has put in force what is no alternative');
    expect(await dig(world.primary)).toBe('127.0.0.9');
  });

  test('is in one place after the steerer was killed in the middle of a switch and started again', async () => {
    const relay = await startRelay(world.primary);
    started.push(() => relay.stop());
    const file = world.write(world.plan(TIMES, { server: `127.0.0.1:${relay.port}` }));
    const words = [file, '--steer', '--state', join(world.folder, 'state')];
    const first = await startServe(words);
    expect(first.said).toMatch(/^Harbor: steerer, status at /);
    const user = new User(world);
    started.push(() => user.leave());
    const sent = relay.nextUpdate();
    await world.edgeA.kill();
    await sent;
    // That may be the update that only looks whether it could be made: the next one moves users.
    await expect.poll(async () => edgeOf(await first.status()).waiting?.kind, LATE).toBe('switching');
    await first.end('SIGKILL');
    const second = await startServe(words);
    const begun = performance.now();
    await user.servedBy('b', 20_000, begun);
    await expect.poll(async () => edgeOf(await second.status()).inUse, LATE).toBe('edge-b');
    expect(edgeOf(await second.status())).toMatchObject({
      waiting: null,
      steering: { ok: true, inForce: 'edge-b' },
    });
    expect(await dig(world.primary)).toBe('127.0.0.3');
    expect(await second.end('SIGTERM')).toBe(0);
  });

  test('may be a command, which is run once for a switch and asked what is in force', async () => {
    const [state, log] = [join(world.folder, 'in-force'), join(world.folder, 'log')];
    writeFileSync(state, 'edge-a');
    const script = join(world.folder, 'move');
    writeFileSync(script, `#!/bin/sh\necho "$KEELSON_SERVICE $1 $2" >> ${log}\nprintf %s "$1" > ${state}\n`);
    chmodSync(script, 0o700);
    const steerer = await world.steer(
      world.plan(TIMES, { steer: `command: {run: [${script}, "{to}", "{number}"], check: [cat, ${state}]}` }),
    );
    expect(edgeOf(steerer.status()).steering).toMatchObject({ ok: true, inForce: 'edge-a' });
    await world.edgeA.kill();
    await expect.poll(() => edgeOf(steerer.status()).inUse, LATE).toBe('edge-b');
    expect(readFileSync(log, 'utf8')).toBe('edge edge-b 2\n');
  });

  test('may be a web hook, which is told once for a switch', async () => {
    const told: string[] = [];
    let inForce = 'edge-a';
    const hook = createServer((request, response) => {
      if (request.method === 'GET') return void response.end(JSON.stringify({ inForce }));
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        told.push(body);
        inForce = 'edge-b';
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    started.push(() => new Promise((resolve) => hook.close(resolve)));
    const { port } = hook.address() as AddressInfo; // it listens on TCP
    const url = `http://127.0.0.1:${port}/edge`;
    const steerer = await world.steer(world.plan(TIMES, { steer: `http: {url: "${url}", check: "${url}"}` }));
    await world.edgeA.kill();
    await expect.poll(() => edgeOf(steerer.status()).inUse, LATE).toBe('edge-b');
    expect(told.map((body) => JSON.parse(body))).toEqual([
      { service: 'edge', to: 'edge-b', from: 'edge-a', id: expect.any(String) },
    ]);
  });
});
