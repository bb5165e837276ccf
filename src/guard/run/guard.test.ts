import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { VirtualTime } from '../../../test/parts/virtual-time.ts';
import { digestOf } from '../../document/load.ts';
import { systemDisk, type Disk } from '../../disk/index.ts';
import { Log } from '../../telemetry/log.ts';
import type { Contract } from '../contract.ts';
import { Target } from '../deliver/targets.ts';
import type { Facts, Verdict } from '../result.ts';
import { readJournal } from '../store/index.ts';
import { Guard, type Counted } from './guard.ts';
import { giveOrder, type OrderKind } from './orders.ts';
import type { GuardStatus } from './status.ts';

let folder: string;
let time: VirtualTime;
let guard: Guard | undefined;
let lines: Record<string, unknown>[];
let counted: Counted[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-guard-'));
  mkdirSync(join(folder, 'run'));
  for (const name of NAMES) mkdirSync(join(folder, 'run', name));
  time = new VirtualTime();
  runningBefore = running();
  lines = [];
  counted = [];
  isFull = false;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await guard?.stop();
  guard = undefined;
  rmSync(folder, { recursive: true });
});

/** Nobody takes the power away here: what is waited for otherwise is most of the time. */
const disk: Disk = {
  ...systemDisk,
  open(path, how, mode) {
    if (isFull && path.includes('/state/')) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    return {
      ...systemDisk.open(path, how, mode),
      sync: () => undefined,
      syncLater: () => Promise.resolve(),
    };
  },
  syncFolder: () => undefined,
};
/** Whether what the guard keeps cannot be written. */
let isFull = false;

const NAMES = ['a', 'b', 'c', 'd'];
const fileOf = (name: string): string => join(folder, 'run', name, 'f.txt');
const live = (): string[] =>
  NAMES.map((name) => (existsSync(fileOf(name)) ? readFileSync(fileOf(name), 'utf8') : '-'));
const everywhere = (text: string): string[] => NAMES.map(() => text);
const isEverywhere = (text: string) => (): boolean => live().every((found) => found === text);
const makeSick = (): void => writeFileSync(join(folder, 'sick'), '');
const makeWell = (): void => rmSync(join(folder, 'sick'));
const offer = (text: string): void => {
  writeFileSync(join(folder, 'next'), text);
  renameSync(join(folder, 'next'), join(folder, 'source.txt'));
};

function contractOf(more: Partial<Contract> = {}): Contract {
  return {
    name: 'features',
    file: 'features.contract.yaml',
    folder,
    digest: digestOf('contract'),
    format: 'text',
    limits: {
      bytes: 1000,
      rows: undefined,
      entries: undefined,
      keys: 10,
      depth: 10,
      text: 1000,
      timeMs: 1000,
    },
    rows: undefined,
    schema: undefined,
    change: {
      bytes: { grow: undefined, shrink: undefined },
      rows: { grow: undefined, shrink: undefined },
      entries: { grow: undefined, shrink: undefined },
    },
    version: undefined,
    expires: undefined,
    signed: undefined,
    reader: undefined,
    source: { kind: 'file', file: join(folder, 'source.txt'), everyMs: 1000, settleMs: 10 },
    targets: NAMES.map((name) => ({ name, file: fileOf(name), reload: undefined, loaded: undefined })),
    canary: { kind: 'targets', targets: 1, watchMs: 2000 },
    waves: [0.5, 1],
    watchMs: 1000,
    health: [
      {
        kind: 'command',
        name: 'well',
        command: ['/bin/sh', '-c', `! test -e ${join(folder, 'sick')}`],
        everyMs: 1000,
        timeMs: 2000,
        failures: 2,
        successes: 2,
      },
    ],
    steadyMs: 500,
    keep: 3,
    drill: undefined,
    ...more,
  };
}

/** Refuses what says that it is bad. */
async function check(file: string, contract: Contract): Promise<Verdict> {
  const text = readFileSync(file, 'utf8');
  const facts: Facts = {
    digest: digestOf(text),
    bytes: text.length,
    rows: 1,
    entries: null,
    version: null,
    expires: text.startsWith('brief') ? '2026-11-28T00:01:00Z' : null,
    signedBy: [],
  };
  const isBad = text.startsWith('bad');
  return {
    schema: 'keelson.guard-check/1',
    contract: contract.name,
    file,
    accepted: !isBad,
    facts,
    violations: isBad ? [{ code: 'json-syntax', message: 'It is bad.', line: 1, column: 1, path: null }] : [],
  };
}

async function start(contract = contractOf()): Promise<Guard> {
  const to = {
    writableLength: 0,
    write: (line: string) => lines.push(JSON.parse(line)) > 0,
    on: () => undefined,
  };
  const wallNow = (): number => time.now();
  const log = new Log({ to, now: wallNow });
  guard = new Guard({
    contract,
    state: join(folder, 'state'),
    log,
    disk,
    time,
    wallNow,
    check,
    onCount: (what) => counted.push(what),
  });
  await guard.start();
  return guard;
}

/** With a file that is good by then. */
async function startWith(text: string, contract = contractOf()): Promise<void> {
  offer(text);
  await start(contract);
  await until(isGood(text));
}

/** Lets time pass until something is so; in between, files are read and commands run. */
async function until(what: (status: GuardStatus) => boolean, mostMs = 120_000): Promise<number> {
  const began = time.now();
  for (;;) {
    const status = guard?.status();
    if (status === undefined || what(status)) return time.now() - began;
    if (time.now() - began > mostMs)
      throw new Error(`It has not come to be: ${JSON.stringify(status, undefined, 1)}`);
    await time.pass(100);
    await commandsEnded();
  }
}

/** How many programs this process has running. */
const running = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'ProcessWrap').length;
/** Before a test: what other tests have started. */
let runningBefore = 0;

/** Commands take real time, of which the clock of a test knows nothing: it waits for them, but not for one that hangs. */
async function commandsEnded(): Promise<void> {
  const began = performance.now();
  do await new Promise((resolve) => setTimeout(resolve, 1));
  while (running() > runningBefore && performance.now() - began < 500);
}
const isGood = (text: string) => (status: GuardStatus) =>
  status.good?.digest === digestOf(text) && status.phase === 'quiet';
const order = (kind: OrderKind): void =>
  giveOrder(systemDisk, join(folder, 'state', 'features'), {
    ...kind,
    reason: 'test',
    by: 'me',
    at: new Date(time.now()).toISOString(),
  });

describe('a good file', () => {
  test('goes to the canary, then in waves, and is good once it has been watched everywhere', async () => {
    offer('one');
    await start();
    await until(() => live()[0] === 'one');
    expect(live()).toEqual(['one', '-', '-', '-']);
    await until(() => live()[1] === 'one');
    expect(live()).toEqual(['one', 'one', '-', '-']);
    await until(isGood('one'));
    expect(live()).toEqual(everywhere('one'));
    offer('two');
    const took = await until(isGood('two'));
    // Watches of 2 s and twice 1 s, and little more.
    expect(took).toBeGreaterThan(4000);
    expect(took).toBeLessThan(8000);
    expect(counted.filter(({ kind }) => kind === 'rollout')).toEqual([
      { kind: 'rollout', outcome: 'kept' },
      { kind: 'rollout', outcome: 'kept' },
    ]);
  });

  test('that is offered while another is on trial waits, and is held against what is good then', async () => {
    offer('one');
    await start();
    await until(({ phase }) => phase === 'canary');
    offer('two');
    await until(isGood('one'));
    await until(isGood('two'));
    expect(live()).toEqual(everywhere('two'));
  });
});

test('a look that began before a target was given something is not believed afterwards', async () => {
  await startWith('one');
  const { present } = Target.prototype;
  let isHeld = true;
  let isSlow = false;
  vi.spyOn(Target.prototype, 'present').mockImplementation(async function (this: Target, signal) {
    const found = await present.call(this, signal);
    if (this.name !== 'a' || !isHeld || isSlow) return found;
    isSlow = true;
    while (isHeld) await new Promise((resolve) => setTimeout(resolve, 1));
    return found;
  });
  await until(() => isSlow);
  offer('two');
  await until(({ phase, targets }) => phase === 'canary' && targets[0]?.state === 'candidate');
  const placed = (): number => counted.filter((what) => what.kind === 'placed' && what.target === 'a').length;
  const before = placed();
  isHeld = false;
  await until(isGood('two'));
  expect(placed()).toBe(before);
});

test('a file that does not fit touches no target, and is said', async () => {
  await startWith('one');
  offer('bad');
  await until(({ offered }) => offered?.accepted === false);
  await time.pass(8000);
  expect(live()).toEqual(everywhere('one'));
  expect(guard?.status().offered).toMatchObject({
    digest: digestOf('bad'),
    violations: [{ message: 'It is bad.' }],
  });
  expect(counted).toContainEqual({ kind: 'violation', code: 'json-syntax' });
});

describe('a harmful one', () => {
  test('is taken back from the canary as soon as health fails, and never tried again by itself', async () => {
    await startWith('one');
    offer('two');
    await until(() => live()[0] === 'two');
    makeSick();
    const took = await until(() => live()[0] === 'one');
    expect(took).toBeLessThan(4000);
    expect(live()).toEqual(everywhere('one'));
    makeWell();
    await time.pass(8000);
    expect(live()).toEqual(everywhere('one'));
    expect(guard?.status().refused[0]).toMatchObject({
      digest: digestOf('two'),
      why: expect.stringContaining('well ended with 1'),
    });
  });

  test('that is the first ever leaves the targets as they were', async () => {
    writeFileSync(fileOf('a'), 'by hand');
    offer('one');
    await start();
    await until(() => live()[0] === 'one');
    makeSick();
    await until(({ refused }) => refused.length > 0);
    await until(() => live()[0] === 'by hand');
    expect(live()).toEqual(['by hand', '-', '-', '-']);
  });

  test('may be tried again when a person says so', async () => {
    await startWith('one');
    offer('two');
    await until(() => live()[0] === 'two');
    makeSick();
    await until(({ refused }) => refused.length > 0);
    makeWell();
    order({ kind: 'retry', digest: digestOf('two') });
    await until(isGood('two'));
  });
});

describe('ended in the middle', () => {
  test('it puts all back, tries the file once more, and after a second time never again', async () => {
    await startWith('one');
    offer('two');
    await until(() => live()[1] === 'two');
    await guard?.stop();
    await start();
    await until(isEverywhere('one'));
    await until(() => live()[0] === 'two');
    await guard?.stop();
    await start();
    await until(isEverywhere('one'));
    await time.pass(8000);
    expect(live()).toEqual(everywhere('one'));
    expect(guard?.status().refused[0]?.why).toContain('it had been tried before');
  });

  test('before any was good it gives the canary back what it had', async () => {
    writeFileSync(fileOf('a'), 'by hand');
    offer('one');
    await start();
    await until(() => live()[0] === 'one');
    await guard?.stop();
    rmSync(join(folder, 'source.txt'));
    await start(contractOf({ digest: digestOf('another contract') }));
    await until(() => live()[0] === 'by hand');
  });

  test('and started with nothing to do it touches nothing', async () => {
    await startWith('one');
    await guard?.stop();
    counted = [];
    rmSync(join(folder, 'source.txt'));
    await start();
    await time.pass(8000);
    expect(counted.filter(({ kind }) => kind === 'placed')).toEqual([]);
    expect(guard?.status()).toMatchObject({ phase: 'quiet', source: { state: 'gone' } });
  });

  test('with its own words of the rollout gone it puts all back', async () => {
    await startWith('one');
    offer('two');
    await until(() => live()[1] === 'two');
    await guard?.stop();
    writeFileSync(join(folder, 'state', 'features', 'rollout.json'), '{"half');
    rmSync(join(folder, 'source.txt'));
    await start();
    await until(isEverywhere('one'));
  });
});

describe('a target', () => {
  test('that somebody else has changed is given the good one', async () => {
    await startWith('one');
    writeFileSync(fileOf('c'), 'by hand');
    await until(() => live()[2] === 'one');
    expect(lines).toContainEqual(expect.objectContaining({ event: 'foreign', target: 'c' }));
  });

  test('that is away is given it when it is back, and keeps no other from it', async () => {
    offer('one');
    rmSync(join(folder, 'run', 'd'), { recursive: true });
    await start();
    await until(({ good }) => good !== null);
    expect(live()).toEqual(['one', 'one', 'one', '-']);
    mkdirSync(join(folder, 'run', 'd'));
    await until(isGood('one'));
    expect(live()[3]).toBe('one');
  });

  test('that says no on trial is what refuses it', async () => {
    const [a, ...others] = contractOf().targets;
    if (a === undefined) throw new Error('There is one.');
    const command = ['/bin/sh', '-c', `if grep -q two ${fileOf('a')}; then echo too many >&2; exit 1; fi`];
    await startWith('one', contractOf({ targets: [{ ...a, reload: { command, timeMs: 2000 } }, ...others] }));
    offer('two');
    await until(({ refused }) => refused.length > 0);
    await until(isGood('one'));
    expect(live()).toEqual(everywhere('one'));
    expect(guard?.status().refused[0]?.why).toBe(
      'a target read it and said no: a: its reload command ended with 1: too many.',
    );
  });
});

describe('by order', () => {
  test('frozen it begins nothing, over a restart too, until it is thawed', async () => {
    await startWith('one');
    order({ kind: 'freeze' });
    await until(({ frozen }) => frozen !== null);
    offer('two');
    await time.pass(8000);
    await guard?.stop();
    await start();
    await time.pass(8000);
    expect(live()).toEqual(everywhere('one'));
    order({ kind: 'thaw' });
    await until(isGood('two'));
  });

  test('killed, what is on trial is taken back and refused', async () => {
    await startWith('one');
    offer('two');
    await until(() => live()[1] === 'two');
    order({ kind: 'kill', digest: digestOf('two') });
    await until(isEverywhere('one'));
    await until(({ frozen }) => frozen !== null);
    expect(guard?.status().refused[0]?.why).toBe('a person has killed it: me: test.');
  });

  test('killed, what is good gives way to what was good before, and stays away after a restart', async () => {
    await startWith('one');
    offer('two');
    await until(isGood('two'));
    order({ kind: 'kill', digest: digestOf('two') });
    await until(isGood('one'));
    expect(live()).toEqual(everywhere('one'));
    await guard?.stop();
    await start();
    order({ kind: 'thaw' });
    await time.pass(8000);
    expect(live()).toEqual(everywhere('one'));
  });

  test('killed while nothing can be written down, it is taken back all the same', async () => {
    await startWith('one');
    offer('two');
    await until(() => live()[1] === 'two');
    order({ kind: 'kill', digest: digestOf('two') });
    isFull = true;
    await until(isEverywhere('one'));
    isFull = false;
    await until(
      ({ orders, refused, frozen }) => orders.length === 0 && refused.length === 1 && frozen !== null,
    );
    expect(lines.filter(({ event }) => event === 'order')).toHaveLength(1);
  });

  test('what is no order is said, and taken away', async () => {
    await start();
    writeFileSync(join(folder, 'state', 'features', 'orders', '1.json'), '{"kind":"explode"}');
    await until(({ orders }) => orders.length === 0);
    expect(lines).toContainEqual(expect.objectContaining({ event: 'no-order' }));
  });
});

describe('while nothing can be written down', () => {
  test('nothing new is begun, and it is once it can', async () => {
    await startWith('one');
    isFull = true;
    offer('two');
    await time.pass(8000);
    await until(({ troubles }) => troubles.length > 0);
    expect(live()).toEqual(everywhere('one'));
    isFull = false;
    await until(isGood('two'));
    expect(guard?.status().troubles).toEqual([]);
  });

  test('what is on trial goes no further, and is taken back all the same when health fails', async () => {
    await startWith('one');
    offer('two');
    await until(() => live()[0] === 'two');
    isFull = true;
    await time.pass(8000);
    expect(live()).toEqual(['two', 'one', 'one', 'one']);
    makeSick();
    await until(() => live()[0] === 'one');
    isFull = false;
    await until(({ refused }) => refused.length > 0);
    await time.pass(8000);
    expect(live()).toEqual(everywhere('one'));
  });
});

test('what expires stays in force, and is said once', async () => {
  await startWith('brief');
  time.goTo(Date.parse('2026-11-28T00:01:01Z'));
  await until(({ good }) => good?.isExpired === true);
  await time.pass(5000);
  expect(live()).toEqual(everywhere('brief'));
  expect(lines.filter(({ event }) => event === 'expired')).toHaveLength(1);
});

test('its journal says each decision before it is done, and its chain is whole', async () => {
  await startWith('one');
  await guard?.stop();
  const { entries, verdict } = readJournal(systemDisk, join(folder, 'state', 'features'));
  expect(verdict.broken).toEqual([]);
  const kinds = entries.map(({ kind, target, phase }) =>
    [kind, target ?? phase].filter((one) => one !== undefined).join(' '),
  );
  expect(kinds).toEqual([
    'continued',
    'opened',
    'checked',
    'begun canary',
    'moved canary',
    'placing a',
    'placed a',
    'moved wave 1',
    'placing b',
    'placed b',
    'moved wave 2',
    'placing c',
    'placing d',
    expect.stringMatching(/^placed [cd]$/),
    expect.stringMatching(/^placed [cd]$/),
    'kept',
  ]);
});
