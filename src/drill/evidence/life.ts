import { partAt } from './digests.ts';
import type { Finding, Found, Moment, Run, Shown } from './result.ts';

/** A version of a plan that need not have been drilled. */
export interface PlanVersion {
  readonly name: string;
  readonly digest: string | null;
  readonly parts: Readonly<Record<string, string>>;
}

const STATES = ['open', 'mended', 'drilled'] as const;

/**
 * What runs found wrong, and what became of it.
 *
 * @param runs in the order in which they were begun
 * @param now the plan as it is now; undefined where that is not known
 */
export function findingsOf(runs: readonly Run[], now?: PlanVersion): Finding[] {
  const seen = new Map<string, { found: Found; run: Run }[]>();
  for (const run of runs)
    for (const found of run.blame) {
      const key = JSON.stringify([found.id, run.plan.name, run.environment]);
      const known = seen.get(key);
      if (known === undefined) seen.set(key, [{ found, run }]);
      else if (known.at(-1)?.run !== run) known.push({ found, run });
    }
  return [...seen.values()]
    .flatMap((times) => findingOf(times, runs, now) ?? [])
    .sort(
      (a, b) =>
        STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
        compare(a.edge, b.edge) ||
        compare(a.id, b.id) ||
        compare(a.environment, b.environment),
    );
}

function findingOf(
  times: readonly { readonly found: Found; readonly run: Run }[],
  runs: readonly Run[],
  now: PlanVersion | undefined,
): Finding | undefined {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const since = runs.slice(runs.indexOf(last.run) + 1).filter(({ plan }) => plan.name === last.run.plan.name);
  const mended = mendedIn(last.found, last.run, since, now);
  const drilled = drilledIn(last.found, last.run, since);
  return {
    ...last.found,
    plan: last.run.plan.name,
    environment: last.run.environment,
    state: drilled !== undefined ? 'drilled' : mended !== null ? 'mended' : 'open',
    times: times.length,
    first: momentOf(first.run),
    last: momentOf(last.run),
    mended,
    drilled: drilled === undefined ? null : momentOf(drilled),
  };
}

/** The first version of the plan in which the part is another. */
function mendedIn(
  { edge }: Found,
  found: Run,
  since: readonly Run[],
  now: PlanVersion | undefined,
): Finding['mended'] {
  const before = partAt(found.parts, edge);
  // What the plan never said cannot be seen to change.
  if (before === undefined) return null;
  const isOther = (parts: Run['parts'], digest: string | null): boolean =>
    digest !== found.plan.digest && partAt(parts, edge) !== before;
  const later = since.find(({ parts, plan }) => isOther(parts, plan.digest));
  if (later !== undefined) return { digest: later.plan.digest, at: later.startedAt };
  return now !== undefined && now.name === found.plan.name && isOther(now.parts, now.digest)
    ? { digest: now.digest, at: null }
    : null;
}

/** The run by which all that it had shown was drilled again and, the last time, agreed; undefined where some of it was not. */
function drilledIn({ explains }: Found, { environment }: Run, since: readonly Run[]): Run | undefined {
  const there = since.filter((run) => run.environment === environment);
  let latest: Run | undefined;
  for (const shown of explains) {
    const run = there.findLast((one) => outcomeIn(one, shown) !== undefined);
    if (run === undefined || outcomeIn(run, shown) !== 'agrees') return undefined;
    if (latest === undefined || there.indexOf(run) > there.indexOf(latest)) latest = run;
  }
  return latest;
}

/** What became of a journey or a service under a fault; undefined where that was not drilled to its end. */
function outcomeIn(
  { faults }: Run,
  { fault, as, about, name }: Shown,
): 'agrees' | 'better' | 'wrong' | undefined {
  const drilled = faults.find(
    (one) => one.as === as && one.outcome !== 'stopped' && (one.name === fault || one.same.includes(fault)),
  );
  if (about === 'journey') return drilled?.journeys.find((journey) => journey.name === name)?.outcome;
  return drilled === undefined ? undefined : drilled.misswitched.includes(name) ? 'wrong' : 'agrees';
}

function momentOf({ id, startedAt, plan }: Run): Moment {
  return { run: id, at: startedAt, digest: plan.digest };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
