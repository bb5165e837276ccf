import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EMPTY_CATALOG } from '../src/catalog/index.ts';
import { evidenceOf, mergeEvidence, type DrillEvidence } from '../src/drill/evidence/index.ts';
import type { Drill, FaultResult, JourneyResult, SwitchResult } from '../src/drill/result.ts';
import { buildModel, type Model } from '../src/model/index.ts';
import { readPlan } from '../src/plan/load.ts';
import { faultResult, journeyResult } from './drill-example.ts';

/* Drills of a small plan that nobody made. */

export const PLAN_FILE = fileURLToPath(new URL('cli/drilled/plan.yaml', import.meta.url));
export const PLAN_TEXT = readFileSync(PLAN_FILE, 'utf8');

export function modelOf(text = PLAN_TEXT): Model {
  const { plan, problems } = readPlan(text, 'plan.yaml');
  const built = plan === undefined ? undefined : buildModel(plan, EMPTY_CATALOG);
  if (built?.model === undefined)
    throw new Error([...problems, ...(built?.problems ?? [])].map(({ message }) => message).join(' '));
  return built.model;
}

/** @param modes from when on which mode was predicted, and seen */
export function journey(name: string, more: Partial<JourneyResult> = {}): JourneyResult {
  const predicted = more.predicted ?? [{ fromMs: 0, mode: 'full' }];
  return journeyResult(name, { observed: predicted, requests: { sent: 100, good: 100 }, ...more, predicted });
}

/** A fault that lasted 20 s. */
export function fault(name: string, more: Partial<FaultResult> = {}): FaultResult {
  return faultResult(name, {
    kind: 'part',
    places: [],
    injectedAt: '2026-11-29T10:00:00.000Z',
    restoredAt: '2026-11-29T10:00:20.000Z',
    ...more,
  });
}

export function switched(
  service: string,
  to: string,
  observedMs: number | null,
  predictedMs = 10_000,
): SwitchResult {
  // Within the 4 s of drillOf.
  const agrees = observedMs !== null && observedMs <= predictedMs + 4_000;
  return { service, to, predictedMs, observedMs, agrees };
}

export function drillOf(model: Model, faults: readonly FaultResult[], more: Partial<Drill> = {}): Drill {
  const { platform, digest } = model.plan;
  return {
    schema: 'keelson.drill/1',
    plan: { name: platform.name, file: 'plan.yaml', digest: digest ?? null, asOf: platform.asOf },
    environment: 'sandbox',
    versions: { keelson: '0.1.0', node: 'v20.19.0', faults: 'keelson 0.1.0' },
    speed: 12,
    startedAt: '2026-11-29T09:59:00.000Z',
    endedAt: '2026-11-29T10:10:00.000Z',
    toleranceMs: 4_000,
    faults,
    confusion: [],
    blame: [],
    leftOut: [],
    outcome: faults.some(({ outcome }) => outcome === 'wrong') ? 'wrong' : 'agrees',
    stopped: null,
    restored: true,
    ...more,
  };
}

/** Down until users are on the next one. */
const GAP = [
  { fromMs: 0, mode: 'down' },
  { fromMs: 10_000, mode: 'full' },
];
const TRADE_GAP = [
  { fromMs: 0, mode: 'static' },
  { fromMs: 10_000, mode: 'full' },
];

/** What becomes of the plan when the near edge fails, all as it says. */
export function nearFails(more: Partial<FaultResult> = {}): FaultResult {
  return fault('near', {
    journeys: [journey('trade', { predicted: TRADE_GAP }), journey('withdraw', { predicted: GAP })],
    switches: [switched('edge', 'far', 10_400)],
    ...more,
  });
}

/** The northern site fails; users get to the southern one, and it serves only when `serves`. */
export function northFails(serves: boolean, more: Partial<FaultResult> = {}): FaultResult {
  const observed = serves ? TRADE_GAP : [{ fromMs: 0, mode: 'static' }];
  const outcome = serves ? 'agrees' : 'wrong';
  const breaches: JourneyResult['breaches'] = serves
    ? []
    : [
        {
          kind: 'differs',
          mode: 'static',
          send: '',
          times: 1,
          firstMs: 14_000,
          says: 'static for 6 s from 14 s on, where full was predicted.',
        },
      ];
  return fault('site-north', {
    journeys: [journey('trade', { predicted: TRADE_GAP, observed, outcome, breaches }), journey('withdraw')],
    switches: [switched('orders', 'site-south', 10_900)],
    outcome,
    ...more,
  });
}

export const SOUTH_BLAME: Drill['blame'][number] = {
  edge: 'orders.any[2]',
  file: 'plan.yaml',
  line: 28,
  column: 24,
  says: 'site-south did not serve what site-north serves.',
  edit: null,
  explains: ['site-north: trade'],
  asGood: [],
};

/** What test/cli/drilled/evidence.json holds: a part found wrong in an older version of the plan and drilled since, and one that is open. */
export function keptDrills(): DrillEvidence {
  const now = modelOf();
  const older = modelOf(
    PLAN_TEXT.replace('any: [site-north, site-south]', 'any: [site-north, {use: site-south, ready: 90%}]'),
  );
  const late = nearFails({
    journeys: [
      journey('trade', { predicted: TRADE_GAP, observed: [{ fromMs: 0, mode: 'static' }], outcome: 'wrong' }),
      journey('withdraw', { predicted: GAP, observed: [{ fromMs: 0, mode: 'down' }], outcome: 'wrong' }),
    ],
    switches: [switched('edge', 'far', null)],
    outcome: 'wrong',
  });
  const edgeBlame: Drill['blame'][number] = {
    edge: 'edge.failover',
    file: 'plan.yaml',
    line: 25,
    column: 15,
    says: 'users were not moved to far within 120 s.',
    edit: null,
    explains: ['near: trade', 'near: withdraw', 'near: edge'],
    asGood: [],
  };
  const at = (day: string): Pick<Drill, 'startedAt' | 'endedAt'> => ({
    startedAt: `${day}T09:59:00.000Z`,
    endedAt: `${day}T10:10:00.000Z`,
  });
  return mergeEvidence([
    evidenceOf(drillOf(older, [northFails(false)], { blame: [SOUTH_BLAME], ...at('2026-11-15') }), older),
    evidenceOf(drillOf(now, [late, northFails(true)], { blame: [edgeBlame], ...at('2026-11-22') }), now),
    evidenceOf(drillOf(now, [nearFails({ as: 'hang' }), northFails(true)], at('2026-11-29')), now),
  ]);
}
