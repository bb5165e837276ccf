import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { FaultServer, type FaultProxy } from '../../src/faults/index.ts';
import { freePort } from '../parts/part.ts';
import { converse, echo, startStreamServer, talk, type StreamServer } from '../parts/streams.ts';
import { VirtualTime } from '../parts/virtual-time.ts';

/** A proxy that is down refuses, and has cut what was open: always, for a while, or by turns. */
let upstream: StreamServer;
let faults: FaultServer;
let proxy: FaultProxy;
const time = new VirtualTime();

beforeAll(async () => {
  upstream = await startStreamServer(echo);
  faults = new FaultServer({ time });
  proxy = await faults.create({
    name: 'echo',
    listen: `127.0.0.1:${await freePort()}`,
    upstream: upstream.place,
  });
});
afterEach(() => proxy.reset());
afterAll(async () => {
  await faults.close();
  await upstream.close();
});

const isUp = async (): Promise<boolean> => (await talk(proxy.listen, 'hello')).bytes.toString() === 'hello';
const refuses = async (): Promise<boolean> => (await talk(proxy.listen, 'hello')).error === 'ECONNREFUSED';

test('it refuses, what is open is reset on both sides, and it listens at its port again when it is removed', async () => {
  const { listen } = proxy;
  const { socket, done } = converse(listen);
  socket.write('hello');
  await once(socket, 'data');
  const ends = upstream.ends.length;
  const toxic = await proxy.setToxic({ type: 'down' });
  expect((await done).error).toBe('ECONNRESET');
  await expect.poll(() => upstream.ends.slice(ends)).toEqual(['ECONNRESET']);
  expect(await refuses()).toBe(true);
  expect(proxy.view()).toMatchObject({ enabled: true, toxics: [{ name: 'down_downstream', type: 'down' }] });
  expect(proxy.counts()).toMatchObject({ open: 0, changed: { down_downstream: 1 } });
  await proxy.removeToxic(toxic.settings.name);
  expect(proxy.listen).toBe(listen);
  expect(await isUp()).toBe(true);
});

test('who does not read what was written is reset all the same, also after an end', async () => {
  const large = await startStreamServer((socket) => void socket.end(Buffer.alloc(20_000_000)));
  const to = await faults.create({
    name: 'large',
    listen: `127.0.0.1:${await freePort()}`,
    upstream: large.place,
  });
  const { socket, done } = converse(to.listen);
  socket.pause();
  await expect.poll(() => to.counts().downstreamBytes).toBeGreaterThan(100_000);
  await to.setToxic({ type: 'down' });
  expect(to.counts().open).toBe(0);
  socket.resume();
  expect((await done).bytes.length).toBeLessThan(20_000_000);
  await faults.remove('large');
  await large.close();
});

test('it flaps, and ends by itself', async () => {
  await proxy.setToxic({ type: 'down', schedule: { after: 1000, every: 1000, on: 400, for: 2000 } });
  const set = time.now();
  for (const [ms, up] of [
    [999, true],
    [1000, false],
    [1399, false],
    [1400, true],
    [2000, false],
    [2400, true],
    [3000, true],
  ] as const) {
    time.goTo(set + ms);
    await expect.poll(isUp).toBe(up);
  }
  expect(proxy.view().toxics).toMatchObject([{ active: false }]);
  expect(time.waiting).toBe(0);
});

test('set while it is disabled, it is down when it is enabled; two of them are down until both are over', async () => {
  await proxy.update({ enabled: false });
  await proxy.setToxic({ type: 'down', name: 'one' });
  await proxy.setToxic({ type: 'down', name: 'two' });
  await proxy.update({ enabled: true });
  expect(await refuses()).toBe(true);
  await proxy.removeToxic('one');
  expect(await refuses()).toBe(true);
  await proxy.removeToxic('two');
  expect(await isUp()).toBe(true);
});

test('where another has taken its port meanwhile, it listens as soon as that one has gone', async () => {
  await proxy.setToxic({ type: 'down' });
  const other = createServer();
  await new Promise<void>((resolve) =>
    other.listen(Number(proxy.listen.split(':').at(-1)), '127.0.0.1', resolve),
  );
  await proxy.removeToxic('down_downstream');
  await new Promise((resolve) => other.close(resolve));
  expect(await refuses()).toBe(true);
  time.goTo(time.now() + 100);
  await expect.poll(isUp).toBe(true);
});

test('a whole proxy is struck: no share of it, and not the first so many', async () => {
  await expect(proxy.setToxic({ type: 'down', toxicity: 0.5, schedule: { first: 3 } })).rejects.toThrow(
    /Expected toxicity to be 1 where a whole proxy is struck, found 0\.5\. Expected no schedule\.first/,
  );
});
