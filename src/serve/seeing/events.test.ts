import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StatusEvents, type StatusEventsOptions } from './events.ts';
import { statusExample } from '../../../test/status-example.ts';
import type { Status } from './status.ts';

let server: Server;
let events: StatusEvents;
let status: Status;
let errors: unknown[];
let open: (() => void)[];

async function start(options: Partial<StatusEventsOptions> = {}): Promise<void> {
  events = new StatusEvents({ read: () => status, onError: (error) => errors.push(error), ...options });
  server = createServer((_, response) => {
    if (!events.attach(response, { 'x-more': 'yes' })) {
      response.statusCode = 503;
      response.end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

const port = (): number => (server.address() as AddressInfo).port; // it listens on a port

beforeEach(() => {
  status = statusExample();
  errors = [];
  open = [];
});
afterEach(async () => {
  for (const end of open) end();
  events.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A reader as a browser is one: what it has been sent, block by block. */
class Follower {
  readonly response: IncomingMessage;
  readonly blocks: string[] = [];
  private text = '';
  private heard: () => void = () => undefined;

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
      for (let end = this.text.indexOf('\n\n'); end >= 0; end = this.text.indexOf('\n\n')) {
        this.blocks.push(this.text.slice(0, end));
        this.text = this.text.slice(end + 2);
      }
      this.heard();
    });
    response.on('error', () => undefined);
  }

  async until(isEnough: (blocks: readonly string[]) => boolean): Promise<void> {
    while (!isEnough(this.blocks)) await new Promise<void>((resolve) => (this.heard = resolve));
  }

  get seen(): Status[] {
    return this.blocks.flatMap((block) => {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      return data === undefined ? [] : [JSON.parse(data)];
    });
  }
}

async function follow(): Promise<Follower> {
  const request = get({ host: '127.0.0.1', port: port(), agent: false });
  request.on('error', () => undefined);
  open.push(() => request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage]; // what that event has
  return new Follower(response);
}

describe('a reader', () => {
  test('gets all of it at once, as server-sent events with an id', async () => {
    await start();
    status = statusExample({ plan: { name: 'a\n\ndata: b\r\n', digest: '1' } });
    const reader = await follow();
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-more': 'yes',
    });
    await reader.until((blocks) => blocks.length >= 2);
    expect(reader.blocks[0]).toBe('retry: 2000');
    expect(reader.blocks[1]?.split('\n').slice(0, 2)).toEqual(['id: 1', 'event: status']);
    expect(reader.seen).toEqual([status]);
  });

  test('gets it again when it has changed, at most so often, and the last of it always', async () => {
    await start({ leastMs: 80 });
    const reader = await follow();
    await reader.until((blocks) => blocks.length >= 2);
    const started = performance.now();
    for (let i = 1; i <= 500; i++) {
      status = statusExample({ history: [{ at: status.now, kind: 'mode', words: String(i) }] });
      events.changed();
    }
    await reader.until(() => reader.seen.at(-1)?.history[0]?.words === '500');
    expect(performance.now() - started).toBeGreaterThan(60);
    expect(reader.seen.map(({ history }) => history[0]?.words)).toEqual([undefined, '1', '500']);
  });

  test('hears a heartbeat, which has all of it too', async () => {
    await start({ heartbeatMs: 30 });
    const reader = await follow();
    await reader.until((blocks) => blocks.filter((block) => block.startsWith(': heartbeat')).length >= 2);
    expect(reader.seen.length).toBeGreaterThanOrEqual(3);
  });

  test('that goes away is forgotten', async () => {
    await start();
    const reader = await follow();
    await reader.until((blocks) => blocks.length >= 2);
    expect(events.count).toBe(1);
    const gone = new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (events.count > 0) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
    reader.response.destroy();
    await gone;
  });

  test('that does not read is let go, and others are not kept by it', async () => {
    await start({ leastMs: 1, mostWaiting: 100_000 });
    const slow: Socket = connect({ host: '127.0.0.1', port: port() });
    open.push(() => slow.destroy());
    slow.on('error', () => undefined);
    slow.pause();
    slow.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    const reader = await follow();
    await reader.until((blocks) => blocks.length >= 2);
    status = statusExample({ findings: [{ severity: 'note', code: 'x', message: 'x'.repeat(50_000) }] });
    await expect.poll(() => events.count).toBe(2);
    while (events.count > 1) {
      const seen = reader.seen.length;
      events.changed();
      await reader.until(() => reader.seen.length > seen);
    }
    expect(events.count).toBe(1);
  });

  test('beyond the most is not taken', async () => {
    await start({ mostReaders: 2 });
    await follow();
    await follow();
    const third = await follow();
    expect(third.response.statusCode).toBe(503);
  });

  test('is ended when all is closed, and none is taken after that', async () => {
    await start();
    const reader = await follow();
    const ended = once(reader.response, 'end');
    events.close();
    await ended;
    expect((await follow()).response.statusCode).toBe(503);
  });
});

test('what cannot be read is told, and the next is sent', async () => {
  await start({ leastMs: 1 });
  const reader = await follow();
  await reader.until((blocks) => blocks.length >= 2);
  const good = status;
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  status = circular as unknown as Status; // what no program should make
  events.changed();
  expect(errors).toHaveLength(1);
  status = { ...good, ready: false };
  events.changed();
  await reader.until(() => reader.seen.at(-1)?.ready === false);
});
