import type { Disk } from '../../disk/index.ts';
import { KeelsonError } from '../../errors.ts';
import type { Contract, DrillEnvironment } from '../contract.ts';
import type { Facts } from '../result.ts';
import type { Prepared } from './foresee.ts';
import { judgeOffer, letThrough } from './judge.ts';
import { offer, putBack, type OfferOptions } from './offer.ts';
import type { Puts } from './puts.ts';
import type { GuardDrill, LeftOut, Observed, OfferResult } from './result.ts';
import { RunningGuard, unquiet } from './running.ts';
import { TargetWatch } from './target-watch.ts';

export { foresee, type ForeseeOptions, type Prepared } from './foresee.ts';
export { makeFiles, type Made } from './make.ts';
export { Puts } from './puts.ts';
export { restoreLeft } from './restore.ts';
export { RunningGuard } from './running.ts';
export { MADE_NAMES, type GuardDrill, type LeftOut, type MadeName, type OfferResult } from './result.ts';

export interface GuardDrillOptions {
  readonly contract: Contract;
  readonly environment: DrillEnvironment;
  /** The folder of all guards. */
  readonly state: string;
  readonly disk: Disk;
  readonly prepared: readonly Prepared[];
  readonly leftOut: readonly LeftOut[];
  readonly puts: Puts;
  /** Of the file in force. */
  readonly facts: Facts;
  readonly seed: number;
  readonly versions: GuardDrill['versions'];
  /** Ends it: the good file is put back all the same. */
  readonly signal: AbortSignal;
  readonly onProgress?: (name: string, number: number, of: number) => void;
}

/** What requests, looking and a busy machine take. @unit ms */
const TOLERANCE_MS = 2_000;
/** For so long it is waited until all is well. @unit ms */
const QUIET_MS = 15_000;

/**
 * Offers files to a guard that runs, one after the other, with the good one between, and holds what comes of each against what its contract
 * says. The good file is back at the source when this returns or throws, where nobody else has written it.
 *
 * @throws KeelsonError `drill-not-quiet`, `drill-other-contract`, `drill-unwritable`
 */
export async function drillGuard(options: GuardDrillOptions): Promise<GuardDrill> {
  const { contract, disk, state, puts, prepared, signal, facts } = options;
  const startedAt = new Date().toISOString();
  const guard = new RunningGuard(disk, state, contract.name);
  const watch = new TargetWatch(disk, puts.good);
  const rig: OfferOptions = { contract, guard, puts, watch, toleranceMs: TOLERANCE_MS, signal };
  const offers: OfferResult[] = [];
  let stopped: string | null = null;
  let restored = false;
  watch.start(contract);
  try {
    await expectQuiet(rig);
    for (const [i, one] of prepared.entries()) {
      if (signal.aborted) break;
      options.onProgress?.(one.name, i + 1, prepared.length);
      const { predicted } = one;
      const result =
        predicted.end === 'let-through' ? letThrough(one, predicted.why) : await offerAndJudge(one, rig);
      offers.push(result);
      if (result.observed?.backMs === null)
        throw new KeelsonError('drill-disturbed', `After ${one.name} the good file was not back everywhere.`);
    }
    if (signal.aborted) stopped = 'It was ended.';
  } catch (error) {
    if (!(error instanceof KeelsonError) || error.code !== 'drill-disturbed') throw error;
    stopped = signal.aborted ? 'It was ended.' : error.message;
  } finally {
    restored = puts.hasPut ? await putBack(rig, 0) : puts.standing() === puts.good;
    await watch.stop();
    if (restored || !puts.hasPut) puts.end();
  }
  const isWrong = offers.some(({ outcome }) => outcome === 'wrong');
  return {
    schema: 'keelson.guard-drill/1',
    contract: { name: contract.name, file: contract.file, digest: contract.digest },
    environment: options.environment,
    versions: options.versions,
    seed: options.seed,
    startedAt,
    endedAt: new Date().toISOString(),
    good: { digest: facts.digest, version: facts.version, bytes: facts.bytes, rows: facts.rows },
    toleranceMs: TOLERANCE_MS,
    offers,
    leftOut: options.leftOut,
    outcome: isWrong ? 'wrong' : stopped === null ? 'agrees' : 'stopped',
    stopped,
    restored,
  };
}

async function expectQuiet({ contract, guard, puts, watch, signal }: OfferOptions): Promise<void> {
  let why = 'it does not answer';
  const isQuiet = await guard.until(
    QUIET_MS,
    (status) => {
      if (status === undefined) return undefined;
      const isOther = status.contractDigest !== null && status.contractDigest !== contract.digest;
      if (isOther)
        throw new KeelsonError(
          'drill-other-contract',
          'The guard that runs has another contract than this one.',
          {
            hint: 'What is predicted would not be what runs. Start it again with this contract, or drill with the one that it runs.',
          },
        );
      const [other] = watch.without(puts.good, contract);
      why = unquiet(status, puts.good) ?? (other === undefined ? '' : `${other} does not have the good file`);
      return why === '' ? true : undefined;
    },
    signal,
  );
  if (isQuiet === undefined && !signal.aborted)
    throw new KeelsonError('drill-not-quiet', `Expected the guard of ${contract.name} to be quiet: ${why}.`, {
      hint: 'A drill begins only where all is well, so that what it sees is its own doing: keelson guard status',
    });
}

async function offerAndJudge(prepared: Prepared, rig: OfferOptions): Promise<OfferResult> {
  const { watch, puts, signal, toleranceMs, guard } = rig;
  const first = watch.sightings.length;
  const began = performance.now();
  const since = new Date().toISOString();
  const observed = await offer(prepared, rig);
  return judgeOffer(prepared, {
    observed,
    sightings: watch.sightings.slice(first),
    began,
    good: puts.good,
    isRecorded: isRecorded(prepared, observed, since, guard),
    isStopped: signal.aborted && observed.end === 'nothing',
    toleranceMs,
  });
}

/** Of what is too large to be had, and of what is known already, nothing is written down. */
function isRecorded(
  { digest }: Prepared,
  { end, codes }: Observed,
  since: string,
  guard: RunningGuard,
): boolean {
  if (end === 'taken-back') return guard.hasRecorded('refused', digest, since);
  return end !== 'refused' || codes[0] === 'too-many-bytes' || guard.hasRecorded('checked', digest, since);
}
