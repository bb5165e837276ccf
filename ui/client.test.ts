import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCatalog } from '../src/catalog/load.ts';
import { parsePlan } from '../src/plan/index.ts';
import type { ReportData } from '../src/reporters/html.ts';
import { EngineClient } from './client.ts';

const root = join(import.meta.dirname, '..');
const { catalog, incidents } = loadCatalog(join(root, 'data'));
const { plan } = parsePlan(readFileSync(join(root, 'examples/harbor/plan.yaml'), 'utf8'), 'plan.yaml');
// As much of a page's data as the engine reads.
const DATA = { plans: [{ plan, problems: [] }], catalog, incidents, options: {} } as unknown as ReportData;

const OF = { plan: 0, changes: [] };
const without = (...names: string[]) => ({ kind: 'assess', of: OF, without: names }) as const;
const failedIn = async (asked: Promise<{ readonly without: readonly string[] } | undefined>) =>
  (await asked)?.without;

/** Without a worker, as in Node, the client answers by itself: with the engine that the worker has. */
test('who asks anew gives up what he asked before, and what others wait for stays', async () => {
  const client = new EngineClient(DATA, '');
  const [map, page, hasty] = [{}, {}, {}];
  const busy = client.ask({ kind: 'model', of: OF }, {});
  const asItIs = client.ask(without(), map);
  const first = client.ask(without('aws'), hasty);
  const failed = client.ask(without('cloudflare'), page);
  const shared = client.ask(without('identity'), page);
  const joined = client.ask(without('identity'), hasty);
  expect(await busy).toBeDefined();
  expect(await failedIn(asItIs)).toEqual([]);
  expect(await failedIn(shared)).toEqual(['identity']);
  expect(await joined).toBe(await shared);
  expect([await first, await failed]).toEqual([undefined, undefined]);
});

test('what was given up is answered when it is asked again', async () => {
  const client = new EngineClient(DATA, '');
  const asker = {};
  const busy = client.ask({ kind: 'model', of: OF }, {});
  const given = client.ask(without('aws'), asker);
  const last = client.ask(without('cloudflare'), asker);
  const again = client.ask(without('aws'), {});
  expect(await given).toBeUndefined();
  expect(await failedIn(last)).toEqual(['cloudflare']);
  expect(await failedIn(again)).toEqual(['aws']);
  await busy;
});
