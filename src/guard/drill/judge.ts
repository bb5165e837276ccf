import type { Prepared } from './foresee.ts';
import type { Breach, BreachKind, Had, Observed, OfferResult } from './result.ts';
import type { Sighting } from './target-watch.ts';

export interface Seen {
  readonly observed: Observed;
  /** Of all targets, from when it was offered until the good one was back. */
  readonly sightings: readonly Sighting[];
  /** When it was offered, by the clock of the sightings. @unit ms */
  readonly began: number;
  readonly good: string;
  /** Whether the guard's journal has what was decided. */
  readonly isRecorded: boolean;
  readonly isStopped: boolean;
  /** @unit ms */
  readonly toleranceMs: number;
}

/** Holds what was seen of one file against what was predicted. */
export function judgeOffer(prepared: Prepared, seen: Seen): OfferResult {
  const { observed, isStopped } = seen;
  const { path: _, ...foreseen } = prepared;
  const had = hadIn(prepared.digest, seen);
  const breaches = [
    // What was not waited for is not judged.
    ...(isStopped ? [] : decisionBreaches(prepared, seen)),
    ...targetBreaches(prepared, seen),
    ...(observed.backMs === null
      ? [breach('not-back', null, 'The good file was not back everywhere in time.')]
      : []),
  ];
  const outcome = breaches.length > 0 ? 'wrong' : isStopped ? 'stopped' : 'agrees';
  return { ...foreseen, observed, had, breaches, outcome };
}

/** Of a file that nothing would stop: it is not offered. */
export function letThrough({ path: _, ...foreseen }: Prepared, why: string): OfferResult {
  const breaches = [breach('let-through', null, `Nothing stops it: ${why}.`)];
  return { ...foreseen, observed: null, had: [], breaches, outcome: 'wrong' };
}

function decisionBreaches({ predicted, digest }: Prepared, seen: Seen): Breach[] {
  const { observed, isRecorded, toleranceMs, sightings } = seen;
  if (predicted.end === 'let-through') return [];
  const says = saysOf(predicted.end, predicted.end === 'refused' ? predicted.codes : []);
  const isSame =
    observed.end === predicted.end &&
    (predicted.end !== 'refused' || sameCodes(predicted.codes, observed.codes));
  if (!isSame) {
    const wasHad = sightings.some((one) => one.digest === digest);
    const found =
      observed.end === 'nothing' && wasHad && predicted.end === 'taken-back'
        ? 'it was still there'
        : saysOf(observed.end, observed.codes);
    return [breach('differs', null, `Expected that ${says}, found that ${found}.`)];
  }
  const { decidedMs } = observed;
  return [
    ...(decidedMs !== null && decidedMs > predicted.withinMs + toleranceMs
      ? [breach('late', null, `Expected it within ${predicted.withinMs} ms, found ${decidedMs} ms.`)]
      : []),
    ...(isRecorded ? [] : [breach('not-recorded', null, 'The journal of the guard has no entry of it.')]),
  ];
}

const SAYS: Readonly<Record<Observed['end'], string>> = {
  refused: 'it is refused',
  'refused-before': 'it is not tried, since it was refused before',
  'taken-back': 'it is taken back by health',
  accepted: 'the guard accepts it',
  kept: 'it becomes the good one',
  nothing: 'the guard says nothing of it',
};

function saysOf(end: Observed['end'], codes: readonly string[]): string {
  return codes.length === 0 ? SAYS[end] : `${SAYS[end]} (${codes.join(', ')})`;
}

function sameCodes(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((code) => other.includes(code));
}

/** One a target and kind. */
function targetBreaches({ digest, predicted }: Prepared, { sightings, good }: Seen): Breach[] {
  const mayHave = predicted.end === 'taken-back' ? predicted.canary : [];
  const found = new Map<string, Breach>();
  const add = (kind: BreachKind, target: string, says: string): void => {
    const key = `${kind} ${target}`;
    if (!found.has(key)) found.set(key, breach(kind, target, says));
  };
  for (const { target, by, digest: now } of sightings) {
    if (now === good || (now === digest && mayHave.includes(target))) continue;
    if (now === digest)
      add(
        'loaded',
        target,
        by === 'file' ? `${target} was given it.` : `The reader of ${target} has loaded it.`,
      );
    else if (by === 'file')
      add(
        'other',
        target,
        now === null ? `${target} had no file.` : `${target} had a file that was not offered.`,
      );
    // The canary's reader may say nothing while it is given one and the other.
    else if (!mayHave.includes(target))
      add('silent', target, `The reader of ${target} did not say any more that it has the good one.`);
  }
  return [...found.values()];
}

function hadIn(digest: string, { sightings, began }: Seen): Had[] {
  const had: Had[] = [];
  for (const [i, one] of sightings.entries()) {
    if (one.digest !== digest) continue;
    const next = sightings.slice(i + 1).find(({ target, by }) => target === one.target && by === one.by);
    const toMs = next === undefined ? null : Math.round(next.at - began);
    had.push({ target: one.target, by: one.by, fromMs: Math.round(one.at - began), toMs });
  }
  return had;
}

function breach(kind: BreachKind, target: string | null, says: string): Breach {
  return { kind, target, says };
}
