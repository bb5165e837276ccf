import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FaultServer, type FaultProxy } from '../../src/faults/index.ts';
import { randomStream } from '../../src/random.ts';
import { converse, echo, startStreamServer, talk, type StreamServer } from '../parts/streams.ts';
import { VirtualTime } from '../parts/virtual-time.ts';

/** Faults of streams do on the wire what docs/faults.md says. A machine that is busy makes things late, never early. */
let upstream: StreamServer;
let faults: FaultServer;
let proxy: FaultProxy;
const open: FaultServer[] = [];

async function proxied(server: FaultServer, name = 'echo'): Promise<FaultProxy> {
  open.push(server);
  return server.create({ name, upstream: upstream.place });
}

beforeAll(async () => {
  upstream = await startStreamServer(echo);
  faults = new FaultServer();
  proxy = await proxied(faults);
});
afterEach(() => proxy.reset());
afterAll(async () => {
  for (const server of open) await server.close();
  await upstream.close();
});

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Bytes that differ wherever they are cut. */
function pattern(length: number): Buffer {
  const random = randomStream('pattern');
  return Buffer.from(Uint8Array.from({ length }, () => Math.floor(random() * 256)));
}

describe('without a toxic', () => {
  test('bytes come through as they are, both ways, and an end of one direction leaves the other open', async () => {
    const words = pattern(3_000_000);
    const { bytes, error } = await talk(proxy.listen, words);
    expect(error).toBeUndefined();
    expect(digest(bytes)).toBe(digest(words));
    expect(proxy.counts()).toMatchObject({ upstreamBytes: words.length, downstreamBytes: words.length });
  });

  test('a server that does not read holds the client up, and nothing piles up in between', async () => {
    const slow = await startStreamServer((socket) => void socket.pause());
    const to = await faults.create({ name: 'slow', upstream: slow.place });
    const { socket, done } = converse(to.listen);
    await once(socket, 'connect');
    const part = Buffer.alloc(1_000_000);
    let wanted = 0;
    while (socket.write(part) || (await Promise.race([once(socket, 'drain'), silence()])) !== 'silence') {
      wanted += part.length;
      if (wanted > 100_000_000) break;
    }
    expect(to.counts().upstreamBytes).toBeLessThan(20_000_000);
    socket.destroy();
    await done;
    await faults.remove('slow');
    await slow.close();
  });

  test('an upstream that is not there closes the connection, and is counted', async () => {
    const gone = await startStreamServer(echo);
    await gone.close();
    const to = await faults.create({ name: 'gone', upstream: gone.place });
    expect((await talk(to.listen, 'anybody')).bytes).toHaveLength(0);
    expect(to.counts()).toMatchObject({ accepted: 1, open: 0, failed: 1 });
    await faults.remove('gone');
  });
});

/** Long enough that what was to be written would have been. */
function silence(): Promise<'silence'> {
  return new Promise((resolve) => void setTimeout(resolve, 200, 'silence'));
}

describe('disabled', () => {
  test('it refuses, and what is open is cut; enabled, it is where it was', async () => {
    const { listen } = proxy;
    const { socket, done } = converse(listen);
    socket.write('hello');
    await once(socket, 'data');
    await proxy.update({ enabled: false });
    expect((await done).bytes.toString()).toBe('hello');
    await expect.poll(() => upstream.sockets.size).toBe(0);
    expect((await talk(listen, 'anybody')).error).toBe('ECONNREFUSED');
    expect(proxy.view().enabled).toBe(false);
    await proxy.update({ enabled: true });
    expect(proxy.listen).toBe(listen);
    expect((await talk(listen, 'again')).bytes.toString()).toBe('again');
  });
});

describe('latency', () => {
  test.each(['upstream', 'downstream'])('%s, each piece comes so much later', async (stream) => {
    await proxy.setToxic({ type: 'latency', stream, attributes: { latency: 150 } });
    const { socket, done } = converse(proxy.listen);
    await once(socket, 'connect');
    for (let i = 0; i < 3; i++) {
      const sent = performance.now();
      socket.write(`piece ${i}`);
      const [piece] = await once(socket, 'data');
      const ms = performance.now() - sent;
      expect(String(piece)).toBe(`piece ${i}`);
      expect(ms).toBeGreaterThan(148);
      expect(ms).toBeLessThan(600);
    }
    socket.end();
    await done;
  });

  test('jitter spreads it evenly to both sides, and the same seed draws the same', async () => {
    const draws = async (seed: number): Promise<number[]> => {
      const time = new VirtualTime();
      const server = new FaultServer({ seed, time });
      const to = await proxied(server);
      await to.setToxic({ type: 'latency', attributes: { latency: 60, jitter: 50 } });
      const delaysMs: number[] = [];
      for (let i = 0; i < 60; i++) {
        const said = talk(to.listen, 'x');
        await expect.poll(() => time.waiting, { interval: 1 }).toBe(1);
        delaysMs.push(time.nextAt - time.now());
        time.goTo(time.nextAt);
        expect((await said).bytes.toString()).toBe('x');
        await expect.poll(() => to.counts().open, { interval: 1 }).toBe(0);
      }
      await server.close();
      return delaysMs;
    };
    const first = await draws(7);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...first)).toBeLessThanOrEqual(110);
    // A mean of 60 with a standard error of 3.7; the extremes of 60 draws are near the ends.
    expect(Math.abs(first.reduce((sum, ms) => sum + ms, 0) / 60 - 60)).toBeLessThan(15);
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(80);
    expect(await draws(7)).toEqual(first);
    expect(await draws(8)).not.toEqual(first);
  });

  test('it does not bound the rate', async () => {
    await proxy.setToxic({ type: 'latency', attributes: { latency: 100 } });
    const { bytes, closeMs } = await talk(proxy.listen, pattern(4_000_000));
    expect(bytes).toHaveLength(4_000_000);
    // A piece at a time, it would take more than six seconds.
    expect(closeMs).toBeLessThan(4000);
  });
});

describe('bandwidth', () => {
  test('so many bytes a second get through, and evenly', async () => {
    await proxy.setToxic({ type: 'bandwidth', attributes: { rate: 1000 } });
    const { bytes, closeMs, firstMs } = await talk(proxy.listen, pattern(500_000));
    expect(bytes).toHaveLength(500_000);
    expect(firstMs).toBeLessThan(400);
    expect(closeMs).toBeGreaterThan(480);
    expect(closeMs).toBeLessThan(1500);
  });

  test('a rate of 0 lets nothing through, and what waited comes when it is taken away', async () => {
    await proxy.setToxic({ type: 'bandwidth', name: 'none', attributes: { rate: 0 } });
    const words = pattern(300_000);
    const { socket, done } = converse(proxy.listen);
    let isQuiet = true;
    socket.on('data', () => {
      isQuiet = false;
    });
    socket.end(words);
    await silence();
    expect(isQuiet).toBe(true);
    await proxy.removeToxic('none');
    expect(digest((await done).bytes)).toBe(digest(words));
  });
});

describe('slow_close', () => {
  test('bytes come at once, the end later', async () => {
    await proxy.setToxic({ type: 'slow_close', attributes: { delay: 400 } });
    const { bytes, firstMs, endMs } = await talk(proxy.listen, 'bye');
    expect(bytes.toString()).toBe('bye');
    expect(firstMs).toBeLessThan(300);
    expect(endMs).toBeGreaterThan(398);
    expect(endMs).toBeLessThan(1000);
  });
});

describe('timeout', () => {
  test('nothing gets through, and then it is closed', async () => {
    await proxy.setToxic({ type: 'timeout', attributes: { timeout: 200 } });
    const { bytes, error, endMs } = await talk(proxy.listen, 'anybody', false);
    expect(bytes).toHaveLength(0);
    expect(error).toBeUndefined();
    expect(endMs).toBeGreaterThan(195);
    expect(endMs).toBeLessThan(800);
    expect(proxy.counts().changed).toEqual({ timeout_downstream: 1 });
  });

  test('of 0: never, but when it is taken away', async () => {
    await proxy.setToxic({ type: 'timeout', name: 'hole', stream: 'upstream', attributes: { timeout: 0 } });
    const { socket, done } = converse(proxy.listen);
    socket.write('lost');
    await silence();
    expect(socket.destroyed).toBe(false);
    await proxy.removeToxic('hole');
    expect((await done).bytes).toHaveLength(0);
    expect((await talk(proxy.listen, 'found')).bytes.toString()).toBe('found');
  });

  test('a client that gives up leaves nothing open', async () => {
    await proxy.setToxic({ type: 'timeout', attributes: { timeout: 0 } });
    const { socket, done } = converse(proxy.listen);
    socket.write('anybody');
    await expect.poll(() => upstream.sockets.size).toBe(1);
    socket.destroy();
    await done;
    await expect.poll(() => [proxy.counts().open, upstream.sockets.size]).toEqual([0, 0]);
  });
});

describe('reset_peer', () => {
  test('client and server see a reset, after a while', async () => {
    await proxy.setToxic({ type: 'reset_peer', attributes: { timeout: 100 } });
    const before = upstream.ends.length;
    const { bytes, error, closeMs } = await talk(proxy.listen, 'anybody', false);
    expect(bytes).toHaveLength(0);
    expect(error).toBe('ECONNRESET');
    expect(closeMs).toBeGreaterThan(98);
    expect(closeMs).toBeLessThan(700);
    await expect.poll(() => upstream.ends.slice(before)).toEqual(['ECONNRESET']);
  });
});

describe('slicer', () => {
  test('bytes come in small pieces of about a size, a while after one another, cut alike by the same seed', async () => {
    const words = pattern(4000);
    const cut = async (): Promise<readonly number[]> => {
      const time = new VirtualTime();
      const server = new FaultServer({ time });
      const to = await proxied(server);
      await to.setToxic({
        type: 'slicer',
        attributes: { average_size: 100, size_variation: 20, delay: 5000 },
      });
      const { socket, done } = converse(to.listen);
      const pieces: number[] = [];
      socket.on('data', (piece: Buffer) => {
        pieces.push(piece.length);
      });
      socket.write(words);
      for (let count = 1; pieces.reduce((sum, size) => sum + size, 0) < words.length; count++) {
        await expect.poll(() => [pieces.length, time.waiting], { interval: 1 }).toEqual([count, 1]);
        expect(time.nextAt - time.now()).toBe(5);
        time.goTo(time.nextAt);
      }
      socket.end();
      expect(digest((await done).bytes)).toBe(digest(words));
      await server.close();
      return pieces;
    };
    const sizes = await cut();
    // Cut in halves until none is above 120.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(120);
    expect(sizes.length).toBeGreaterThan(40);
    expect(sizes.length).toBeLessThan(90);
    expect(await cut()).toEqual(sizes);
  });

  test('waits below a millisecond add up', async () => {
    await proxy.setToxic({ type: 'slicer', attributes: { average_size: 10, delay: 250 } });
    const { bytes, closeMs } = await talk(proxy.listen, pattern(8000));
    expect(bytes).toHaveLength(8000);
    // 1024 pieces at most, 800 at least.
    expect(closeMs).toBeGreaterThan(195);
    expect(closeMs).toBeLessThan(1500);
  });
});

describe('limit_data', () => {
  test('so many bytes, and then it is closed: a change of the limit does not begin anew', async () => {
    await proxy.setToxic({ type: 'limit_data', name: 'few', attributes: { bytes: 1000 } });
    const { socket, done } = converse(proxy.listen);
    socket.write(Buffer.alloc(600));
    await once(socket, 'data');
    await proxy.changeToxic('few', { attributes: { bytes: 900 } });
    socket.write(Buffer.alloc(600));
    const { bytes, error } = await done;
    expect(bytes).toHaveLength(900);
    expect(error).toBeUndefined();
  });
});

describe('toxicity', () => {
  test('strikes its share of connections, the same ones by the same seed', async () => {
    const struck = async (seed: number): Promise<string> => {
      const server = new FaultServer({ seed });
      const to = await proxied(server);
      await to.setToxic({ type: 'limit_data', toxicity: 0.3, attributes: { bytes: 0 } });
      let found = '';
      for (let i = 0; i < 200; i++) found += (await talk(to.listen, 'x')).bytes.length === 0 ? '-' : 'x';
      await server.close();
      return found;
    };
    const first = await struck(1);
    // 60 are expected, with a standard deviation of 6.5.
    const share = first.replaceAll('x', '').length;
    expect(share).toBeGreaterThan(35);
    expect(share).toBeLessThan(85);
    expect(await struck(1)).toBe(first);
    expect(await struck(2)).not.toBe(first);
  });
});

describe('a schedule', () => {
  test('windows and flapping, on a clock of its own', async () => {
    const time = new VirtualTime();
    const server = new FaultServer({ time });
    const to = await proxied(server);
    const toxic = await to.setToxic({
      type: 'reset_peer',
      schedule: { after: 1000, for: 2500, every: 1000, on: 300 },
    });
    const heard: string[] = [];
    for (const ms of [0, 1000, 299, 1, 699, 1, 300, 700, 299, 201, 5000]) {
      await time.pass(ms);
      // One that is reset stays open until then.
      const { error } = await talk(to.listen, 'x', !toxic.isActive);
      heard.push(`${time.now() - Date.UTC(2026, 10, 28)} ${error ?? 'ok'}`);
    }
    expect(heard).toEqual([
      '0 ok',
      '1000 ECONNRESET',
      '1299 ECONNRESET',
      '1300 ok',
      '1999 ok',
      '2000 ECONNRESET',
      '2300 ok',
      '3000 ECONNRESET',
      '3299 ECONNRESET',
      '3500 ok',
      '8500 ok',
    ]);
    expect(to.view().toxics).toEqual([
      expect.objectContaining({ name: 'reset_peer_downstream', active: false }),
    ]);
    await server.close();
    expect(time.waiting).toBe(0);
  });

  test('the first so many connections', async () => {
    await proxy.setToxic({ type: 'reset_peer', schedule: { first: 3 } });
    const errors: (string | undefined)[] = [];
    for (let i = 0; i < 5; i++) errors.push((await talk(proxy.listen, 'x')).error);
    expect(errors).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET', undefined, undefined]);
    expect(proxy.view().toxics[0]?.active).toBe(false);
  });

  test('it goes off and on under a connection that is open', async () => {
    await proxy.setToxic({ type: 'latency', attributes: { latency: 60 }, schedule: { every: 400, on: 200 } });
    const { socket, done } = converse(proxy.listen);
    await once(socket, 'connect');
    const began = performance.now();
    const took: number[] = [];
    while (performance.now() - began < 1000) {
      const sent = performance.now();
      socket.write('x');
      await once(socket, 'data');
      took.push(performance.now() - sent);
    }
    socket.end();
    await done;
    expect(took.filter((ms) => ms > 58).length).toBeGreaterThan(1);
    expect(took.filter((ms) => ms < 40).length).toBeGreaterThan(2);
  });
});

describe('while a connection is open', () => {
  test('toxics come, change and go, and not a byte is lost, doubled or out of its order', async () => {
    const random = randomStream('churn');
    const kinds = [
      { type: 'latency', attributes: { latency: 20, jitter: 20 } },
      { type: 'slicer', attributes: { average_size: 700, size_variation: 300 } },
      { type: 'bandwidth', attributes: { rate: 20_000 } },
      { type: 'limit_data', attributes: { bytes: 1_000_000_000 } },
      { type: 'slow_close', attributes: { delay: 10 } },
    ];
    const words = pattern(6_000_000);
    // It takes a second, whatever else there is.
    await proxy.setToxic({ type: 'bandwidth', name: 'floor', attributes: { rate: 6000 } });
    const talks = [talk(proxy.listen, words), talk(proxy.listen, words)];
    const done = Promise.all(talks);
    const isDone = done.then(() => true);
    let turns = 0;
    while (!(await Promise.race([isDone, pause(random() * 6)]))) {
      turns++;
      const toxics = proxy.view().toxics.filter(({ name }) => name !== 'floor');
      const chosen = toxics[Math.floor(random() * toxics.length)];
      const kind = kinds[Math.floor(random() * kinds.length)];
      if (chosen === undefined || (random() < 0.4 && toxics.length < 6))
        await proxy.setToxic({
          ...kind,
          name: `t${turns}`,
          stream: random() < 0.5 ? 'upstream' : 'downstream',
        });
      else if (random() < 0.5) await proxy.removeToxic(chosen.name);
      else await proxy.changeToxic(chosen.name, { toxicity: random() < 0.3 ? 0 : 1 });
    }
    expect(turns).toBeGreaterThan(20);
    for (const { bytes, error } of await done) {
      expect(error).toBeUndefined();
      expect(digest(bytes)).toBe(digest(words));
    }
  });
});

function pause(ms: number): Promise<false> {
  return new Promise((resolve) => void setTimeout(resolve, ms, false));
}

test('closed, it leaves no socket and no timer', async () => {
  const time = new VirtualTime();
  const server = new FaultServer({ time });
  const to = await proxied(server);
  await to.setToxic({ type: 'latency', attributes: { latency: 1000 }, schedule: { every: 1000 } });
  await to.setToxic({ type: 'timeout', attributes: { timeout: 5000 }, stream: 'upstream' });
  const talks = [converse(to.listen), converse(to.listen)];
  for (const { socket } of talks) socket.write('x');
  await expect.poll(() => upstream.sockets.size).toBe(2);
  await expect.poll(() => time.waiting).toBe(3);
  await server.close();
  for (const { done } of talks) await done;
  expect(time.waiting).toBe(0);
  await expect.poll(() => upstream.sockets.size).toBe(0);
  expect(to.counts().open).toBe(0);
  expect((await talk(to.listen, 'anybody')).error).toBe('ECONNREFUSED');
});
