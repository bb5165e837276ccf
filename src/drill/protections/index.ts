import { randomStream } from '../../random.ts';
import type { Model } from '../../model/index.ts';
import { aimsOf, type Aims, type AimsOptions } from './aims.ts';
import { claimsOf } from './claims.ts';
import { findingsOf, outcomeOf } from './findings.ts';
import { isWrite, pairOf, type Pair } from './requests.ts';
import type { AlternativeDoor, DrilledPath } from './paths.ts';
import type { AlternativeResult, ProtectedPath, ProtectionDrill, ProtectionFinding } from './result.ts';
import type { Sample } from './sample.ts';
import { SAMPLES } from './samples/index.ts';
import { seenOf } from './seen.ts';
import { sendAll, type Sent } from './send.ts';

export interface ProtectionDrillOptions extends AimsOptions {
  readonly model: Model;
  readonly paths: readonly DrilledPath[];
  readonly leftOut: ProtectionDrill['leftOut'];
  /** Of the order in which samples are sent. @default 1 */
  readonly seed?: number;
  /** Requests to one alternative in a second, bursts apart; 1 to 50. @default 20 */
  readonly perSecond?: number;
  /** A request is given up after so long. @unit ms @default 4_000 */
  readonly timeoutMs?: number;
  /** @default all of them */
  readonly samples?: readonly Sample[];
  /** Ended by it, what was seen so far is told. */
  readonly signal: AbortSignal;
}

/** Most addresses of one alternative that are asked, and most alternatives in all. */
const MOST_ADDRESSES = 4;
const MOST_ALTERNATIVES = 40;
const MOST_PER_SECOND = 50;

/**
 * Sends the same harmless samples of attacks down every alternative of a path, each beside a harmless twin, and holds what was blocked and
 * what was let through against what the plan says that the alternatives protect with.
 */
export async function drillProtections(options: ProtectionDrillOptions): Promise<ProtectionDrill> {
  const { model, signal, seed = 1 } = options;
  const leftOut = [...options.leftOut];
  const paths: ProtectedPath[] = [];
  const findings: ProtectionFinding[] = [];
  const sent = new Map<string, Sample>();
  let [requests, alternatives] = [0, 0];
  for (const path of options.paths) {
    const name = model.services[path.service]?.name ?? '';
    alternatives += path.alternatives.length;
    if (signal.aborted || alternatives > MOST_ALTERNATIVES) {
      const why = signal.aborted
        ? 'it was ended before'
        : `more than ${MOST_ALTERNATIVES} alternatives are not asked`;
      leftOut.push({ name, why });
      continue;
    }
    const { pairs, without } = pairsOf(options, aimsOf(options, path.service), seed);
    leftOut.push(...without.map((one) => ({ ...one, name: `${name}: ${one.name}` })));
    if (pairs.length === 0) continue;
    for (const { sample } of pairs) sent.set(sample.id, sample);
    const drilled = await drillPath(options, path, pairs, leftOut);
    requests += drilled.requests;
    paths.push(drilled.path);
    findings.push(...findingsOf(model, path.service, drilled.path));
  }
  const stopped = signal.aborted ? 'It was ended by hand.' : null;
  return {
    seed,
    requests,
    samples: [...sent.values()].map(({ id, class: kind, protection, rules }) => ({
      id,
      class: kind,
      protection,
      rules,
    })),
    paths,
    findings,
    leftOut,
    outcome: paths.length === 0 ? 'unclear' : outcomeOf(findings, stopped),
    stopped,
  };
}

/** Every sample that may be sent, with its twin, in an order of the seed; bursts last, because what follows one may be held back. */
function pairsOf(
  { samples = SAMPLES }: ProtectionDrillOptions,
  { reads, writes, allows }: Aims,
  seed: number,
): { readonly pairs: readonly Pair[]; readonly without: ProtectionDrill['leftOut'] } {
  const random = randomStream('protections', seed);
  const isBurst = ({ form }: Sample): boolean => form.kind === 'burst';
  const drawn = samples
    .map((sample) => ({ sample, at: random() + (isBurst(sample) ? 1 : 0) }))
    .sort((a, b) => a.at - b.at);
  const pairs: Pair[] = [];
  const [lacksReads, lacksWrites]: [string[], string[]] = [[], []];
  for (const [i, { sample }] of drawn.entries()) {
    const aims = isWrite(sample) ? writes : reads;
    // Taken in turn, so that no route of the plan is spared by a rule of its own.
    const aim = aims[i % Math.max(1, aims.length)];
    const pair = aim === undefined ? undefined : pairOf(sample, aim);
    const isAllowed =
      pair !== undefined && [pair.asked, pair.twin].every((one) => allows(one.method, one.path));
    if (isAllowed) pairs.push(pair);
    else (isWrite(sample) ? lacksWrites : lacksReads).push(sample.id);
  }
  const without = [
    {
      names: lacksReads,
      why: 'nothing that may be read takes them: try, and funds are left alone outside a sandbox',
    },
    {
      names: lacksWrites,
      why: 'nothing that may be posted to takes them: try, and funds are left alone outside a sandbox',
    },
  ].flatMap(({ names, why }) => (names.length === 0 ? [] : [{ name: names.sort().join(', '), why }]));
  return { pairs, without };
}

async function drillPath(
  options: ProtectionDrillOptions,
  { service, alternatives }: DrilledPath,
  pairs: readonly Pair[],
  leftOut: { name: string; why: string }[],
): Promise<{ readonly path: ProtectedPath; readonly requests: number }> {
  const { model } = options;
  const name = model.services[service]?.name ?? '';
  for (const one of alternatives)
    if (one.doors.length > MOST_ADDRESSES)
      leftOut.push({
        name: one.name,
        why: `only ${MOST_ADDRESSES} of its ${one.doors.length} addresses are asked`,
      });
  const all = await Promise.all(alternatives.map(({ doors }) => throughDoors(pairs, doors, options)));
  const results: AlternativeResult[] = [];
  for (const [i, { name: called, alternative }] of alternatives.entries()) {
    const answers = all[i] ?? [];
    const samples = answers.flatMap((one) => one.samples);
    const claims = claimsOf(model, service, alternative);
    const sent = pairs.map(({ sample }) => sample);
    results.push({
      name: called,
      number: alternative + 1,
      addresses: [...new Set(samples.map(({ address }) => address))],
      claims,
      twins: worstOf(answers),
      seen: seenOf(sent, samples, claims, results[0]),
      samples,
    });
  }
  const requests = all.flat().reduce((sum, one) => sum + one.requests, 0);
  return { path: { service: name, alternatives: results }, requests };
}

/** One address after the other. */
async function throughDoors(
  pairs: readonly Pair[],
  doors: readonly AlternativeDoor[],
  { perSecond = 20, timeoutMs = 4_000, signal }: ProtectionDrillOptions,
): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const pace = { perSecond: Math.min(MOST_PER_SECOND, Math.max(1, perSecond)), timeoutMs, signal };
  for (const door of doors.slice(0, MOST_ADDRESSES)) sent.push(await sendAll(pairs, door, pace));
  return sent;
}

function worstOf(sent: readonly Sent[]): AlternativeResult['twins'] {
  const order = ['closed', 'shut-out', 'silent'] as const;
  return order.find((kind) => sent.some(({ twins }) => twins === kind)) ?? 'open';
}

export type {
  AlternativeResult,
  Exposure,
  ProtectedPath,
  ProtectionDrill,
  ProtectionFinding,
  ProtectionSeen,
  SampleResult,
} from './result.ts';
export { drilledPathsOf, type DrilledAlternative, type DrilledPath, type DrilledPaths } from './paths.ts';
export { SAMPLES } from './samples/index.ts';
export { MOST_AT_ONCE, type Sample } from './sample.ts';
