import type { Replay } from '../replay/index.ts';
import { formatHours } from '../units.ts';

/** The answer in a sentence. */
export function outcomeSays({ outcome, journeys, incident }: Replay): string {
  const altered = journeys.filter(({ minutesAltered }) => minutesAltered > 0).map(({ name }) => name);
  if (altered.length === 0) return bySayings(outcome, journeys, incident.provider);
  const available =
    outcome === 'untouched' || outcome === 'unharmed'
      ? 'Nothing was unavailable.'
      : bySayings(outcome, journeys, incident.provider);
  return `${available} Somebody could alter what users of ${listed(altered)} see, sign or withdraw.`;
}

function bySayings(outcome: Replay['outcome'], journeys: Replay['journeys'], provider: string): string {
  const down = [...journeys]
    .filter(({ minutesDown }) => minutesDown > 0)
    .sort((a, b) => b.minutesDown - a.minutesDown);
  const [worst] = down;
  const longest = worst === undefined ? '' : formatHours(worst.minutesDown / 60);
  switch (outcome) {
    case 'untouched':
      return 'Nothing that it stands on was hit.';
    case 'unknown':
      return 'Not replayed: nobody published when it happened (--from and --to can say).';
    case 'outside':
      return 'Not replayed: nothing of what hit it lies between --from and --to.';
    case 'unharmed':
      return 'Hit, and no user noticed.';
    case 'covered': {
      const lower = journeys.filter(
        ({ minutesDown, minutesDegraded, minutesExposed }) =>
          minutesDown === 0 && minutesDegraded + minutesExposed > 0,
      );
      const rest =
        lower.length === 0 ? '' : `${listed(lower.map(({ name }) => name))} in lower modes or exposed`;
      return worst === undefined
        ? `Covered: nothing down, ${rest}.`
        : `Covered: ${listed(down.map(({ name }) => name))} down for ${longest} at most, then fallbacks served${rest === '' ? '' : `; ${rest}`}.`;
    }
    default:
      return `Not covered: ${listed(down.map(({ name }) => name))} down for up to ${longest}, nothing back before ${provider}.`;
  }
}

function listed(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? 'nothing';
  if (names.length > 4) return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
