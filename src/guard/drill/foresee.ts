import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countOf, withDefaults } from '../../policies/index.ts';
import { checkFile } from '../check/index.ts';
import type { Contract, HealthRule } from '../contract.ts';
import type { Facts, Verdict } from '../result.ts';
import type { Made } from './make.ts';
import type { Foreseen, MadeName, Predicted } from './result.ts';

export interface ForeseeOptions {
  readonly contract: Contract;
  /** Of the file in force. */
  readonly last: Facts;
  /** What the source calls its file: a reader sees the name. */
  readonly name: string;
  /** Where signatures are while it is offered. */
  readonly envelope: string | undefined;
  /** A folder for files that are judged. */
  readonly scratch: string;
  /** By digest, why a rollout of it has failed before. */
  readonly refused: ReadonlyMap<string, string>;
  /** The time on the wall. @unit ms since 1970 */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** A file that is to be offered, with its bytes at a path. */
export interface Prepared extends Foreseen {
  readonly path: string;
}

/** The guard tells so many violations of a file (src/guard/run/guard.ts). */
const TOLD = 5;

/** What the contract makes of a made file: by the very check that the guard asks. Of several, the first that is refused. */
export async function foresee(made: Made, options: ForeseeOptions): Promise<Prepared> {
  let first: Prepared | undefined;
  for (const { says, bytes } of made.tries) {
    const found = await foreseeOne(made.name, says, bytes, options);
    if (found.predicted.end !== 'let-through') return found;
    first ??= found;
  }
  if (first === undefined) throw new Error(`Expected a file called ${made.name}, found none.`);
  return first;
}

async function foreseeOne(
  name: MadeName,
  says: string,
  bytes: Uint8Array,
  options: ForeseeOptions,
): Promise<Prepared> {
  const { contract, last, envelope, scratch, refused, now, signal } = options;
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const path = join(scratch, digest.slice(7));
  writeFileSync(path, bytes, { mode: 0o600 });
  const began = performance.now();
  const verdict = await checkFile(path, contract, { last, now: now(), name: options.name, envelope, signal });
  const tookMs = Math.ceil(performance.now() - began);
  const lookedAtMs = lookMs(contract) + tookMs;
  const before = refused.get(digest);
  const predicted: Predicted =
    before !== undefined
      ? { end: 'refused-before', why: before, withinMs: lookedAtMs }
      : verdict.accepted
        ? ofFitting(name, contract, lookedAtMs)
        : { ...refusedBy(verdict), withinMs: lookedAtMs };
  return { name, says, digest, bytes: bytes.length, predicted, path };
}

/** Until a look has had what is offered. @unit ms */
export function lookMs({ source }: Contract): number {
  return (source?.everyMs ?? 0) + 2 * (source?.settleMs ?? 0);
}

function refusedBy({
  violations,
}: Verdict): Pick<Extract<Predicted, { end: 'refused' }>, 'end' | 'codes' | 'message'> {
  const codes = [...new Set(violations.slice(0, TOLD).map(({ code }) => code))];
  return { end: 'refused', codes, message: violations[0]?.message ?? '' };
}

function ofFitting(name: MadeName, contract: Contract, lookedAtMs: number): Predicted {
  if (name !== 'harmful')
    return { end: 'let-through', why: 'it fits the contract: every target would get it' };
  const { health, canary, steadyMs } = contract;
  if (health.length === 0)
    return { end: 'let-through', why: 'the contract has no health rule that could take it back' };
  const soonest = Math.min(...health.map(({ failures, everyMs }) => (failures - 1) * everyMs));
  if (soonest >= canary.watchMs)
    return {
      end: 'let-through',
      why: `no health rule fails within the ${canary.watchMs} ms for which the canary is watched`,
    };
  return {
    end: 'taken-back',
    canary: canaryOf(contract),
    beginsMs: lookedAtMs + steadyMs + Math.max(...health.map(untilHealthyMs)),
    withinMs: Math.max(...health.map(untilUnhealthyMs), placedMs(contract)),
  };
}

/** The first targets, as the rollout has it. */
function canaryOf({ targets, canary, waves }: Contract): string[] {
  const names = targets.map(({ name }) => name);
  const share = canary.kind === 'share' ? { share: canary.share } : { targets: canary.targets };
  return names.slice(0, countOf(withDefaults({ targets: names, canary: share, waves }), 0));
}

function untilHealthyMs({ everyMs, timeMs, successes }: HealthRule): number {
  return successes * Math.max(everyMs, timeMs);
}

/** One look may have begun just before; a growth is known one look later. */
function untilUnhealthyMs(rule: HealthRule): number {
  const looks = rule.failures + (rule.kind === 'metric' && rule.rate ? 2 : 1);
  return looks * Math.max(rule.everyMs, rule.timeMs);
}

/** Until a target that was given a file has it, or is known not to. @unit ms */
export function placedMs({ targets }: Contract): number {
  return Math.max(0, ...targets.map(({ reload, loaded }) => (reload?.timeMs ?? 0) + (loaded?.withinMs ?? 0)));
}
