import type { Replay } from '../replay/index.ts';
import { formatHours } from '../units.ts';

/** The answer in a sentence. */
export function outcomeSays(replay: Replay): string {
  const { outcome, journeys } = replay;
  const altered = journeys.filter(({ minutesAltered }) => minutesAltered > 0).map(({ name }) => name);
  if (altered.length === 0) return bySayings(replay);
  const available =
    outcome === 'altered' || outcome === 'unharmed' ? 'Nothing was unavailable.' : bySayings(replay);
  return `${available} Somebody could alter what users of ${listed(altered)} see, sign or withdraw.`;
}

function bySayings({ outcome, journeys, hit, to }: Replay): string {
  const down = [...journeys]
    .filter(({ minutesDown }) => minutesDown > 0)
    .sort((a, b) => b.minutesDown - a.minutesDown);
  const [worst] = down;
  const longest = worst === undefined ? '' : formatHours(worst.minutesDown / 60);
  switch (outcome) {
    case 'untouched':
    case 'altered':
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
      return notCovered(journeys, hit, to);
  }
}

/** Who was down until what had failed was back, and who is down still. */
function notCovered(journeys: Replay['journeys'], hit: Replay['hit'], to: string | null): string {
  const uncovered = journeys.filter(({ minutesUncovered }) => minutesUncovered > 0);
  const lost = uncovered.filter(({ endsIn }) => endsIn === 'down');
  const back = uncovered.filter(({ endsIn }) => endsIn !== 'down');
  const says: string[] = [];
  if (back.length > 0) {
    const longest = Math.max(...back.map(({ minutesUncovered }) => minutesUncovered));
    const worst = Math.min(...hit.map(({ lowest }) => lowest));
    const failed = hit.filter(({ lowest }) => lowest <= Math.max(worst, 0.5));
    const providers = [...new Set(failed.map(({ name }) => name.split(/[/@]/)[0] ?? ''))];
    const until = providers.length > 3 ? 'what had failed' : listed(providers);
    says.push(
      `${listed(names(back))} down for up to ${formatHours(longest / 60)}, nothing back before ${until}`,
    );
  }
  if (lost.length > 0)
    says.push(
      `nothing brings ${listed(names(lost))} back, counted here until ${(to ?? '').slice(11, 16)} UTC`,
    );
  return `Not covered: ${says.join('; ')}.`;
}

function names(journeys: Replay['journeys']): string[] {
  return [...journeys].sort((a, b) => b.minutesUncovered - a.minutesUncovered).map(({ name }) => name);
}

function listed(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? 'nothing';
  if (names.length > 4) return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
