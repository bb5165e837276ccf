import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCatalog } from '../catalog/load.ts';
import { buildModel } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { crawlOf } from './crawls.corpus.ts';
import { loadFingerprints } from './fingerprints/load.ts';
import { combineDrafts, discoverer, hostMatcher, knownProviders, readHar, writePlan } from './index.ts';

const data = join(import.meta.dirname, '..', '..', 'data');
const { catalog } = loadCatalog(data);
const { fingerprints } = loadFingerprints(join(data, 'fingerprints'));

const har = JSON.stringify({
  log: {
    version: '1.2',
    pages: [],
    entries: ['https://quay.test/', 'https://mainnet.infura.io/v3/x', 'https://unpkg.com/vue'].map((url) => ({
      startedDateTime: '2026-11-20T12:00:00Z',
      request: { method: 'GET', url, headers: [] },
      response: { status: 200, headers: [], content: { mimeType: 'text/html', size: 1 } },
      _resourceType: 'fetch',
    })),
  },
});

test('what was seen and what a file says are one plan, with the journeys of both', () => {
  const seen = discoverer(fingerprints, catalog)(
    crawlOf({
      domains: ['quay.test'],
      dns: { 'quay.test NS': ['ada.ns.cloudflare.com'], 'unpkg.com A': ['104.17.1.1'] },
      pages: { 'https://quay.test/': { names: ['script unpkg.com/vue'] } },
    }),
    { kind: 'wallet' },
  ).draft;
  const read = readHar(har, 'quay.har', {
    asOf: '2026-11-20',
    catalog,
    matchHost: hostMatcher(fingerprints, catalog),
    providers: knownProviders(fingerprints, catalog),
  });
  if (read.draft === undefined) throw new Error(JSON.stringify(read.problems));
  const draft = combineDrafts(seen, [read.draft]);
  expect([draft.name, draft.kind]).toEqual(['quay.test', 'wallet']);
  expect(draft.journeys.map(({ name }) => name)).toEqual([
    ...seen.journeys.map(({ name }) => name),
    ...read.draft.journeys.map(({ name }) => name),
  ]);
  const { plan, problems } = parsePlan(writePlan(draft, catalog), 'x.yaml');
  expect(problems).toEqual([]);
  if (plan === undefined) throw new Error('Expected a plan.');
  expect(buildModel(plan, catalog).problems).toEqual([]);
  // The need that was seen is kept where both declare the capability.
  const unpkg = plan.providers?.find(({ name }) => name === 'unpkg')?.value.capabilities?.[0]?.value;
  expect(unpkg?.needs?.map(({ use }) => use)).toContain('cloudflare/cdn');
});

test('of what was seen alone nothing is changed', () => {
  const seen = discoverer(fingerprints, catalog)(crawlOf({})).draft;
  expect(combineDrafts(seen, [])).toBe(seen);
});
