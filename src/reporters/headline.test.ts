import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assess } from '../assess/index.ts';
import { loadCatalog } from '../catalog/load.ts';
import { buildModel } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { headlineOf } from './headline.ts';

const root = join(import.meta.dirname, '..', '..');
const { catalog } = loadCatalog(join(root, 'data'));

function says(name: string, ...without: string[]): string[] {
  const file = join(root, 'examples', 'harbor', name);
  const { plan } = parsePlan(readFileSync(file, 'utf8'), file);
  const { model } = plan === undefined ? { model: undefined } : buildModel(plan, catalog);
  if (model === undefined) throw new Error(`${file} is no plan`);
  return headlineOf(assess(model, { without, advice: false })).map((pieces) =>
    pieces.map(({ text }) => text).join(''),
  );
}

test('providers that take everything down come first, then single points', () => {
  expect(says('before.yaml')).toEqual([
    'Two providers each take everything down: aws, cloudflare (all 4 journeys, 440k USD an hour).',
    '4 journeys of 4 hang on single points; the one that costs most time is aws/dynamodb@us-east-1: 53 m a year.',
  ]);
});

test('what is down already is said, and of the rest what takes it down', () => {
  expect(says('plan.yaml', 'identity')).toEqual([
    'withdraw is down already.',
    'No single failure takes a journey down. The likeliest way down is cloudflare/cdn with edge:standby-2: login, 1 m 53 s a year.',
  ]);
  expect(says('before.yaml', 'identity')).toEqual([
    'login, trade, withdraw are down already.',
    'Two providers each take all that is left down: aws, cloudflare (market-data, 30k USD an hour).',
    '1 journey of 4 hangs on single points; the one that costs most time is aws@us-east-1: 37 m a year.',
  ]);
});

test('where nothing is left, no more is said', () => {
  expect(says('before.yaml', 'cloudflare')).toEqual(['Everything (all 4 journeys) is down already.']);
});
