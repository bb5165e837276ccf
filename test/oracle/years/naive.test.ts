/** The opponent of the bench must do the same work: another simulation of the same years, which shares nothing with ours but the model. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { simulateNaively } from '../../../bench/naive-simulation.js';
import { loadCatalog } from '../../../src/catalog/load.ts';
import { buildModel } from '../../../src/model/index.ts';
import { parsePlan } from '../../../src/plan/index.ts';
import { simulateYears } from '../../../src/replay/index.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const RUNS = 20;
const YEARS = 250;

test('years of Harbor are those of the naive simulation, within what chance makes of both', () => {
  const file = join(root, 'examples', 'harbor', 'plan.yaml');
  const { catalog } = loadCatalog(join(root, 'data'));
  const { plan } = parsePlan(readFileSync(file, 'utf8'), file);
  if (plan === undefined) throw new Error('Harbor is no plan.');
  const { model } = buildModel(plan, catalog);
  if (model === undefined) throw new Error('Harbor has no model.');
  const figuresOf = (seed: number): { ours: number[]; theirs: number[] } => ({
    ours: simulateYears(model, { years: YEARS, seed, sigma: 1 }).journeys.flatMap(
      ({ down, degraded, outagesPerYear, loss }) => [
        down.mean,
        degraded.mean,
        outagesPerYear.mean,
        loss?.mean ?? 0,
      ],
    ),
    theirs: simulateNaively(model, YEARS, seed, 1).journeys.flatMap(
      ({ downHoursPerYear, degradedHoursPerYear, outagesPerYear, lossPerYear }) => [
        downHoursPerYear,
        degradedHoursPerYear,
        outagesPerYear,
        lossPerYear ?? 0,
      ],
    ),
  });
  const runs = Array.from({ length: RUNS }, (_, i) => figuresOf(i + 1));
  const names = model.journeys.flatMap(({ name }) =>
    ['down', 'degraded', 'outages', 'loss'].map((figure) => `${name} ${figure}`),
  );
  const off = names.flatMap((name, i) => {
    const ours = estimate(runs.map((one) => one.ours[i] ?? 0));
    const theirs = estimate(runs.map((one) => one.theirs[i] ?? 0));
    const errors = Math.abs(ours.mean - theirs.mean) / Math.hypot(ours.error, theirs.error, 1e-9);
    return errors < 3.5 ? [] : [`${name}: ${ours.mean} and ${theirs.mean}, ${errors} standard errors apart`];
  });
  expect(names.length).toBe(16);
  expect(off).toEqual([]);
});

function estimate(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}
