import { printable } from '../../printable.ts';
import type { Model } from '../../model/index.ts';
import type { Blame, BreachKind, Drill } from '../result.ts';
import { dataDigest, partsOf } from './digests.ts';
import { findingsOf } from './life.ts';
import { MOST_LINE, MOST_TEXT } from './limits.ts';
import type { DrillEvidence, Found, Run, Shown } from './result.ts';
import { trialsOf } from './trials.ts';

/** What one drill has shown. @param model what it was predicted by */
export function evidenceOf(drill: Drill, model: Model): DrillEvidence {
  const { plan, environment, versions, speed, startedAt, endedAt, toleranceMs, outcome } = drill;
  const run: Omit<Run, 'id'> = {
    plan: { name: line(plan.name), digest: plan.digest, asOf: plan.asOf },
    environment,
    versions: {
      keelson: line(versions.keelson),
      node: line(versions.node),
      faults: line(versions.faults),
    },
    speed,
    startedAt,
    endedAt,
    toleranceMs,
    outcome,
    faults: drill.faults.map(({ name, kind, as, same, injectedAt, restoredAt, journeys, ...fault }) => ({
      name: line(name),
      kind,
      as,
      same: same.map(line),
      injectedAt,
      restoredAt,
      outcome: fault.outcome,
      journeys: journeys.map((journey) => ({ name: line(journey.name), outcome: journey.outcome })),
    })),
    ...trialsOf(drill, model),
    blame: drill.blame.map((one) => foundOf(one, drill)),
    parts: partsOf(model.plan),
  };
  const runs = [{ id: dataDigest(run), ...run }];
  return { schema: 'keelson.drill-evidence/1', runs, findings: findingsOf(runs) };
}

function foundOf({ edge, says, explains }: Blame, drill: Drill): Found {
  const shown = drill.faults.flatMap(({ name, as, journeys }) =>
    journeys
      .filter((journey) => explains.includes(`${name}: ${journey.name}`))
      .map((journey) => ({ fault: line(name), as, journey: line(journey.name), breaches: journey.breaches })),
  );
  const kind = gravest(shown.flatMap(({ breaches }) => breaches.map((breach) => breach.kind)));
  return {
    id: findingId(line(edge), kind),
    edge: line(edge),
    kind,
    says: printable(says).slice(0, MOST_TEXT) || '–',
    explains: shown.map(({ fault, as, journey }): Shown => ({ fault, as, journey })),
  };
}

/** The same part found wrong in the same way is the same finding. */
export function findingId(edge: string, kind: BreachKind): string {
  return dataDigest([edge, kind]).slice('sha256:'.length, 'sha256:'.length + 12);
}

/** From what cannot be undone to what only differs. */
export const BY_GRAVITY: readonly BreachKind[] = [
  'twice',
  'lost',
  'bad-answer',
  'stale',
  'lets-through',
  'storm',
  'refuses',
  'differs',
];

function gravest(kinds: readonly BreachKind[]): BreachKind {
  return BY_GRAVITY.find((kind) => kinds.includes(kind)) ?? 'differs';
}

function line(text: string): string {
  return printable(text).slice(0, MOST_LINE) || '–';
}
