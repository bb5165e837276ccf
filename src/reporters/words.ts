import type { Advice, Assessment } from '../assess/index.ts';
import { formatHours, formatMoney } from '../units.ts';

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What a change gives away, in words; a dash where nothing. */
export function addedSays({ compromise, exposedHoursPerYear, refusedHoursPerYear }: Advice['added']): string {
  const parts: string[] = [];
  if (compromise > 0) parts.push(`${plural(compromise, 'way')} to compromise`);
  if (compromise < 0) parts.push(`${plural(-compromise, 'way')} to compromise less`);
  if (exposedHoursPerYear > 1e-6) parts.push(`${formatHours(exposedHoursPerYear)} exposed`);
  if (refusedHoursPerYear > 1e-6) parts.push(`${formatHours(refusedHoursPerYear)} refused`);
  return parts.join(', ') || '–';
}

/** Hours of which there may be less than none. */
export function signedHours(hours: number): string {
  return hours < 0 ? `−${formatHours(-hours)}` : formatHours(hours);
}

/** Money of which there may be less than none. */
export function signedMoney(amount: number | null, currency: string): string {
  if (amount === null) return 'unknown';
  return amount < 0 ? `−${formatMoney(-amount, currency)}` : formatMoney(amount, currency);
}

/** How many targets are met, and whether only because lower modes count. */
export function targetsSay({ journeys, findings }: Pick<Assessment, 'journeys' | 'findings'>): string {
  const judged = journeys.filter(({ meetsSlo }) => meetsSlo !== null);
  const missed = judged.filter(({ meetsSlo }) => meetsSlo === false).length;
  const lower = findings.filter(({ code }) => code === 'slo-met-degraded').length;
  const degraded = lower > 0 ? ` ${plural(lower, 'target')} met only because lower modes count.` : '';
  return `${metSay(judged.length, missed)}${degraded}`;
}

function metSay(judged: number, missed: number): string {
  if (judged === 0) return 'No targets are set.';
  if (judged === 1) return missed === 0 ? 'The target is met.' : 'The target is missed.';
  if (missed > 0) return `${missed} of ${judged} targets missed.`;
  return judged === 2 ? 'Both targets are met.' : `All ${judged} targets met.`;
}

/** What drills have measured, with the space before it; nothing where they were not asked for. */
export function drilledSay({ drilled }: Pick<Assessment, 'drilled'>): string {
  if (drilled === undefined) return '';
  const { runs, leftOut, ofOtherPlans, figures } = drilled;
  const replaced = figures.filter(({ isReplaced }) => isReplaced).length;
  const measured =
    runs === 0
      ? ' No drill counts.'
      : ` ${plural(replaced, 'figure')} measured by drills${ofOtherPlans ? ', of other versions of the plan too' : ''}.`;
  const others =
    leftOut === 0
      ? ''
      : ` ${plural(leftOut, 'drill')} of other versions left out (--drills-of-other-plans counts them).`;
  return measured + others;
}
