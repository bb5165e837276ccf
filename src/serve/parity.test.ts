import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { incidentOf, planOf } from '../../test/oracle/time/compare.ts';
import { randomIncident, randomTimedPlan } from '../../test/oracle/time/random-incident.ts';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import { loadCatalog } from '../catalog/load.ts';
import { liveSignals, referenceSignals, type JourneyState, type Signals } from '../control/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { randomStream } from '../random.ts';
import type { LevelChange } from '../replay/levels.ts';
import { run } from '../replay/run.ts';
import { sceneOf } from '../replay/scene.ts';
import { Live } from './live.ts';
import { PolicyClock } from './policy-clock.ts';

fc.configureGlobal({ seed: 1 });

const root = join(import.meta.dirname, '..', '..');
const { catalog, incidents } = loadCatalog(join(root, 'data'));
const PLANS = [
  'examples/harbor/plan.yaml',
  'examples/harbor/before.yaml',
  ...readdirSync(join(root, 'examples/public'))
    .filter((file) => file.endsWith('.yaml') && file !== 'base.yaml')
    .map((file) => `examples/public/${file}`),
];

interface Span {
  readonly from: number;
  readonly to: number;
}

/** What was decided: each switch, and each change of a journey, in words. */
interface Decisions {
  readonly switches: readonly string[];
  readonly journeys: readonly (readonly string[])[];
}

interface Change {
  readonly at: number;
  readonly state: JourneyState;
}

/** One line for each moment at which something changed: the last of it. */
function lines(changes: readonly Change[]): string[] {
  const kept = changes.filter(({ at }, i) => changes[i + 1]?.at !== at);
  const said = kept.map(({ at, state: { mode, level, isExposed } }) => ({
    at,
    words: `${mode} ${level} ${isExposed}`,
  }));
  return said
    .filter(({ words }, i) => said[i - 1]?.words !== words)
    .map(({ at, words }) => `${at}: ${words}`);
}

const switchLine = (
  service: number,
  { kind, now, from, to }: { kind: string; now: number; from: number; to: number },
): string => `${now}: ${service} ${kind} ${from} ${to}`;

function replayed(model: Model, changes: readonly LevelChange[], span: Span): Decisions {
  const switches: string[] = [];
  const { stretches, ends, to } = run(model, changes, span, {
    isShedding: true,
    listener: { onSwitch: (service, step) => switches.push(switchLine(service, step)) },
  });
  const journeys = model.journeys.map((_, i) => {
    const end = ends[i];
    const all = (stretches[i] ?? []).map(({ from, mode, level, isExposed }) => ({
      at: from,
      state: { mode, level, isExposed },
    }));
    return lines(end === undefined ? all : [...all, { at: to, state: end }]);
  });
  return { switches, journeys };
}

/** @param speed at which it is served: what is told is as it would have been at 1, to the hundredth of a second */
function served(
  model: Model,
  changes: readonly LevelChange[],
  span: Span,
  signals: Signals,
  speed = 1,
): Decisions {
  const time = new VirtualTime(span.from);
  const clock = new PolicyClock(time, speed);
  const told = (moment: number): number => (speed === 1 ? moment : Math.round(clock.here(moment) / 10) * 10);
  const switches: string[] = [];
  const live = new Live(model, {
    clock,
    signals,
    listener: {
      onSwitch: (service, step) => switches.push(switchLine(service, { ...step, now: told(step.now) })),
      onJourney: (journey, now, _, state) => journeys[journey]?.push({ at: told(now), state }),
    },
  });
  const journeys: Change[][] = model.journeys.map((_, i) => [{ at: span.from, state: live.standing(i) }]);
  for (let i = 0; i < changes.length; ) {
    const at = changes[i]?.at ?? 0;
    // What is observed at the very moment at which something is due is known to what is decided then.
    time.goJustTo(clock.there(at));
    const now: LevelChange[] = [];
    for (let one = changes[i]; one?.at === at; one = changes[++i]) now.push(one);
    live.observe(now);
  }
  time.goToTheEnd();
  return { switches, journeys: journeys.map(lines) };
}

/** @returns how many decisions there were */
function expectTheSame(model: Model, changes: readonly LevelChange[], span: Span, words: string): number {
  const wanted = replayed(model, changes, span);
  for (const signals of [liveSignals(model), referenceSignals(model)])
    expect(served(model, changes, span, signals), words).toEqual(wanted);
  return wanted.switches.length + wanted.journeys.reduce((sum, all) => sum + all.length - 1, 0);
}

describe('the same recorded signal gives replay and serve the same decisions at the same times', () => {
  let decided = 0;

  test.each(PLANS)('every incident of the library through %s', (file) => {
    const { plan } = parsePlan(readFileSync(join(root, file), 'utf8'), file);
    const { model } = plan === undefined ? { model: undefined } : buildModel(plan, catalog);
    if (model === undefined) throw new Error(`${file} is no plan`);
    let met = 0;
    let decisions = 0;
    for (const incident of incidents) {
      const { levels, span } = sceneOf(model, incident, {});
      if (span === undefined) continue;
      met++;
      decisions += expectTheSame(model, levels.changes, span, `${incident.id} of ${file}`);
    }
    expect(met).toBeGreaterThan(10);
    decided += decisions;
  });

  test('every incident of the library through harbor, a thousand times as fast or a little', () => {
    const file = 'examples/harbor/plan.yaml';
    const { plan } = parsePlan(readFileSync(join(root, file), 'utf8'), file);
    const { model } = plan === undefined ? { model: undefined } : buildModel(plan, catalog);
    if (model === undefined) throw new Error(`${file} is no plan`);
    for (const incident of incidents) {
      const { levels, span } = sceneOf(model, incident, {});
      if (span === undefined) continue;
      const wanted = replayed(model, levels.changes, span);
      const whole = wanted.switches.concat(...wanted.journeys).map((line) => Number(line.split(':')[0]));
      if (!whole.every((moment) => moment % 10 === 0)) throw new Error(`${incident.id} is too fine`);
      for (const speed of [1.7, 60, 1000])
        expect(
          served(model, levels.changes, span, liveSignals(model), speed),
          `${incident.id} at ${speed}`,
        ).toEqual(wanted);
    }
  });

  test('and there is much to decide', () => expect(decided).toBeGreaterThan(200));

  test('random plans through random incidents', () => {
    let decisions = 0;
    for (let seed = 0; seed < 150; seed++) {
      const text = randomTimedPlan(randomStream('parity-plan', seed), {
        policies: seed % 2 === 1,
        deepPools: true,
      });
      const { plan, model } = planOf(text);
      const incident = incidentOf(
        randomIncident(randomStream('parity-incident', seed), plan, { ties: seed % 3 === 0 }),
      );
      const { levels, span } = sceneOf(model, incident, {});
      if (span !== undefined)
        decisions += expectTheSame(model, levels.changes, span, `seed ${seed}\n${text}`);
    }
    expect(decisions).toBeGreaterThan(500);
  });

  test('random plans through any levels at any times, many at one moment', () => {
    const models = Array.from(
      { length: 40 },
      (_, seed) =>
        planOf(
          randomTimedPlan(randomStream('parity-model', seed), { policies: seed % 2 === 0, deepPools: true }),
        ).model,
    );
    const change = fc.record({
      after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: 0, max: 3e6 })),
      which: fc.nat(),
      level: fc.constantFrom(0, 0, 0.3, 0.5, 0.89, 0.9, 0.95, 1, 1, 1),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...models),
        fc.array(change, { minLength: 1, maxLength: 40 }),
        (model, all) => {
          const from = Date.UTC(2026, 0, 1);
          let at = from;
          const { count } = referenceSignals(model);
          const changes = all.map(({ after, which, level }): LevelChange => {
            at += after;
            return { at, signal: which % count, level };
          });
          expectTheSame(model, changes, { from, to: at }, 'as drawn');
        },
      ),
      { numRuns: 400 },
    );
  });
});
