import { PROTECTIONS, type Protection } from '../../model/index.ts';
import type { AlternativeResult, ProtectionSeen, SampleOutcome, SampleResult } from './result.ts';
import type { Sample } from './sample.ts';

/**
 * What was seen of each protection at one alternative.
 *
 * @param sent samples that were sent down this path
 * @param first what was seen at the first alternative; undefined where this is the first
 */
export function seenOf(
  sent: readonly Sample[],
  results: readonly SampleResult[],
  claims: readonly Protection[],
  first: Pick<AlternativeResult, 'seen'> | undefined,
): readonly ProtectionSeen[] {
  const outcomes = outcomesOf(results);
  return PROTECTIONS.flatMap((protection): ProtectionSeen[] => {
    const ids = sent.filter((one) => one.protection === protection).map(({ id }) => id);
    if (ids.length === 0) return [];
    const those = (outcome: SampleOutcome): string[] =>
      ids.filter((id) => (outcomes.get(id) ?? 'unclear') === outcome).sort();
    const through = those('through');
    const before = first?.seen.find((one) => one.protection === protection)?.blocked ?? [];
    return [
      {
        protection,
        isClaimed: claims.includes(protection),
        blocked: those('blocked'),
        through,
        unclear: those('unclear'),
        leaks: through.filter((id) => before.includes(id)),
      },
    ];
  });
}

/** By sample: through where any address lets it through, blocked where all do that. */
function outcomesOf(results: readonly SampleResult[]): ReadonlyMap<string, SampleOutcome> {
  const found = new Map<string, SampleOutcome>();
  for (const { sample, outcome } of results) {
    const before = found.get(sample);
    const isWorse = before === 'blocked' || (before === 'unclear' && outcome === 'through');
    if (before === undefined || isWorse) found.set(sample, outcome);
  }
  return found;
}
