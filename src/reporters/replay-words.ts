import { printable } from '../problems.ts';
import type { Replay } from '../replay/index.ts';
import { formatHours, formatMoney, formatShare, MS_PER_HOUR } from '../units.ts';

/** What was taken as sure, how likely that is, and what if not: one line a service that switched. */
export function luckSays({ otherwise, plan }: Replay): string[] {
  return otherwise.map(({ service, chance, moreMinutesDown, moreLoss }) => {
    const cost = [
      moreMinutesDown > 0 ? `${formatHours(moreMinutesDown / 60)} more of journeys down` : '',
      moreLoss !== null && moreLoss > 0 ? `${formatMoney(moreLoss, plan.currency)} more lost` : '',
    ].filter((part) => part !== '');
    const says = cost.length === 0 ? 'no harm either' : cost.join(', ');
    return `${printable(service)} switches, which is ${formatShare(chance)} likely; if not: ${says}`;
  });
}

/** What one changes things with that was hit too: one line each. */
export function wheelsSay(replay: Replay): string[] {
  const span = spanOf(replay);
  return replay.controlPlanes.map(({ capability, from, to, mode, used }) => {
    const says =
      mode === 'login-unavailable' ? 'no use to whoever had no open session' : mode.replaceAll('-', ' ');
    const steers = used ? `, and ${printable(replay.plan.name)} steers by it` : '';
    return `${printable(capability)}  ${clockOf(from, span)} – ${clockOf(to, span)}  ${says}${steers}`;
  });
}

type Span = 'hours' | 'days' | 'years';

export function spanOf({ from, to }: Replay): Span {
  const hours = from === null || to === null ? 0 : (Date.parse(to) - Date.parse(from)) / MS_PER_HOUR;
  return hours > 300 * 24 ? 'years' : hours > 36 ? 'days' : 'hours';
}

/** A moment: over more than a day and a half with the day, over most of a year with the year. */
export function clockOf(time: string, span: Span): string {
  if (span === 'hours') return time.slice(11, 19);
  return time.slice(span === 'days' ? 5 : 0, 16).replace('T', ' ');
}
