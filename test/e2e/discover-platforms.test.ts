import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assess } from '../../src/assess/index.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { crawlPlatform } from '../../src/discover/crawl/platform.ts';
import { discoverer, writePlan, type Crawl, type Discovery } from '../../src/discover/index.ts';
import { loadFingerprints } from '../../src/discover/fingerprints/load.ts';
import { draftEdges } from '../../src/discover/draft.ts';
import { PARTS } from '../../src/discover/result.ts';
import { buildModel, type Model } from '../../src/model/index.ts';
import { parsePlan } from '../../src/plan/index.ts';
import { hasDiscoveredWorld, startDiscoveredWorld, type DiscoveredWorld } from '../parts/discovered-world.ts';
import { readBeneath, type Fixture } from '../parts/discovered-world-fixtures.ts';
import { precisionPage } from '../parts/discovered-world-page.ts';
import {
  compareClaims,
  figuresOf,
  inventedShareOf,
  recallOf,
  score,
  type Compared,
  type Score,
} from '../parts/discovered-world-score.ts';
import { dnsProxy } from '../parts/dns-proxy.ts';

const root = join(import.meta.dirname, '../..');
const { catalog } = loadCatalog(join(root, 'data'));
const { fingerprints } = loadFingerprints(join(root, 'data/fingerprints'));
const discover = discoverer(fingerprints, catalog);

/** Of platforms that are crawled side by side: what they wait for is a busy machine, not a network. */
const AT_ONCE = 6;

interface Found {
  readonly fixture: Fixture;
  readonly crawl: Crawl;
  readonly discovery: Discovery;
  readonly plan: string;
}

describe.skipIf(!hasDiscoveredWorld())('discovering platforms that are known', () => {
  let world: DiscoveredWorld;
  let found: readonly Found[] = [];
  let scores: readonly Score[] = [];
  let beneath: Compared;

  const crawl = (fixture: Fixture, resolver = world.resolver): Promise<Crawl> =>
    crawlPlatform(fixture.domains, {
      resolver: [resolver],
      connect: world.connect,
      authorities: world.authority,
      bounds: { gapMs: 0 },
    });

  const find = async (fixture: Fixture, resolver = world.resolver): Promise<Found> => {
    const crawled = await crawl(fixture, resolver);
    const discovery = discover(crawled, { kind: fixture.kind });
    return { fixture, crawl: crawled, discovery, plan: writePlan(discovery.draft, catalog) };
  };

  beforeAll(async () => {
    world = await startDiscoveredWorld();
    const results: Found[] = [];
    const waiting = world.fixtures.entries();
    const work = async (): Promise<void> => {
      for (const [i, fixture] of waiting) results[i] = await find(fixture);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    found = results;
    const below = readBeneath();
    beneath = compareClaims(beneathOf(found), below.edges, below.may);
    scores = found.map(({ fixture, discovery }) => score(fixture, claimsOf(discovery)));
    // Ten seconds where nothing else is done.
  }, 120_000);
  afterAll(() => world?.stop());

  const named = (name: string): Found => {
    const one = found.find(({ fixture }) => fixture.name === name);
    if (one === undefined) throw new Error(`Expected a platform ${name}.`);
    return one;
  };

  test('every plan loads, is solved and is not empty', () => {
    for (const { fixture, plan } of found) {
      const model = modelOf(plan, fixture.name);
      const answer = assess(model, { catalog });
      expect(answer.journeys.length, fixture.name).toBeGreaterThan(0);
      expect(answer.events.length, fixture.name).toBeGreaterThan(0);
      for (const journey of answer.journeys) {
        expect(journey.down.probability, fixture.name).toBeGreaterThan(0);
        expect(journey.down.probability, fixture.name).toBeLessThan(1);
      }
    }
  });

  test('what the plan says is what the dependences say, but for hints', () => {
    for (const { fixture, discovery } of found) {
      const strong = discovery.dependences
        .filter(({ strength, of }) => strength !== 'weak' && !of.includes('/'))
        .map(({ part, on }) => `${part} ${on}`);
      for (const claim of claimsOf(discovery)) expect(strong, fixture.name).toContain(claim);
    }
  });

  test('of the true edges of all platforms at least 95 % are in the plans, and at most 2 % of edges are invented', () => {
    const tuned = scores.filter(({ fixture }) => !fixture.isHeldOut);
    for (const some of [tuned, scores]) {
      expect(recallOf(figuresOf(some)), told(some)).toBeGreaterThanOrEqual(0.95);
      expect(inventedShareOf(figuresOf(some)), told(some)).toBeLessThanOrEqual(0.02);
    }
  });

  test('of what providers stand on themselves at least 90 % is in the plans, and at most 2 % is invented', () => {
    expect(recallOf(figuresOf([beneath])), beneath.missed.join('\n')).toBeGreaterThanOrEqual(0.9);
    expect(inventedShareOf(figuresOf([beneath])), beneath.invented.join('\n')).toBeLessThanOrEqual(0.02);
  });

  test('nothing that would be wrong is claimed; of those held out, the page says what is', () => {
    const tuned = scores.filter(({ fixture }) => !fixture.isHeldOut);
    expect(tuned.flatMap(({ fixture, wrong }) => wrong.map((edge) => `${fixture.name}: ${edge}`))).toEqual(
      [],
    );
  });

  test('unknown parts and remarks are said where they matter', () => {
    for (const { fixture, discovery } of found) {
      const { remarks = [], unknown = [] } = fixture.truth;
      const codes = discovery.reading.map(({ code }) => code);
      expect(codes, fixture.name).toEqual(expect.arrayContaining([...remarks]));
      for (const code of fixture.truth['not-remarks'] ?? []) expect(codes, fixture.name).not.toContain(code);
      const untold = discovery.unknown.map(({ part }) => part);
      expect(untold, fixture.name).toEqual(expect.arrayContaining([...unknown]));
    }
  });

  test('signals contradict each other, and an origin lies open, nowhere but where it is so', () => {
    const tuned = found.filter(({ fixture }) => !fixture.isHeldOut);
    for (const { fixture, discovery } of tuned) {
      const contradicted = discovery.contradictions.map(({ part }) => part);
      expect([...new Set(contradicted)], fixture.name).toEqual(fixture.truth.contradictions ?? []);
      const isOpen = discovery.reading.some(({ code }) => code === 'origin-exposed');
      expect(isOpen, fixture.name).toBe(fixture.truth.remarks?.includes('origin-exposed') ?? false);
    }
  });

  test('docs/discover-precision.md is what the crawls give', () => {
    const file = join(root, 'docs/discover-precision.md');
    const page = precisionPage(scores, beneath);
    if (process.env.KEELSON_GOLDEN === 'write') writeFileSync(file, page);
    expect(page).toBe(readFileSync(file, 'utf8'));
  });

  test('sites were asked with GET and HEAD, for what is theirs, and for robots.txt first', () => {
    const asked = world.arrived();
    expect(asked.filter((one) => !/^(?:GET|HEAD) /.test(one))).toEqual([]);
    for (const { fixture } of found) {
      const host = new URL(`https://${fixture.domains[0]}`).host;
      const ofHost = asked.filter((one) => one.endsWith('/robots.txt') && one.includes(`//${host}/`));
      expect(ofHost, fixture.name).toHaveLength(1);
    }
  });

  test('the same platform crawled through a resolver that truncates is the same platform', async () => {
    const { fixture, plan, crawl: before } = named('long-text');
    const proxy = await dnsProxy(world.resolver);
    try {
      await proxy.set('dns_truncate');
      const again = await find(fixture, { host: '127.0.0.1', port: proxy.port });
      expect(again.crawl.lookups.map(answerOf)).toEqual(before.lookups.map(answerOf));
      expect(undated(again.plan)).toBe(undated(plan));
    } finally {
      await proxy.close();
    }
  });

  test('a resolver that gives 127.0.0.1 for everything leads nowhere, and the plan still loads', async () => {
    const { fixture } = named('cloudflare-proxied');
    const proxy = await dnsProxy(world.resolver);
    try {
      await proxy.set('dns_answer', { addresses: ['127.0.0.1', '::1'] });
      const before = world.arrived().length;
      const {
        crawl: crawled,
        discovery,
        plan,
      } = await find(fixture, { host: '127.0.0.1', port: proxy.port });
      expect(world.arrived().length).toBe(before);
      expect(crawled.troubles.map(({ code }) => code)).toContain('private-address');
      expect(claimsOf(discovery)).toContain('names cloudflare/dns');
      expect(claimsOf(discovery)).not.toContain('edge cloudflare/cdn');
      modelOf(plan, fixture.name);
    } finally {
      await proxy.close();
    }
  });
});

/** What the plan claims of the platform: `part provider/capability[@scope]`, each once. */
function claimsOf({ draft }: Discovery): string[] {
  const parts = new Set<string>(PARTS);
  const claims = draftEdges(draft).flatMap(({ from, to }) =>
    parts.has(from) && to.includes('/') ? [`${from} ${to}`] : [],
  );
  return [...new Set(claims)];
}

/** What the plans claim that providers stand on: `provider/capability provider/capability[@scope]`, each once. */
function beneathOf(found: readonly Found[]): string[] {
  const claims = found.flatMap(({ discovery }) =>
    draftEdges(discovery.draft).flatMap(({ from, to }) => (from.includes('/') ? [`${from} ${to}`] : [])),
  );
  return [...new Set(claims)];
}

/** @throws what is wrong with the plan */
function modelOf(text: string, name: string): Model {
  const { plan, problems } = parsePlan(text, `${name}.yaml`);
  expect(
    problems.filter(({ severity }) => severity === 'error'),
    `${name}\n${text}`,
  ).toEqual([]);
  if (plan === undefined) throw new Error(`Expected the plan of ${name} to load.`);
  const built = buildModel(plan, catalog);
  expect(
    built.problems.filter(({ severity }) => severity === 'error'),
    `${name}\n${text}`,
  ).toEqual([]);
  if (built.model === undefined) throw new Error(`Expected the plan of ${name} to have a model.`);
  return built.model;
}

function told(scores: readonly Score[]): string {
  return scores
    .flatMap(({ fixture, missed, invented }) => [
      ...missed.map((edge) => `${fixture.name} missed ${edge}`),
      ...invented.map((edge) => `${fixture.name} invented ${edge}`),
    ])
    .join('\n');
}

/** Without what counts down. */
function answerOf({ ttlSeconds, ...answer }: Crawl['lookups'][number]): unknown {
  return answer;
}

const undated = (text: string): string => text.replaceAll(/\d{4}-\d\d-\d\d(?:T[\d:]+Z)?/g, '');
