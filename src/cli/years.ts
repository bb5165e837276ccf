import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { KeelsonError } from '../errors.ts';
import type { Model } from '../model/index.ts';
import {
  blocksOf,
  simulateYearsBlock,
  yearsFrom,
  type Block,
  type Years,
  type YearsOptions,
} from '../replay/index.ts';
import { yearsCsv, yearsText } from '../reporters/index.ts';
import type { Arguments, CommandOption, Environment } from './command.ts';
import { builtCatalog, loadModel, problemText, wholeNumber } from './input.ts';
import { progressLine } from './progress.ts';

export const YEARS_OPTIONS: Readonly<Record<string, CommandOption>> = {
  years: { type: 'string', value: 'N', help: 'Simulate N years of incidents instead of replaying one.' },
  seed: { type: 'string', value: 'N', help: 'With --years: another seed, other years. Default 1.' },
  workers: {
    type: 'string',
    value: 'N',
    help: 'With --years: on how many cores. Default all; the result is the same.',
  },
};

const MOST_YEARS = 1_000_000;
/** Below so many blocks a worker takes longer to start than it saves. */
const LEAST_BLOCKS = 80;

/** What a worker is handed: everything is plain data. */
export interface YearsTask {
  readonly model: Model;
  readonly options: YearsOptions;
  readonly blocks: number;
  /** The next block that nobody has taken. */
  readonly next: SharedArrayBuffer;
}

/** `keelson replay --years N PLAN…`. */
export function replayYears(args: Arguments, environment: Environment): number | Promise<number> {
  const years = wholeNumber(args, 'years', 1, MOST_YEARS) ?? 1;
  const seed = wholeNumber(args, 'seed', 0, 2 ** 31 - 1) ?? 1;
  const workers = wholeNumber(args, 'workers', 1, 256) ?? availableParallelism();
  refuseOthers(args);
  if (args.operands.length === 0)
    throw new KeelsonError('no-plan', 'Expected a plan file.', { hint: 'keelson replay --years 1000 PLAN…' });
  const catalog = builtCatalog(environment);
  const inputs = args.operands.map((file) => loadModel(file, catalog, args));
  const problems = inputs.flatMap((input) => (input.loaded === undefined ? input.problems : []));
  if (problems.length > 0) {
    if (args.flag('json'))
      environment.out(JSON.stringify({ schema: 'keelson.problems/1', problems }, undefined, 2));
    else environment.err(problemText(problems));
    return 2;
  }
  const options: YearsOptions = { years, seed, catalog, shedding: !args.flag('no-shedding') };
  const models = inputs.flatMap((input) => (input.loaded === undefined ? [] : [input.loaded.model]));
  return simulateAll(models, options, workers, environment).then((results) => {
    print(results, args, environment);
    return 0;
  });
}

/** Options of a single incident that years know nothing of. */
function refuseOthers(args: Arguments): void {
  for (const name of ['severity', 'from', 'to', 'shift', 'cohort', 'fail-on'])
    if (args.text(name) !== undefined)
      throw new KeelsonError('bad-argument', `--${name} is for one incident, not for --years.`);
  for (const name of ['list', 'no-advice'])
    if (args.flag(name))
      throw new KeelsonError('bad-argument', `--${name} is for incidents, not for --years.`);
}

async function simulateAll(
  models: readonly Model[],
  options: YearsOptions,
  workers: number,
  environment: Environment,
): Promise<Years[]> {
  const results: Years[] = [];
  for (const model of models) {
    const blocks = await simulateBlocks(model, options, workers, environment);
    results.push(yearsFrom(model, options, blocks));
  }
  return results;
}

/** All blocks of one plan, shared out among this thread and workers; whoever is free takes the next. */
async function simulateBlocks(
  model: Model,
  options: YearsOptions,
  workers: number,
  environment: Environment,
): Promise<Block[]> {
  const blocks = blocksOf(options.years);
  const done: Block[] = [];
  const task: YearsTask = { model, options, blocks, next: new SharedArrayBuffer(4) };
  const helpers = blocks < LEAST_BLOCKS ? 0 : Math.min(workers - 1, blocks - 1);
  const finished = Array.from({ length: helpers }, () => help(task, environment, done));
  const line = progressLine(environment);
  takeBlocks(task, (block, result, share) => {
    done[block] = result;
    line.show(share, `${options.years} years`);
  });
  line.clear();
  await Promise.all(finished);
  return done;
}

/** Takes blocks until none is left. */
export function takeBlocks(
  { model, options, blocks, next }: YearsTask,
  give: (block: number, result: Block, share: number) => void,
): void {
  const counter = new Int32Array(next);
  for (let block = Atomics.add(counter, 0, 1); block < blocks; block = Atomics.add(counter, 0, 1))
    give(block, simulateYearsBlock(model, block, options), block / blocks);
}

function help(task: YearsTask, { root }: Environment, done: Block[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(root, 'bin', 'keelson-worker.cjs'), { workerData: task });
    worker.on('message', ({ block, result }: { block: number; result: Block }) => {
      done[block] = result;
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new KeelsonError('worker-failed', `A worker ended with ${code}.`, { hint: 'Try --workers 1.' }),
        );
    });
  });
}

function print(results: readonly Years[], args: Arguments, environment: Environment): void {
  const { colour, width } = environment;
  if (args.flag('json'))
    environment.out(JSON.stringify(results.length === 1 ? results[0] : results, undefined, 2));
  else if (args.flag('csv')) environment.out(yearsCsv(results));
  else environment.out(results.map((one) => yearsText(one, { colour, width })).join('\n\n'));
}
