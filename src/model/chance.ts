import type { Drilled, Measured, Plan } from '../plan/index.ts';
import { beta, type Random } from '../random.ts';
import { betaQuantile } from './quantiles.ts';

/** A chance as drills measured it. */
export interface Chance {
  readonly basis: 'drills';
  readonly made: number;
  readonly tried: number;
  /** The basis in words: "drilled: 7 of 7, sandbox, 2026-11-29". */
  readonly detail: string;
  /** Whether none of it was measured in production. */
  readonly isRehearsed: boolean;
  /** 90 %, equal tails, of the chance that it fails. */
  readonly interval: readonly [number, number];
}

/** The posterior of a chance under Jeffreys' prior Beta(½, ½), of which `made` of `tried` came well. */
const HALF = 0.5;

/**
 * The plan with the figures that drills measured in place of those it states. A measured share is the mean of the posterior under
 * Jeffreys' prior, (made + ½) / (tried + 1). What the plan takes as sure stays so until a drill has contradicted it.
 */
export function withDrills(plan: Plan, drilled: Drilled): Plan {
  const figures = new Map(
    drilled.figures.filter(isReplacing).map((one) => [keyOf(one.service, one.alternative), shareOf(one)]),
  );
  if (plan.services === undefined || figures.size === 0) return { ...plan, drilled };
  const services = plan.services.map((named) => {
    const { name, value } = named;
    if (value.any === undefined) return named;
    const success = figures.get(keyOf(name, null));
    const any = value.any.map((alternative, i) => {
      const ready = figures.get(keyOf(name, i + 1));
      return ready === undefined ? alternative : { ...alternative, ready };
    });
    const failover =
      success === undefined ? value.failover : { offset: named.offset, ...value.failover, success };
    return { ...named, value: { ...value, any, ...(failover === undefined ? {} : { failover }) } };
  });
  return { ...plan, services, drilled };
}

/** Whether a plan's figure gives way to the measured one: unless it says that it never fails, and drills have not seen it fail. */
export function isReplacing({ stated, counts }: Pick<Measured, 'stated' | 'counts'>): boolean {
  const { made, tried } = sumOf(counts);
  return tried > 0 && (stated < 1 || made < tried);
}

/**
 * How the figure that a plan has for a switch (null) or a standby (from 2) was measured. A plan that was changed since says something of its
 * own, and is taken at its word: undefined.
 */
export function chanceOf(
  plan: Plan,
  service: string,
  alternative: number | null,
  figure: number,
): Chance | undefined {
  const measured = plan.drilled?.figures.find(
    (one) => one.service === service && one.alternative === alternative,
  );
  if (measured === undefined || !isReplacing(measured) || shareOf(measured) !== figure) return undefined;
  const { made, tried } = sumOf(measured.counts);
  const [failed, well] = [tried - made + HALF, made + HALF];
  return {
    basis: 'drills',
    made,
    tried,
    detail: detailOf(measured),
    isRehearsed: measured.counts.every(({ environment }) => environment !== 'production'),
    interval: [betaQuantile(0.05, failed, well), betaQuantile(0.95, failed, well)],
  };
}

/** One draw of a measured chance that something fails. */
export function drawChance({ made, tried }: Chance, random: Random): number {
  return beta(tried - made + HALF, made + HALF, random);
}

/** The mean of what is known of a chance to do well. @unit share */
export function shareOf({ counts }: Pick<Measured, 'counts'>): number {
  const { made, tried } = sumOf(counts);
  return (made + HALF) / (tried + 1);
}

/** `drilled: 7 of 7, sandbox, 2026-11-29`; where there were several environments, by each. */
export function detailOf({ counts, day }: Pick<Measured, 'counts' | 'day'>): string {
  const { made, tried } = sumOf(counts);
  const [first, ...more] = counts;
  const where =
    more.length === 0
      ? (first?.environment ?? '')
      : counts.map((one) => `${one.made} of ${one.tried} in ${one.environment}`).join(' and ');
  return `drilled: ${made} of ${tried}, ${where}, ${day}`;
}

function sumOf(counts: Measured['counts']): { readonly made: number; readonly tried: number } {
  return {
    made: counts.reduce((sum, { made }) => sum + made, 0),
    tried: counts.reduce((sum, { tried }) => sum + tried, 0),
  };
}

function keyOf(service: string, alternative: number | null): string {
  return `${service}:${alternative ?? 'switch'}`;
}
