import { formatHours } from '../../units.ts';
import type { Model } from '../../model/index.ts';
import { tryPools, type Served } from '../../serve/index.ts';
import { systemTime } from '../../time.ts';
import type { Environment } from '../command.ts';
import { poolWords } from './pool-words.ts';

/** Says what every switch would do and where every node of a chain is, and what of it could not be done now. @returns the exit code */
export async function dryRun(model: Model, served: Served, environment: Environment): Promise<number> {
  const failed = (await trySwitches(model, served, environment)) + (await tryNodes(served, environment));
  return failed > 0 ? 1 : 0;
}

/** @returns how many could not be made */
async function trySwitches(model: Model, { wheels }: Served, environment: Environment): Promise<number> {
  if (wheels.length === 0)
    environment.out('Nothing moves users here: no service that this role switches says steer.');
  let failed = 0;
  for (const { service, name, alternatives, wheel, deadlineMs } of wheels) {
    const found = await wheel.check(AbortSignal.timeout(deadlineMs));
    environment.out(
      `${name}: ${found.ok ? `could be switched now (${found.words})` : `could NOT be switched now: ${found.why}`}`,
    );
    if (!found.ok) failed++;
    else {
      const inForce =
        found.inForce === undefined
          ? 'something that no alternative says'
          : (alternatives[found.inForce] ?? '');
      environment.out(`  in force: ${inForce}`);
    }
    const times = timesOf(model, service);
    if (times !== undefined) environment.out(`  when the one in use fails: ${times}`);
    for (const [i, alternative] of alternatives.entries()) {
      environment.out(`  to ${alternative}:`);
      for (const line of wheel.describe(i)) environment.out(`    ${line}`);
    }
  }
  return failed;
}

/** @returns how many pools have something wrong with them */
async function tryNodes(served: Served, environment: Environment): Promise<number> {
  let failed = 0;
  for (const tried of await tryPools(served, systemTime())) {
    const { lines, isGood } = poolWords(tried);
    for (const line of lines) environment.out(line);
    if (!isGood) failed++;
  }
  return failed;
}

function timesOf(model: Model, service: number): string | undefined {
  const redundancy = model.services[service]?.redundancy;
  const times = redundancy?.kind === 'any' ? redundancy.failover?.times : undefined;
  if (times === undefined) return undefined;
  const { detect, approve, switch: made, spread, hold } = times;
  const person = approve > 0 ? ', then a person has to approve' : '';
  return [
    `after ${words(detect)} without a break${person}`,
    ...(made > 0 ? [`made within ${words(made)}`] : []),
    ...(spread > 0 ? [`users drift over within ${words(spread)}`] : []),
    `back after ${words(hold)} of health`,
  ].join('; ');
}

function words(hours: number): string {
  return hours > 0 ? formatHours(hours) : '0 s';
}
