/**
 * Whether blame finds what is hidden: a platform that is not what its plan says, one hidden need, time or useless standby at a time, is
 * drilled on the virtual clock. What would be seen of it is what is foreseen of the plan as it should have been written.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCatalog } from '../../src/catalog/load.ts';
import { groundOf } from '../../src/cli/drill/ground.ts';
import { courseOf } from '../../src/drill/faults.ts';
import { endedAt, levelChanges, races } from '../../src/drill/course.ts';
import { furtherNeeds, otherTimes, withoutAlternatives, type Edit } from '../../src/drill/diagnosis/edits.ts';
import { diagnose, type Again, type Observed } from '../../src/drill/diagnosis/index.ts';
import { foresee, foreseeChanges, type Foreseen, type LevelChange } from '../../src/drill/foresee.ts';
import { modeAt } from '../../src/drill/agreement.ts';
import { failedPlace, signalsOf } from '../../src/drill/place.ts';
import { agreementOf } from '../../src/drill/agreement.ts';
import { modeName } from '../../src/drill/foresee.ts';
import { heldSwitches } from '../../src/drill/switches.ts';
import { buildModel, rebuildModel, type Model } from '../../src/model/index.ts';
import { parsePlan } from '../../src/plan/index.ts';
import { randomStream } from '../../src/random.ts';
import { root } from '../cli/keelson.ts';

const SPEED = 60;
const { catalog } = loadCatalog(join(root, 'data'));

function harbor(): Model {
  const file = 'examples/harbor/live.yaml';
  const { plan } = parsePlan(readFileSync(join(root, file), 'utf8'), file);
  const model = plan === undefined ? undefined : buildModel(plan, catalog).model;
  if (model === undefined) throw new Error('Harbor is wrong.');
  return model;
}

const model = harbor();
const ground = groundOf(model, SPEED, false);
const { toleranceMs, places } = ground;
const pace = { speed: SPEED, toleranceMs };

/** What would be seen of a platform that really is as another plan says. */
function observe(truth: Again, needs: string | undefined): Observed[] {
  return ground.faults.map((fault): Observed => {
    const course = courseOf(fault);
    const changesAt = (where: typeof places): readonly LevelChange[] =>
      levelChanges(endedAt(course, foreseen.healAtMs * SPEED), (place) =>
        signalsOf(where.filter(({ address }) => address === places[place]?.address)),
      );
    const stated = levelChanges(course, (place) => signalsOf(places.slice(place, place + 1)));
    const foreseen = foresee(model, ground.predict, stated, pace);
    const lastedMs = foreseen.healAtMs;
    const failed = fault.places.flatMap((i) => places[i] ?? []).map((place) => failedPlace(model, place));
    const isNeeded =
      needs !== undefined && failed.some(({ names, stands }) => [...names, ...stands].includes(needs));
    const hidden = isNeeded ? truth.signalsOf(needs) : [];
    const real = foreseeChanges(
      truth.model,
      truth.predict,
      [
        ...changesAt(truth.places),
        ...hidden.flatMap((signal) =>
          [0, 1].map((level) => ({ at: level * lastedMs * SPEED, signal, level })),
        ),
      ].sort((a, b) => a.at - b.at),
      pace,
    );
    return seenOf(fault, foreseen, real, lastedMs, failed);
  });
}

function seenOf(
  fault: (typeof ground.faults)[number],
  foreseen: Foreseen,
  real: Foreseen,
  lastedMs: number,
  failed: Observed['result']['places'],
): Observed {
  const untilMs = Math.max(foreseen.settledAtMs, real.settledAtMs) + 2 * toleranceMs;
  const samples = model.journeys.map((_, journey) =>
    Array.from({ length: Math.ceil(untilMs / 500) }, (_, i) => ({
      atMs: i * 500,
      mode: modeAt(real.modes[journey] ?? [], i * 500),
    })),
  );
  const seen = real.switches.map(({ service, to, atMs }) => ({ service, to, atMs }));
  const course = endedAt(courseOf(fault), lastedMs * SPEED);
  const racesMs = races(course).map((at) => at / SPEED);
  const held = heldSwitches(foreseen, seen, { model, toleranceMs, isTold: () => true, lastedMs, racesMs });
  const journeys = model.journeys.map(({ name }, journey) => {
    const { outcome, differences, stages } = agreementOf(
      foreseen.modes[journey] ?? [],
      samples[journey] ?? [],
      toleranceMs,
    );
    const named = ({ fromMs, mode }: { fromMs: number; mode: number }) => ({
      fromMs,
      mode: modeName(model, journey, mode),
    });
    return {
      name,
      predicted: (foreseen.modes[journey] ?? []).map(named),
      observed: stages.map(named),
      outcome,
      detectMs: null,
      recoverMs: null,
      requests: { sent: 0, good: 0 },
      exposed: { predicted: false, missing: [] },
      breaches: differences.map(({ fromMs }) => ({
        kind: 'differs' as const,
        mode: '',
        send: '',
        times: 1,
        firstMs: fromMs,
        says: 'another mode',
      })),
    };
  });
  return {
    result: {
      name: fault.name,
      kind: fault.kind,
      same: fault.same,
      as: 'refuse',
      places: failed,
      injectedAt: new Date(0).toISOString(),
      restoredAt: new Date(lastedMs).toISOString(),
      journeys,
      steps: [],
      ...held,
      writes: [],
      amplification: null,
      outcome: journeys.some(({ outcome }) => outcome === 'wrong') ? 'wrong' : 'agrees',
    },
    course: course.map((moment) => ({
      ...moment,
      failing: new Map([...moment.failing].map(([place, share]) => [places[place]?.address ?? '', share])),
    })),
    lastedMs,
    samples,
    seen,
    told: { steeringFails: new Map(), lying: [], requests: 0, exposed: new Map() },
    sent: 0,
  };
}

const searched = { model, speed: SPEED, toleranceMs, again: ground.again, isTold: () => true, now: () => 0 };

/** Changes of Harbor that could be hidden. */
function hidden(): Edit[] {
  const { plan } = model;
  const suspects = ['site-virginia', 'site-frankfurt', 'issuer', 'own-node', 'status-page'];
  return [
    ...suspects.flatMap((name) => furtherNeeds(plan, { name, service: undefined }, () => true)),
    ...withoutAlternatives(
      plan,
      () => false,
      () => true,
    ),
    ...otherTimes(plan, 'edge', 'switch', 0.2),
    ...otherTimes(plan, 'edge', 'hold', 0.2),
    ...otherTimes(plan, 'edge', 'detect', 0.3),
    ...otherTimes(plan, 'order-book', 'switch', 0.2),
  ];
}

test('where the plan is true, nobody is blamed', () => {
  expect(diagnose(searched, observe(ground.again(model), undefined))).toEqual([]);
});

test('what is hidden is explained by changes that foresee all of it, and is the one that is blamed or as good as it', () => {
  const random = randomStream('diagnosis', 7);
  const edits = hidden()
    .map((edit) => ({ edit, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, 24)
    .map(({ edit }) => edit);
  let shown = 0;
  let exact = 0;
  for (const edit of edits) {
    const truth = rebuildModel(edit.plan(), model);
    if (truth === undefined) continue;
    const observed = observe(ground.again(truth), edit.needs);
    const wrong = observed.flatMap(({ result }) =>
      result.journeys
        .filter(({ outcome }) => outcome === 'wrong')
        .map(({ name }) => `${result.name}: ${name}`),
    );
    if (wrong.length === 0) continue;
    shown++;
    const blame = diagnose(searched, observed);
    // One change is hidden, and one explains all that it did.
    expect([edit.edge, wrong.filter((item) => blame[0]?.explains.includes(item) !== true)]).toEqual([
      edit.edge,
      [],
    ]);
    const named = [blame[0]?.edge, ...(blame[0]?.asGood ?? [])];
    expect([edit.edge, named]).toEqual([edit.edge, expect.arrayContaining([edit.edge])]);
    if (blame[0]?.edge === edit.edge) exact++;
  }
  expect(shown).toBeGreaterThan(4);
  // Where several explain as much, the one that is named is mostly the one that was hidden.
  expect(exact / shown).toBeGreaterThan(0.5);
});
