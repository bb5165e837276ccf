import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { CrashDisk } from '../../test/parts/crash-disk.ts';
import { FaultServer, openControl } from '../faults/index.ts';
import { controlledAt, Injection, isSame, restoreLeft } from './injection.ts';
import { DrillJournal } from './journal.ts';

const FILE = '/state/drill.journal';
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A control API that says what a test has it say. @returns its address, and what it was asked */
async function startApi(answer: Answer): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.on('end', () => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response, body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  ends.push(
    () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  );
  // A server that listens at a port has an address with one.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function startFaults(): Promise<{ faults: FaultServer; url: string; addresses: string[] }> {
  const faults = new FaultServer();
  const control = await openControl(faults, { port: 0 });
  ends.push(
    () => faults.close(),
    () => control.close(),
  );
  const addresses: string[] = [];
  for (const name of ['a', 'b'])
    addresses.push((await faults.create({ name, listen: '127.0.0.1:0', upstream: '127.0.0.1:1' })).listen);
  return { faults, url: `http://127.0.0.1:${control.place.port}`, addresses };
}

/** Answers as Toxiproxy does, with these proxies. */
const toxiproxy =
  (proxies: unknown, other: Answer = (_, response) => response.end('{}')): Answer =>
  (request, response, body) => {
    if (request.url === '/version') response.end('{"version":"2.12.0"}');
    else if (request.url === '/faults') response.writeHead(404).end();
    else if (request.url === '/proxies') response.end(JSON.stringify(proxies));
    else other(request, response, body);
  };

const ADDRESS = '127.0.0.1:7201';
const proxy = (more = {}) => ({ listen: ADDRESS, upstream: 'x:1', enabled: true, toxics: [], ...more });
const injectionAt = (control: string, journal?: DrillJournal, addresses = [ADDRESS]): Injection =>
  new Injection({ control, journal, addresses });

describe('what is put', () => {
  test('is taken away, and nothing else', async () => {
    const { faults, url, addresses } = await startFaults();
    const theirs = await faults.proxy('a').setToxic({ name: 'theirs', type: 'latency' });
    const before = JSON.stringify(faults.proxies.map((one) => one.view()));
    const disk = new CrashDisk();
    const journal = DrillJournal.at(FILE, disk);
    const injection = injectionAt(url, journal, addresses);
    await injection.open();
    for (const as of ['refuse', 'hang'] as const) {
      await injection.fail(whole(addresses), as, 1_000);
      expect(journal.left.length).toBe(2);
      expect(faults.proxy('a').toxic('theirs')).toBe(theirs);
      await injection.lift();
      expect(JSON.stringify(faults.proxies.map((one) => one.view()))).toBe(before);
      expect(disk.look(FILE)).toBeNull();
    }
  });

  test('where one of several cannot be put, the others are waited for and can be taken away', async () => {
    const stands = new Map([
      ['slow', true],
      ['refuses', true],
    ]);
    const addresses = ['127.0.0.1:7201', '127.0.0.1:7202'];
    const list = () =>
      Object.fromEntries(
        [...stands].map(([name, enabled], i) => [name, proxy({ listen: addresses[i], enabled })]),
      );
    const { url } = await startApi((request, response, body) =>
      toxiproxy(list(), () => {
        const name = request.url?.split('/')[2] ?? '';
        if (name === 'refuses') response.writeHead(500).end('{"error":"no"}');
        else
          setTimeout(() => {
            stands.set(name, JSON.parse(body).enabled);
            response.end('{}');
          }, 50);
      })(request, response, body),
    );
    const injection = injectionAt(url, undefined, addresses);
    await injection.open();
    await expect(injection.fail(whole(addresses), 'refuse', 1_000)).rejects.toThrow('500 {"error":"no"}');
    await injection.lift(addresses.slice(0, 1));
    expect(stands.get('slow')).toBe(true);
  });

  test('is still said to be there where it is, although its removal was answered well', async () => {
    let enabled = true;
    const disk = new CrashDisk();
    const { url } = await startApi((request, response, body) =>
      toxiproxy({ p: proxy({ enabled }) }, () => {
        // It says yes to everything, and never enables.
        if (JSON.parse(body).enabled === false) enabled = false;
        response.end('{}');
      })(request, response, body),
    );
    const injection = injectionAt(url, DrillJournal.at(FILE, disk));
    await injection.open();
    await injection.fail(whole([ADDRESS]), 'refuse', 1_000);
    await expect(injection.lift()).rejects.toThrow(`What was put before ${ADDRESS} is still there.`);
    expect(DrillJournal.at(FILE, disk).left.length).toBe(1);
    enabled = true;
    await injection.lift();
    expect(disk.look(FILE)).toBeNull();
  });

  test('is not where the journal cannot be written', async () => {
    const { faults, url, addresses } = await startFaults();
    const disk = new CrashDisk({ before: (operation, _, bytes) => (operation === 'write' ? 0 : bytes) });
    const injection = injectionAt(url, DrillJournal.at(FILE, disk), addresses);
    await injection.open();
    await expect(injection.fail(whole(addresses), 'refuse', 1_000)).rejects.toMatchObject({
      code: 'drill-journal',
    });
    expect(faults.proxies.every((one) => one.view().enabled && one.view().toxics.length === 0)).toBe(true);
    await injection.lift();
  });
});

describe('what an earlier drill left', () => {
  const journalOf = (url: string, disk: CrashDisk, puts: readonly object[]): DrillJournal => {
    disk.makeFolder('/state');
    disk.put(
      FILE,
      puts.map((one) => `${JSON.stringify({ verb: 'put', process: 1, control: url, ...one })}\n`).join(''),
    );
    return DrillJournal.at(FILE, disk);
  };

  test('stays written down where only some of it could be taken away', async () => {
    const disk = new CrashDisk();
    let refuses = true;
    const { url } = await startApi((request, response, body) =>
      toxiproxy({ a: proxy(), b: proxy() }, () => {
        if (request.url === '/proxies/b' && refuses) response.writeHead(500).end();
        else response.end('{}');
      })(request, response, body),
    );
    const journal = journalOf(url, disk, [{ proxy: 'a' }, { proxy: 'b' }, { proxy: 'c' }]);
    await expect(restoreLeft(journal, url)).rejects.toMatchObject({ code: 'drill-refused' });
    expect(DrillJournal.at(FILE, disk).left.map((put) => put.proxy)).toEqual(['b', 'c']);
    refuses = false;
    expect(await restoreLeft(DrillJournal.at(FILE, disk), url)).toBe(2);
    expect(disk.look(FILE)).toBeNull();
  });

  test('is gone where its proxy is gone, but not where something else says that nothing is there', async () => {
    const { url } = await startApi(
      toxiproxy({}, (_, response) => response.writeHead(404).end('{"error":"proxy not found"}')),
    );
    const puts = [{ proxy: 'a' }, { proxy: 'a', toxic: 'keelson-drill-1' }];
    expect(await restoreLeft(journalOf(url, new CrashDisk(), puts), url)).toBe(2);

    const disk = new CrashDisk();
    const other = await startApi((_, response) => response.writeHead(404).end('Not Found'));
    await expect(restoreLeft(journalOf(other.url, disk, puts), other.url)).rejects.toMatchObject({
      code: 'drill-refused',
    });
    expect(DrillJournal.at(FILE, disk).left.length).toBe(2);
  });
});

describe('a control API that is hostile', () => {
  test('names proxies as it likes: each is asked for by its own path, or not at all', async () => {
    const names = [
      '../../reset',
      'a/b',
      'a?b#c',
      '\u0000\u001b[31m',
      '\ud800',
      '.',
      '..',
      '',
      '__proto__',
      'ü',
    ];
    for (const name of names) {
      const listed = `{${JSON.stringify(name)}:${JSON.stringify(proxy())}}`;
      const { url, asked } = await startApi((request, response, body) => {
        if (request.url === '/proxies') response.end(listed);
        else toxiproxy({})(request, response, body);
      });
      const injection = injectionAt(url);
      await injection.open();
      const isNamed = injection.reaches(ADDRESS);
      expect(isNamed).toBe(!['\ud800', '.', '..', ''].includes(name));
      if (isNamed) await injection.fail(whole([ADDRESS]), 'hang', 1_000);
      const before = ['GET /version', 'GET /faults', 'GET /proxies'];
      expect(asked).toEqual(
        isNamed ? [...before, `POST /proxies/${encodeURIComponent(name)}/toxics`] : before,
      );
    }
  });

  const JSONS = [
    '',
    'null',
    '[]',
    '"x"',
    '7',
    '{',
    '{"a":7}',
    '{"a":null}',
    '{"a":{}}',
    '{"a":{"listen":1,"enabled":true}}',
    '<html>',
  ];
  test('says what is no list of proxies: it is none', async () => {
    for (const text of JSONS) {
      const { url } = await startApi((request, response, body) => {
        if (request.url === '/proxies') response.end(text);
        else toxiproxy({})(request, response, body);
      });
      await expect(injectionAt(url).open()).rejects.toMatchObject({ code: 'drill-unreachable' });
    }
  });

  test('says more than anybody can read: it is read no further', async () => {
    const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`proxy-${i}`, proxy()]));
    const piece = Buffer.alloc(1_000_000, 32);
    const endless: Answer = (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    for (const answer of [toxiproxy(many), endless]) {
      const { url } = await startApi(answer);
      await expect(injectionAt(url).open()).rejects.toThrow('it said more than 5000000 bytes');
    }
  });

  test('sends elsewhere: nobody goes there', async () => {
    const other = await startApi(toxiproxy({ p: proxy() }));
    const { url } = await startApi((request, response) =>
      response.writeHead(307, { location: `${other.url}${request.url}` }).end(),
    );
    await expect(injectionAt(url).open()).rejects.toMatchObject({ code: 'drill-unreachable' });
    expect(other.asked).toEqual([]);
  });
});

/** Addresses, all of whose requests fail. */
const whole = (addresses: readonly string[]): ReadonlyMap<string, number> =>
  new Map(addresses.map((address) => [address, 1]));

test('a proxy that somebody else has disabled is refused, and nothing of it is touched', async () => {
  const { faults, url, addresses } = await startFaults();
  await faults.proxy('b').update({ enabled: false });
  await expect(injectionAt(url, undefined, addresses).open()).rejects.toMatchObject({
    code: 'drill-disabled',
  });
  expect(faults.proxies.map((one) => one.view().enabled)).toEqual([true, false]);
});

test('a proxy is one of the plan only where it listens at its address', () => {
  expect(isSame('127.0.0.1:7201', ADDRESS, 'x')).toBe(true);
  expect(isSame('[::]:7201', ADDRESS, 'x')).toBe(true);
  expect(isSame('0.0.0.0:7201', 'proxies.test:7201', 'proxies.test')).toBe(true);
  for (const listen of [
    '127.0.0.1:7202',
    '127.0.0.2:7201',
    '10.0.0.1:7201',
    ':72010',
    '127.0.0.1',
    '',
    '7201',
  ])
    expect(isSame(listen, ADDRESS, '127.0.0.1')).toBe(false);
  expect(isSame('0.0.0.0:7201', 'elsewhere.test:7201', 'proxies.test')).toBe(false);
});

test('what is only looked at is left as it is, whatever stands there', async () => {
  const proxy = (name: string, port: number, enabled: boolean) => ({
    [name]: {
      name,
      listen: `[::]:${port}`,
      upstream: 'x:1',
      enabled,
      toxics: [{ name: 'keelson-drill-7', type: 'timeout' }],
    },
  });
  const { url, asked } = await startApi(
    toxiproxy({ ...proxy('a', 7201, true), ...proxy('b', 7202, false), ...proxy('c', 7203, true) }),
  );
  const found = await controlledAt(`${url}/`, ['127.0.0.1:7201', 'localhost:7202', '127.0.0.1:7204']);
  expect(found).toEqual({
    url,
    proxies: new Map([
      ['127.0.0.1:7201', 'a'],
      ['localhost:7202', 'b'],
    ]),
    types: new Set(),
  });
  expect(asked).toEqual(['GET /faults', 'GET /proxies']);
});
