import { setTimeout as wait } from 'node:timers/promises';
import { KeelsonError } from '../../errors.ts';
import type { Contract } from '../contract.ts';
import type { GuardStatus } from '../run/index.ts';
import { lookMs, placedMs, type Prepared } from './foresee.ts';
import type { Puts } from './puts.ts';
import type { Observed } from './result.ts';
import { ASK_EVERY_MS, type RunningGuard } from './running.ts';
import type { TargetWatch } from './target-watch.ts';

export interface OfferOptions {
  readonly contract: Contract;
  readonly guard: RunningGuard;
  readonly puts: Puts;
  readonly watch: TargetWatch;
  /** @unit ms */
  readonly toleranceMs: number;
  readonly signal: AbortSignal;
}

/** The guard looks at what stands on targets so often at least (src/guard/run/guard.ts). @unit ms */
const TARGETS_EVERY_MS = 5_000;

type Decision = Pick<Observed, 'end' | 'codes' | 'says' | 'decidedMs'>;

/**
 * Puts one file at the source, waits until the guard has decided about it, or should have, and puts the good one back.
 *
 * @throws KeelsonError `drill-disturbed` where somebody else writes the source, or the guard is gone
 */
export async function offer(prepared: Prepared, options: OfferOptions): Promise<Observed> {
  const { puts, watch, guard } = options;
  if (puts.standing() !== puts.good)
    throw new KeelsonError('drill-disturbed', 'Somebody else has written the source.');
  watch.expect(prepared.digest);
  const began = performance.now();
  await puts.put(prepared.path, prepared.digest);
  const decision = await decide(prepared, began, options);
  const isBack = await putBack(options, decision.decidedMs === null ? undecidedMs(prepared) : 0);
  return {
    ...decision,
    backMs: isBack ? Math.round(performance.now() - began) : null,
    killed: guard.hasKilled(prepared.digest),
  };
}

/**
 * Puts the good one back, and waits until the guard and every target have it. What a drill has put and the guard still tries is killed.
 *
 * @param leastMs for so long something of it may still come
 * @returns whether they had it in time
 */
export async function putBack(options: OfferOptions, leastMs: number): Promise<boolean> {
  const { contract, guard, puts, watch, toleranceMs } = options;
  if (!(await puts.takeBack())) return false;
  const least = performance.now() + leastMs;
  const mostMs = leastMs + lookMs(contract) + TARGETS_EVERY_MS + 2 * placedMs(contract) + toleranceMs;
  const isBack = await guard.until(mostMs, (status) => {
    if (status === undefined) return undefined;
    guard.takeBack(puts, status);
    const has =
      status.phase === 'quiet' &&
      status.good?.digest === puts.good &&
      status.frozen === null &&
      status.source.state === 'well' &&
      !puts.has(status.offered?.digest) &&
      status.orders.length === 0 &&
      watch.without(puts.good, contract).length === 0;
    return has && performance.now() >= least ? true : undefined;
  });
  return isBack === true;
}

function undecidedMs({ predicted }: Prepared): number {
  return predicted.end === 'taken-back'
    ? predicted.beginsMs
    : 'withinMs' in predicted
      ? predicted.withinMs
      : 0;
}

async function decide(prepared: Prepared, began: number, options: OfferOptions): Promise<Decision> {
  const { guard, watch, signal, toleranceMs } = options;
  const { digest, predicted } = prepared;
  const nothing: Decision = { end: 'nothing', codes: [], says: '', decidedMs: null };
  if (predicted.end === 'let-through') return nothing;
  const mayHave = predicted.end === 'taken-back' ? predicted.canary : [];
  while (!signal.aborted) {
    const status = await guard.status();
    if (status === undefined)
      throw new KeelsonError('drill-disturbed', 'The guard does not answer any more.');
    const had = watch.sightings.filter((one) => one.digest === digest && one.at >= began);
    const from = predicted.end === 'taken-back' ? (had[0]?.at ?? began) : began;
    const found = decisionIn(status, prepared);
    if (found !== undefined) return { ...found, decidedMs: Math.round(performance.now() - from) };
    // Where it may never be, no health rule is waited for.
    if (predicted.end === 'taken-back' && had.some(({ target }) => !mayHave.includes(target))) return nothing;
    const mostMs =
      predicted.end === 'taken-back' && had.length === 0 ? predicted.beginsMs : predicted.withinMs;
    if (performance.now() > from + mostMs + toleranceMs) return nothing;
    await wait(ASK_EVERY_MS);
  }
  return nothing;
}

/** What the guard says came of a file; undefined: nothing yet. */
function decisionIn(
  { offered, refused, good, candidate, source }: GuardStatus,
  { digest, predicted }: Prepared,
): Omit<Decision, 'decidedMs'> | undefined {
  const isTried = predicted.end === 'taken-back';
  if (good?.digest === digest) return { end: 'kept', codes: [], says: 'it became the good one' };
  const before = refused.find((one) => one.digest === digest);
  if (isTried && before !== undefined) return { end: 'taken-back', codes: [], says: before.why };
  if (source.state === 'too-large') return { end: 'refused', codes: ['too-many-bytes'], says: source.words };
  if (offered?.digest === digest && !offered.accepted) {
    const codes = [...new Set(offered.violations.map(({ code }) => code))];
    const says = offered.violations[0]?.message ?? offered.words;
    return { end: codes.length > 0 ? 'refused' : 'refused-before', codes, says };
  }
  const isAccepted = candidate?.digest === digest || (offered?.digest === digest && offered.accepted);
  return isAccepted && !isTried ? { end: 'accepted', codes: [], says: 'it is tried on targets' } : undefined;
}
