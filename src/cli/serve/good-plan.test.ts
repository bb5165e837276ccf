import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GoodPlan } from './good-plan.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-good-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what is kept is there again, whole', () => {
  new GoodPlan(join(folder, 'gateway'), 'plan.yaml').keep('keelson: 1\n', 0, null);
  expect(new GoodPlan(join(folder, 'gateway'), 'plan.yaml').load()).toMatchObject({
    at: '1970-01-01T00:00:00.000Z',
    text: 'keelson: 1\n',
  });
});

test('the plan of another file is none of this one', () => {
  new GoodPlan(folder, 'plan.yaml').keep('keelson: 1\n', 0, null);
  expect(new GoodPlan(folder, 'other.yaml').load()).toBeUndefined();
});

test('what is damaged or cut anywhere is none', () => {
  const good = new GoodPlan(folder, 'plan.yaml');
  good.keep('keelson: 1\n', 0, null);
  const path = join(folder, 'plan.json');
  const whole = readFileSync(path);
  for (let bytes = 0; bytes < whole.length; bytes++) {
    writeFileSync(path, whole.subarray(0, bytes));
    expect(good.load()).toBeUndefined();
  }
  writeFileSync(path, whole.toString().replace('keelson: 1', 'keelson: 2'));
  expect(good.load()).toBeUndefined();
});
