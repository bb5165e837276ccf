import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parsePlan, planJsonSchema } from './index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(
  planJsonSchema(),
);

const plans = [
  ...['examples/harbor', 'examples/public', 'test/cli/warned'].flatMap((folder) =>
    readdirSync(`${root}${folder}`)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => `${folder}/${name}`),
  ),
  'data/starter.yaml',
  'test/cli/accepted/plan.json',
  'test/cli/accepted/quantities-of-every-unit.yaml',
];

describe('the JSON Schema of plans', () => {
  test('finds plans to be held against', () => {
    expect(plans.length).toBeGreaterThan(12);
  });

  test.each(plans)('accepts %s', (file) => {
    const accepted = validate(load(readFileSync(`${root}${file}`, 'utf8')));
    expect(validate.errors ?? []).toEqual([]);
    expect(accepted).toBe(true);
  });

  const body = (more: string): string =>
    `keelson: 1\nplatform: {name: P, asOf: 2026-11-01}\njourneys: {j: {modes: {m: {needs: s}}}}\n${more}`;

  test('accepts the plan that the wrong ones below are made from', () => {
    expect(validate(load(body('services: {s: {}}')))).toBe(true);
  });

  test.each([
    ['another version', body('').replace('keelson: 1', 'keelson: 2')],
    ['no platform', 'keelson: 1\njourneys: {j: {modes: {m: {needs: s}}}}'],
    ['no journeys', 'keelson: 1\nplatform: {name: P, asOf: 2026-11-01}'],
    ['a journey without modes', body('').replace('modes: {m: {needs: s}}', 'modes: {}')],
    ['a mode without needs', body('').replace('needs: s', 'worth: 100%')],
    ['an unknown key', body('service: {}')],
    ['an unknown key of a service', body('services: {s: {need: a}}')],
    ['a bad name', body('services: {S: {}}')],
    ['a rate without time', body('services: {s: {outages: {rate: 3, mean: 2h}}}')],
    ['a share as a number', body('services: {s: {any: [a, {use: b, ready: 0.95}]}}')],
    ['an unknown protection', body('services: {s: {protects: [firewall]}}')],
    ['an unknown form of requirement', body('services: {s: {needs: {some: [a]}}}')],
    ['a service of a wrong type', body('services: {s: 5}')],
  ])('refuses %s, as the reader does', (_, text) => {
    expect(validate(load(text))).toBe(false);
    expect(parsePlan(text, 'f').plan).toBeUndefined();
  });

  test('describes every property', () => {
    const missing: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key === 'properties' && typeof value === 'object' && value !== null)
          for (const [name, property] of Object.entries(value as Record<string, { description?: string }>))
            if ((property.description ?? '') === '') missing.push(`${path}/${name}`);
        walk(value, `${path}/${key}`);
      }
    };
    walk(planJsonSchema(), '');
    expect(missing).toEqual([]);
  });
});
