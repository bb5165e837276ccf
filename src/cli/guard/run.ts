import { KeelsonError } from '../../errors.ts';
import { loadContract } from '../../guard/load.ts';
import type { Contract } from '../../guard/contract.ts';
import { Guards } from '../../guard/run/index.ts';
import type { Problem } from '../../problems.ts';
import { printable } from '../../printable.ts';
import { MS_PER_HOUR, parseDuration } from '../../units.ts';
import type { Arguments, Command, Environment } from '../command.ts';
import { refuse } from '../input.ts';
import { placeOf, type HostAndPort } from '../serve/place.ts';
import { STATE_OPTION, stateFolder } from './settings.ts';

export const guardRun: Command = {
  name: 'guard run',
  summary: 'Watches sources, checks what they offer, tries it on a canary, and keeps it or takes it back.',
  operands: 'CONTRACT…',
  options: {
    ...STATE_OPTION,
    admin: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'Where status and metrics are, or off. Default 127.0.0.1:9602.',
    },
    once: {
      type: 'boolean',
      help: 'One look at each source, one rollout to its end, then it ends: for CI and cron.',
    },
    within: {
      type: 'string',
      value: 'TIME',
      help: 'With --once, how long that may take. Default 1h.',
    },
  },
  example: 'keelson guard run bot-features.contract.yaml',
  notes: [
    'Each target starts from the last good version, whatever the source has meanwhile.',
    'With --once: exit 0 when it is live everywhere, 1 when it was refused or taken back, 2 when something is wrong.',
  ],
  run: runGuards,
};

/** @unit ms */
const LONG_MS = 1_000_000;

async function runGuards(args: Arguments, environment: Environment): Promise<number> {
  if (args.operands.length === 0)
    throw new KeelsonError('bad-argument', 'Expected at least one contract, found none.', {
      hint: 'keelson guard run NAME.contract.yaml',
    });
  const withinMs = withinOf(args);
  const isOnce = args.flag('once');
  const admin = args.text('admin') ?? (isOnce ? 'off' : '127.0.0.1:9602');
  const place = admin === 'off' ? undefined : placeOf('admin', admin);
  const contracts: Contract[] = [];
  const problems: Problem[] = [];
  for (const file of args.operands) {
    const loaded = await loadContract(file);
    problems.push(...loaded.problems);
    if (loaded.contract !== undefined) contracts.push(loaded.contract);
  }
  if (contracts.length < args.operands.length) return refuse(problems, args, environment);
  expectRunnable(contracts);
  const ended = untilEnded();
  const guards = new Guards({ contracts, state: stateFolder(args), log: process.stderr });
  // What waits keeps no process alive (src/time.ts): this does, where there is no admin port.
  const alive = setInterval(() => undefined, LONG_MS);
  try {
    const where = await listen(guards, place);
    if (isOnce) return await once(guards, withinMs, ended, environment);
    await guards.start();
    const names = contracts.map(({ name, targets }) => `${name} (${targets.length} targets)`).join(', ');
    environment.out(`${names}: guarded${where}  (Ctrl-C ends it)`);
    await ended;
    return 0;
  } finally {
    clearInterval(alive);
    await guards.stop();
  }
}

async function listen(guards: Guards, place: HostAndPort | undefined): Promise<string> {
  if (place === undefined) return '';
  const url = await guards.listen(place.host, place.port, process.env.KEELSON_ADMIN_TOKEN);
  return `, status at ${url}/status`;
}

async function once(
  guards: Guards,
  withinMs: number,
  ended: Promise<unknown>,
  environment: Environment,
): Promise<number> {
  const all = await Promise.race([guards.once(withinMs), ended.then(() => undefined)]);
  if (all === undefined) return 1;
  for (const { name, end } of all) environment.out(printable(`${name}: ${end.words}`));
  if (all.some(({ end }) => end.kind === 'gone')) return 2;
  return all.every(({ end }) => end.kind === 'live') ? 0 : 1;
}

/** A contract that `guard check` takes may have nothing to be run with. */
function expectRunnable(contracts: readonly Contract[]): void {
  const names = new Set<string>();
  for (const { name, file, source, targets } of contracts) {
    if (source === undefined || targets.length === 0)
      throw new KeelsonError(
        'nothing-to-guard',
        `Expected ${file} to have a source and targets, found ${source === undefined ? 'no source' : 'no target'}.`,
        { hint: 'docs/guard-run.md shows both; without them a contract is for keelson guard check' },
      );
    if (names.has(name))
      throw new KeelsonError('bad-argument', `Expected contracts of different names, found ${name} twice.`);
    names.add(name);
  }
}

function withinOf(args: Arguments): number {
  const text = args.text('within') ?? '1h';
  const hours = parseDuration(text);
  if (hours === undefined || hours <= 0 || hours > 24)
    throw new KeelsonError(
      'bad-argument',
      `Expected a time such as 10m, at most 1d, for --within, found ${text}.`,
    );
  return hours * MS_PER_HOUR;
}

/** Ended by whoever started it; a second time, at once. */
function untilEnded(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isAsked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        if (isAsked) process.exit(130);
        isAsked = true;
        resolve(signal);
      });
  });
}
