import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { assess, type Assessment, type JourneyResult } from '../../src/assess/index.ts';
import { EMPTY_CATALOG, type Catalog } from '../../src/catalog/index.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { openPsaModel } from '../../src/cli/open-psa.ts';
import { FALSE, FormulaStore, TRUE } from '../../src/diagram/index.ts';
import { buildModel, type Model } from '../../src/model/index.ts';
import { writeModel } from '../../src/openpsa/write.ts';
import { parsePlan } from '../../src/plan/index.ts';
import { randomStream } from '../../src/random.ts';
import { readOpenPsa, topProbabilities, type OpenPsaModel } from './open-psa.ts';
import { randomPlan } from './random-plan.ts';

/**
 * What `keelson export --open-psa` writes, answered by others: by the slow reading of open-psa.ts to the last digits, and by
 * SCRAM (https://scram-pra.org) where it is installed, to the six digits that it prints.
 */
const root = fileURLToPath(new URL('../../', import.meta.url));
const { catalog } = loadCatalog(join(root, 'data'));

const HARBOR: readonly (readonly [name: string, without: readonly string[]])[] = [
  ['plan', []],
  ['before', []],
  ['plan', ['cloudflare']],
  ['plan', ['aws@us-east-1', 'edge:switch']],
  ['before', ['cloudflare']],
];

function modelOf(text: string, known: Catalog): Model {
  const { plan } = parsePlan(text, 'plan.yaml');
  const model = plan === undefined ? undefined : buildModel(plan, known).model;
  if (model === undefined) throw new Error(`The plan has no model:\n${text}`);
  return model;
}

const harbor = (name: string): Model =>
  modelOf(readFileSync(join(root, 'examples/harbor', `${name}.yaml`), 'utf8'), catalog);
const random = (seed: number): Model => modelOf(randomPlan(randomStream('open-psa', seed)), EMPTY_CATALOG);
const solve = (model: Model, without: readonly string[] = []): Assessment =>
  assess(model, { advice: false, draws: 0, without });

interface Rung {
  readonly gate: string;
  readonly probability: number;
  /** Largest error: a rung between is a sum of modes, and so has only the digits of 1. */
  readonly absolute: number;
}

/** What assess says of the rungs of a journey, in the names that the export gives them. */
function rungsOf({ name, modes, down, degraded }: JourneyResult): Rung[] {
  let below = 1;
  return modes.map((mode, m) => {
    below -= mode.probability;
    if (m === modes.length - 1) return { gate: `${name}-down`, probability: down.probability, absolute: 0 };
    if (m === 0) return { gate: `${name}-degraded`, probability: degraded.probability, absolute: 0 };
    return { gate: `${name}-below-${mode.name}`, probability: below, absolute: 1e-14 };
  });
}

/**
 * Where the answers differ from those of assess; nothing when they agree. A rung without a gate is the same formula as the next
 * that has one.
 */
function differences(
  { journeys }: Assessment,
  answers: ReadonlyMap<string, number>,
  relative: number,
): string[] {
  const found: string[] = [];
  const expected = new Set<string>();
  for (const journey of journeys) {
    let nearest: number | undefined;
    for (const { gate, probability, absolute } of rungsOf(journey).reverse()) {
      const answer = answers.get(gate) ?? nearest;
      if (answers.has(gate)) expected.add(gate);
      nearest = answer;
      if (answer === undefined) found.push(`There is no gate ${gate}.`);
      else if (!(Math.abs(answer - probability) <= relative * probability + absolute))
        found.push(`${gate}: ${probability} here, ${answer} there`);
    }
  }
  for (const gate of answers.keys()) if (!expected.has(gate)) found.push(`Nobody asked for ${gate}.`);
  return found;
}

describe('the export, answered by a naive reading, agrees with assess to 1e-12', () => {
  test.each(HARBOR)('on Harbor, %s, without %j', (name, without) => {
    const model = harbor(name);
    const exported = readOpenPsa(openPsaModel(model, without));
    expect(differences(solve(model, without), topProbabilities(exported), 1e-12)).toEqual([]);
  });

  const exports = (from: number, to: number): readonly (readonly [number, Model, OpenPsaModel])[] =>
    Array.from({ length: to - from }, (_, i) => {
      const model = random(from + i);
      return [from + i, model, readOpenPsa(openPsaModel(model))];
    });

  test.each([0, 100, 200, 300])('on random plans from seed %i', (from) => {
    const found = exports(from, from + 100).flatMap(([seed, model, exported]) =>
      differences(solve(model), topProbabilities(exported), 1e-12).map((one) => `seed ${seed}: ${one}`),
    );
    expect(found).toEqual([]);
  });

  test('and these have shared gates, negations, constants, single events and rungs that are the same', () => {
    const found = exports(0, 100);
    const all = found.map(([, , exported]) => exported);
    expect(
      found.some(([, { journeys }, { tops }]) => tops.length < journeys.flatMap(({ modes }) => modes).length),
    ).toBe(true);
    const formulas = all.flatMap(({ gates }) => [...gates.values()].map(({ formula }) => formula.tag));
    for (const tag of ['and', 'or', 'not', 'constant', 'basic-event', 'gate'])
      expect(formulas).toContain(tag);
  });

  test('every event says what it is, what it rests on and how often it begins', () => {
    const { events, label, attributes } = readOpenPsa(openPsaModel(harbor('plan')));
    expect([label, attributes]).toEqual(['Harbor Exchange', { 'as-of': '2026-11-01' }]);
    const known = new Map(solve(harbor('plan')).events.map((event) => [event.id, event]));
    expect(events.size).toBeGreaterThan(30);
    for (const [name, { label: id = '', probability, attributes: says }] of events) {
      const event = known.get(id);
      expect(name).toBe(id.replace(/[^\w-]/g, '_'));
      expect(probability).toBe(event?.probability);
      expect(says.basis).toBe(event?.basis);
      expect(says['rate-per-year']).toBe(
        event?.ratePerYear === null ? undefined : String(event?.ratePerYear),
      );
    }
  });
});

test('docs/export.md shows the answers of today', () => {
  const page = readFileSync(join(root, 'docs/export.md'), 'utf8');
  const shown = [...page.matchAll(/^([a-z-]+) +(\d[\d.e-]*)$/gm)].map(([, gate = '', figure = '']) => [
    gate,
    figure,
  ]);
  const solved = solve(harbor('plan'));
  // Six digits, as C prints them.
  const figures = solved.journeys.flatMap(rungsOf).map(({ gate, probability }) => {
    const digits = Number(probability.toPrecision(6));
    return [gate, digits < 1e-4 ? digits.toExponential().replace(/e-(\d)$/, 'e-0$1') : String(digits)];
  });
  expect(shown).toEqual(figures.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
  expect(page).toContain(solved.journeys[0]?.down.probability.toFixed(21));
});

const hasScram = spawnSync('scram', ['--version']).status === 0;

describe.skipIf(!hasScram)(`SCRAM${hasScram ? '' : ' (skipped: it is not on PATH)'}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'keelson-scram-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  /** It prints six digits. */
  const PRINTED = 5.01e-6;

  interface Answer {
    readonly probability: number;
    /** Minimal cut sets by their size. */
    readonly bySize: readonly number[];
  }

  function scram(xml: string): Map<string, Answer> {
    const file = join(scratch, 'model.xml');
    writeFileSync(file, xml);
    // An order that no cut set exceeds: then none is left out.
    const words = ['--bdd', '--probability', '1', '-l', '1000', file];
    const { status, stdout, stderr } = spawnSync('scram', words, {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
    if (status !== 0) throw new Error(`${stderr}${stdout}`);
    return new Map(
      [...stdout.matchAll(/<sum-of-products ([^>]*)>/g)].map(([, values = '']) => {
        const value = (key: string): string => new RegExp(`\\b${key}="([^"]*)"`).exec(values)?.[1] ?? '';
        const bySize = value('distribution').split(' ').filter(Boolean).map(Number);
        return [value('name'), { probability: Number(value('probability')), bySize }];
      }),
    );
  }

  const chances = (answers: ReadonlyMap<string, Answer>): Map<string, number> =>
    new Map([...answers].map(([name, { probability }]) => [name, probability]));

  test.each(HARBOR)('gives the probabilities of Harbor, %s, without %j', (name, without) => {
    const model = harbor(name);
    const answers = scram(openPsaModel(model, without));
    expect(differences(solve(model, without), chances(answers), PRINTED)).toEqual([]);
  });

  test.each(['plan', 'before'])('counts the cut sets of Harbor, %s, as assess does', (name) => {
    const model = harbor(name);
    const answers = scram(openPsaModel(model));
    for (const journey of solve(model).journeys)
      for (const which of ['down', 'degraded'] as const)
        if (journey.modes.length > 1 || which === 'down')
          expect([journey.name, which, answers.get(`${journey.name}-${which}`)?.bySize]).toEqual([
            journey.name,
            which,
            journey[which].cutSets.byOrder,
          ]);
  });

  test('reads a model whose texts are hostile', () => {
    const store = new FormulaStore();
    const hostile = '"><x/>]]> -- <!-- & \u0000\n\t\ud800\uffff \u202e';
    const xml = writeModel({
      name: hostile,
      label: hostile,
      attributes: { says: hostile },
      store,
      roots: [
        { name: hostile, label: hostile, formula: store.or([store.variable(0), store.variable(1)]) },
        { name: hostile, label: ' ', formula: store.not(store.variable(1)) },
        { name: '', label: '', formula: FALSE },
        { name: '1', label: '\n', formula: TRUE },
      ],
      events: [0.25, 0.125].map((probability) => ({
        name: hostile,
        label: hostile,
        probability,
        attributes: { says: hostile, blank: ' ' },
      })),
    });
    expect(chances(scram(xml))).toEqual(topProbabilities(readOpenPsa(xml)));
    expect([...topProbabilities(readOpenPsa(xml)).values()]).toEqual([0.34375, 0.875, 0, 1]);
  });

  test('gives the probabilities of random plans', () => {
    const found: string[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const model = random(seed);
      for (const one of differences(solve(model), chances(scram(openPsaModel(model))), PRINTED))
        found.push(`seed ${seed}: ${one}`);
    }
    expect(found).toEqual([]);
  });
});
