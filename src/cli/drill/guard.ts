import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemDisk } from '../../disk/index.ts';
import { KeelsonError } from '../../errors.ts';
import type { Contract } from '../../guard/contract.ts';
import {
  drillGuard,
  Puts,
  restoreLeft,
  type GuardDrill,
  type MadeName,
  MADE_NAMES,
} from '../../guard/drill/index.ts';
import { loadContract } from '../../guard/load.ts';
import { show } from '../../problems.ts';
import { guardDrillText, guardForeseenText } from '../../reporters/drill-guard.ts';
import type { Arguments, Command, Environment } from '../command.ts';
import { STATE_OPTION, stateFolder } from '../guard/settings.ts';
import { refuse } from '../input.ts';
import { installedVersion } from '../version.ts';
import { guardGround, type GuardGround } from './guard-ground.ts';

export const drillGuardCommand: Command = {
  name: 'drill guard',
  summary: 'Offers bad files to a guard that runs, and holds what comes of them against its contract.',
  operands: 'CONTRACT',
  options: {
    'dry-run': { type: 'boolean', help: 'Say what would be offered and what is predicted; touch nothing.' },
    only: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      help: `Only this file: ${MADE_NAMES.join(', ')}. Again for more.`,
    },
    harmful: {
      type: 'string',
      value: 'FILE',
      help: 'Offer this one too: it fits the contract, and does harm that health must see.',
    },
    seed: { type: 'string', value: 'N', help: 'Of how files are made. Default 1.' },
    production: { type: 'boolean', help: 'Drill a contract whose environment is production.' },
    restore: { type: 'boolean', help: 'Only put back what an earlier drill left behind.' },
    json: { type: 'boolean', help: 'Print keelson.guard-drill/1 as JSON.' },
    ...STATE_OPTION,
  },
  example: 'keelson drill guard bot-features.contract.yaml --dry-run',
  notes: [
    'The contract is one that guard run runs with, and says that it may be drilled: docs/drill-guard.md.',
    'Ctrl-C ends it: the good file is put back first.',
    'Exit 0 when all was as predicted, 1 when something was not or it was ended, 2 when the contract or the command is wrong.',
  ],
  run,
};

async function run(args: Arguments, environment: Environment): Promise<number> {
  const [file, ...more] = args.operands;
  if (file === undefined || more.length > 0 || file === '-')
    throw new KeelsonError('bad-argument', `Expected one contract, found ${args.operands.length}.`, {
      hint: 'keelson drill guard CONTRACT --dry-run says what would be done.',
    });
  const only = onlyOf(args);
  const seed = seedOf(args);
  const { contract, problems } = await loadContract(file);
  if (contract === undefined) return refuse(problems, args, environment);
  const state = stateFolder(args);
  if (args.flag('restore')) return await restore(state, contract, environment);
  const isDry = args.flag('dry-run');
  const allowed = isDry ? undefined : allowedOf(contract, args.flag('production'));
  if (!isDry) Puts.expectNone(systemDisk, state, contract.name);
  const scratch = mkdtempSync(join(tmpdir(), 'keelson-drill-'));
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    const ground = await guardGround({
      contract,
      state,
      seed,
      only,
      harmful: harmfulOf(args, contract),
      scratch,
      signal: ending.signal,
    });
    if (allowed === undefined) return tell(ground, contract, args, environment);
    const { good, source, prepared, leftOut, facts } = ground;
    const result = await drillGuard({
      contract,
      environment: allowed,
      state,
      disk: systemDisk,
      prepared,
      leftOut,
      facts,
      seed,
      puts: Puts.begin(systemDisk, state, contract.name, source, good),
      versions: { keelson: installedVersion(environment), node: process.version },
      signal: ending.signal,
      onProgress: (name, number, of) => {
        if (environment.progress) environment.err(`\r\u001b[K${number} of ${of}: ${name} …`, false);
      },
    });
    if (environment.progress) environment.err('\r\u001b[K', false);
    environment.out(args.flag('json') ? JSON.stringify(result, undefined, 2) : guardDrillText(result));
    return result.outcome === 'agrees' && result.restored ? 0 : 1;
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
    rmSync(scratch, { recursive: true, force: true });
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function onlyOf(args: Arguments): readonly MadeName[] {
  return args.texts('only').map((name) => {
    const known = MADE_NAMES.find((one) => one === name);
    if (known !== undefined) return known;
    throw new KeelsonError(
      'bad-argument',
      `Expected ${MADE_NAMES.join(', ')} for --only, found ${show(name)}.`,
    );
  });
}

function seedOf(args: Arguments): number {
  const text = args.text('seed') ?? '1';
  const seed = Number(text);
  if (/^\d{1,9}$/.test(text)) return seed;
  throw new KeelsonError('bad-argument', `Expected a whole number for --seed, found ${show(text)}.`);
}

/** What a contract lets a drill touch. @throws KeelsonError `drill-not-allowed` */
function allowedOf({ drill, file }: Contract, isProduction: boolean): GuardDrill['environment'] {
  if (drill === undefined)
    throw new KeelsonError('drill-not-allowed', `${show(file)} does not say that it may be drilled.`, {
      hint: 'drill: {environment: sandbox} says so, and what its targets are; --dry-run touches nothing.',
    });
  if (drill.environment === 'production' && !isProduction)
    throw new KeelsonError('drill-not-allowed', `The targets of ${show(file)} are production.`, {
      hint: 'Where the guard fails, users feel it. --production says that this is meant.',
    });
  return drill.environment;
}

function harmfulOf(args: Arguments, { limits }: Contract): { file: string; bytes: Uint8Array } | undefined {
  const file = args.text('harmful');
  if (file === undefined) return undefined;
  try {
    if (statSync(file).size > limits.bytes)
      throw new KeelsonError(
        'drill-harmless',
        `${show(file)} has more bytes than the contract lets through.`,
      );
    return { file, bytes: readFileSync(file) };
  } catch (cause) {
    if (cause instanceof KeelsonError) throw cause;
    throw new KeelsonError('guarded-file-unreadable', `${show(file)} cannot be read.`, { cause });
  }
}

function tell(
  { prepared, leftOut, facts }: GuardGround,
  { name, file, digest }: Contract,
  args: Arguments,
  environment: Environment,
): number {
  const foreseen = prepared.map(({ path: _, ...one }) => one);
  const preview = { schema: 'keelson.guard-drill-preview/1', contract: { name, file, digest }, good: facts };
  if (args.flag('json')) environment.out(JSON.stringify({ ...preview, foreseen, leftOut }, undefined, 2));
  else environment.out(guardForeseenText(name, foreseen, leftOut));
  return foreseen.some(({ predicted }) => predicted.end === 'let-through') ? 1 : 0;
}

async function restore(state: string, { name }: Contract, environment: Environment): Promise<number> {
  const left = await restoreLeft(systemDisk, state, name);
  if (left === undefined) environment.out('Nothing was left behind.');
  else if (left.isBack) environment.out(`${name}: the good file is back at its source.`);
  else environment.out(`${name}: somebody else has written the source since. It was left as it is.`);
  return 0;
}
