/** A drill touches what the plan names, and nothing else: what it refuses, what it connects to, what it says. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, test } from 'vitest';
import {
  drillOwn,
  drillRunning,
  endDrills,
  leftOf,
  ownWorld,
  runningWorld,
  startDrill,
  type PlanMore,
  type RunningWorld,
  type World,
} from '../parts/drill-world.ts';
import { startSite, type Site } from '../parts/site.ts';
import { endProcesses } from './keelson-process.ts';

const RECORDER = fileURLToPath(new URL('../parts/connect-recorder.cjs', import.meta.url));
const worlds: World[] = [];
const decoys: Site[] = [];
afterAll(async () => {
  endDrills();
  for (const one of worlds) await one.stop();
  for (const one of decoys) await one.close();
  await endProcesses();
});
async function own(more?: PlanMore): Promise<World> {
  const one = await ownWorld(more);
  worlds.push(one);
  return one;
}
async function running(more?: PlanMore): Promise<RunningWorld> {
  const one = await runningWorld(more);
  worlds.push(one);
  return one;
}
/** The same world with another text of its plan. */
function changed<T extends World>(world: T, change: (text: string) => string): T {
  const plan = join(world.folder, 'other.yaml');
  writeFileSync(plan, change(readFileSync(world.plan, 'utf8')));
  return { ...world, plan };
}

describe.concurrent('refused before anything is touched', () => {
  test('what the plan does not say may be drilled', async ({ expect }) => {
    const one = await own();
    const silent = changed(one, (text) => text.slice(0, text.indexOf('drill:\n')));
    const production = changed({ ...one, folder: one.state }, (text) =>
      text.replace('sandbox', 'production'),
    );
    const nobody = changed(
      { ...one, folder: one.temporary },
      (text) => `${text}  stands: [{what: site-c, at: "127.0.0.1:9"}]\n`,
    );
    for (const [drill, says] of [
      [drillOwn(silent), 'This plan does not say that it may be drilled. (drill-not-allowed)'],
      [drillOwn(production), 'What stands at the addresses of this plan is production. (drill-not-allowed)'],
      [drillOwn(nobody), 'nothing in this plan needs it. Did you mean "site-a"? (drill-unknown)'],
      [drillOwn(one, ['--only', 'site-bb']), 'Did you mean "site-b"? (drill-unknown)'],
      [drillOwn(one, ['--as', 'burn']), 'Expected refuse, hang, error for --as, found burn.'],
    ] as const) {
      const { exit, out, err } = await drill.ended;
      expect(err).toContain(says);
      expect({ exit, out }).toEqual({ exit: 2, out: '' });
    }
    expect(one.asked()).toBe(0);
  });

  test('a gateway with another plan in force, proxies elsewhere, one that somebody has disabled', async ({
    expect,
  }) => {
    const one = await running();
    const { faults } = one;
    const before = await one.proxies();
    const other = await drillRunning(changed(one, (text) => `${text}# Another one.\n`)).ended;
    expect(other.err).toContain('(drill-other-plan)');
    expect(other.exit).toBe(2);
    expect(await one.proxies()).toBe(before);

    await faults.proxy('site-2').update({ enabled: false });
    const disabled = await one.proxies();
    const refused = await drillRunning(one).ended;
    expect(refused.err).toContain(`The proxy site-2 at ${one.addresses[1]} is disabled. (drill-disabled)`);
    expect(refused.exit).toBe(2);
    expect(await one.proxies()).toBe(disabled);
    await faults.proxy('site-2').update({ enabled: true });

    for (const name of ['site-1', 'site-2']) await faults.proxy(name).update({ listen: '127.0.0.1:0' });
    await faults.proxy('site-1').setToxic({ name: 'keelson-drill-1', type: 'latency' });
    const elsewhere = await one.proxies();
    const nothing = await drillRunning(one).ended;
    expect(nothing.err).toContain('No fault proxy stands before site-a. (drill-incomplete)');
    expect(nothing.exit).toBe(2);
    expect(await one.proxies()).toBe(elsewhere);
    expect(leftOf(one)).toEqual([]);
  });
});

interface Recorded {
  readonly role: 'drill' | 'served';
  readonly kind: 'connect' | 'listen' | 'datagram' | 'name';
  readonly to: string;
}

/** What processes of a drill connected to, and where they listened. */
function recorded(file: string): Recorded[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Recorded => JSON.parse(line));
}

describe.concurrent('nothing is connected to', () => {
  const recording = (file: string): Record<string, string> => ({
    NODE_OPTIONS: `--require ${RECORDER}`,
    KEELSON_CONNECTS: file,
  });

  test('but the plan’s addresses and what the drill has started itself', async ({ expect }) => {
    const one = await own();
    const file = join(one.folder, 'connects');
    const { out } = await drillOwn(one, [], recording(file)).ended;
    expect(JSON.parse(out)).toMatchObject({ stopped: null, restored: true });
    const all = recorded(file);
    const started = new Set(all.flatMap(({ kind, to }) => (kind === 'listen' ? [to] : [])));
    expect([...started].every((at) => at.startsWith('127.0.0.1:') || at.startsWith(one.temporary))).toBe(
      true,
    );
    const others = all.filter(
      ({ kind, to }) => kind !== 'listen' && !started.has(to) && !one.addresses.includes(to),
    );
    expect(others).toEqual([]);
    // The gateway reaches the sites through the drill's proxies alone.
    const direct = all.filter(
      ({ role, kind, to }) => role === 'served' && kind === 'connect' && one.addresses.includes(to),
    );
    expect(direct).toEqual([]);
    expect(all.some(({ role, to }) => role === 'drill' && one.addresses.includes(to))).toBe(true);
  });

  test('but users, control and the gateway, where one runs; and nobody follows a redirect', async ({
    expect,
  }) => {
    const decoy = await startSite('elsewhere');
    decoys.push(decoy);
    const one = await running();
    let hostile = 0;
    one.answers = (_, response) => {
      // Every fifth user is sent elsewhere: less than would make it a fault.
      if (++hostile % 20 === 0)
        response.writeHead(302, { location: decoy.url, refresh: `0; url=${decoy.url}` }).end();
      else response.end('{"site":"a"}');
    };
    const strange = await one.faults.create({
      name: 'strange',
      listen: '127.0.0.1:0',
      upstream: decoy.url.slice(7),
    });
    await strange.setToxic({ name: 'keelson-drill-9', type: 'latency' });
    await one.faults
      .proxy('site-2')
      .setToxic({ name: 'theirs', type: 'latency', attributes: { latency: 1 } });
    const before = await one.proxies();
    const file = join(one.folder, 'connects');
    const { out } = await drillRunning(one, [], recording(file)).ended;
    expect(JSON.parse(out)).toMatchObject({ restored: true, stopped: null });
    const allowed = [one.users, one.controlUrl].map((url) => url.slice('http://'.length));
    const found = new Set(recorded(file).map(({ kind, to }) => `${kind} ${to}`));
    expect([...found].sort()).toEqual(
      [...allowed, join(one.state, 'gateway.sock')].map((to) => `connect ${to}`).sort(),
    );
    expect(decoy.arrived()).toBe(0);
    expect(await one.proxies()).toBe(before);
  });
});

const SECRET = 'sesame-7b1f';
const TOKEN = 'token-93ce';
const TRIES = `
      - {send: GET /orders, headers: [{name: x-key, value: "env:DRILL_KEY"}], session: needed, good: {contains: site, moves: {field: at, within: 200ms}}}
      - {send: GET /orders/gone, headers: [{name: x-key, value: "env:DRILL_KEY"}], session: needed, good: {status: 404}}`;
const SESSION = `  environment: sandbox
  session: {send: POST /orders/login, headers: [{name: x-key, value: "env:DRILL_KEY"}], token: token}`;

describe.concurrent('secrets', () => {
  test('are sent to users’ place, and said nowhere', async ({ expect }) => {
    const one = await own({ tries: TRIES, drill: SESSION });
    const keys = new Set<unknown>();
    const [first] = one.addresses;
    // Sends back all that it was sent; at the second site something stands still that must not, and is the secret itself.
    one.answers = ({ headers, socket, url }, response) => {
      keys.add(`${headers['x-key']} ${headers.authorization}`);
      const at = first?.endsWith(`:${socket.localPort}`) === true ? performance.now() : SECRET;
      response.writeHead(url === '/orders/gone' ? 404 : 200, { 'x-echo': SECRET });
      response.end(JSON.stringify({ site: 'a', at, headers, token: TOKEN }));
    };
    const [junit, markdown] = [join(one.folder, 'junit.xml'), join(one.folder, 'drill.md')];
    const more = { DRILL_KEY: SECRET };
    const text = startDrill(one, ['--speed', '1000', '--only', 'site-a'], more);
    const json = await drillOwn(one, ['--junit', junit, '--markdown', markdown], more).ended;
    const said = [
      json.out,
      json.err,
      ...Object.values(await text.ended),
      ...[junit, markdown].map((file) => readFileSync(file, 'utf8')),
    ];
    // What stands still is a breach, and is said.
    expect(said[0]).toContain('at has been the same');
    expect([...keys]).toEqual([`${SECRET} undefined`, `${SECRET} Bearer ${TOKEN}`]);
    for (const one of said) {
      expect(String(one)).not.toContain(SECRET);
      expect(String(one)).not.toContain(TOKEN);
    }
  });

  test('that are missing stop a drill before it begins', async ({ expect }) => {
    const one = await own({ tries: TRIES, drill: SESSION });
    const { exit, err } = await drillOwn(one).ended;
    expect(err).toContain('Expected a secret at env:DRILL_KEY, found none. (secret-missing)');
    expect(exit).toBe(2);
    expect(leftOf(one)).toEqual([]);
  });

  test('of a session that no header can hold are no session', async ({ expect }) => {
    const one = await own({ tries: TRIES, drill: SESSION });
    one.answers = (_, response) => response.end(JSON.stringify({ token: `${TOKEN}\r\nx-evil: 1` }));
    const { exit, err } = await drillOwn(one, [], { DRILL_KEY: SECRET }).ended;
    expect(err).toContain('found something that cannot be sent. (drill-no-session)');
    expect(err).not.toContain(TOKEN);
    expect(exit).toBe(2);
    expect(leftOf(one)).toEqual([]);
  });
});

describe.concurrent('hostile answers to users while a fault is there', () => {
  test('end no drill: it says what was wrong, and everything is as it was', async ({ expect }) => {
    const decoy = await startSite('elsewhere');
    decoys.push(decoy);
    const one = await own();
    const second = Number(one.addresses[1]?.split(':')[1]);
    let turn = 0;
    one.answers = (request, response) => {
      if (request.socket.localPort !== second) return void response.end('{"site":"a"}');
      turn++;
      if (turn % 5 === 0) response.end(Buffer.alloc(10_000_000, 'x'));
      else if (turn % 5 === 1) endless(response);
      else if (turn % 5 === 2) response.writeHead(302, { location: decoy.url }).end();
      else if (turn % 5 === 3) response.end('['.repeat(200_000));
      else request.socket.end(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(100_000)}`);
    };
    const { exit, out, err } = await drillOwn(one).ended;
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({ outcome: 'wrong', stopped: null, restored: true });
    expect(exit).toBe(1);
    expect(turn).toBeGreaterThan(5);
    expect(decoy.arrived()).toBe(0);
    expect(leftOf(one)).toEqual([]);
  });
});

function endless(response: ServerResponse): void {
  const piece = Buffer.alloc(100_000, 'x');
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

test.concurrent('an answer that cannot be written is said, and nothing is left', async ({ expect }) => {
  const one = await own();
  const { exit, err } = await drillOwn(one, ['--junit', join(one.folder, 'no', 'such', 'folder.xml')]).ended;
  expect(err).toContain('folder.xml');
  expect(exit).toBe(2);
  expect(existsSync(join(one.folder, 'no'))).toBe(false);
  expect(leftOf(one)).toEqual([]);
});
