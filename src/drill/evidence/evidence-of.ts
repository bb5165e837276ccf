import { printable } from '../../printable.ts';
import type { Model } from '../../model/index.ts';
import type { Blame, BreachKind, Drill, FaultResult } from '../result.ts';
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
    faults: drill.faults.map((fault) => ({
      name: line(fault.name),
      kind: fault.kind,
      as: fault.as,
      same: fault.same.map(line),
      injectedAt: fault.injectedAt,
      restoredAt: fault.restoredAt,
      outcome: fault.outcome,
      journeys: fault.journeys.map((journey) => ({ name: line(journey.name), outcome: journey.outcome })),
      misswitched: misswitchedIn(fault).map(line),
    })),
    ...trialsOf(drill, model),
    blame: joined(drill.blame.map((one) => foundOf(one, drill))),
    parts: partsOf(model.plan),
  };
  const runs = [{ id: dataDigest(run), ...run }];
  return { schema: 'keelson.drill-evidence/1', runs, findings: findingsOf(runs) };
}

function misswitchedIn({ switches, unforeseen }: FaultResult): string[] {
  const wrong = [...switches.filter(({ agrees }) => !agrees), ...unforeseen];
  return [...new Set(wrong.map(({ service }) => service))];
}

function foundOf({ edge, says, explains }: Blame, { faults }: Drill): Found {
  const isExplained = ({ name }: FaultResult, about: string): boolean =>
    explains.includes(`${name}: ${about}`);
  const journeys = faults.flatMap((fault) =>
    fault.journeys.filter(({ name }) => isExplained(fault, name)).map((journey) => ({ fault, journey })),
  );
  const services = faults.flatMap((fault) =>
    misswitchedIn(fault)
      .filter((service) => isExplained(fault, service))
      .map((service) => ({ fault, service })),
  );
  const kind = gravest(journeys.flatMap(({ journey }) => journey.breaches.map((breach) => breach.kind)));
  const shown = (fault: FaultResult, about: Shown['about'], name: string): Shown => ({
    fault: line(fault.name),
    as: fault.as,
    about,
    name: line(name),
  });
  return {
    id: findingId(line(edge), kind),
    edge: line(edge),
    kind,
    says: printable(says).slice(0, MOST_TEXT) || '–',
    explains: [
      ...journeys.map(({ fault, journey }) => shown(fault, 'journey', journey.name)),
      ...services.map(({ fault, service }) => shown(fault, 'service', service)),
    ],
  };
}

/** One for each part and kind, with all that showed it. */
function joined(found: readonly Found[]): Found[] {
  const byId = new Map<string, Found>();
  for (const one of found) {
    const known = byId.get(one.id);
    byId.set(
      one.id,
      known === undefined ? one : { ...known, explains: [...known.explains, ...one.explains] },
    );
  }
  return [...byId.values()];
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
