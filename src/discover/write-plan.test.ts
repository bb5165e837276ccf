import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../catalog/load.ts';
import { parseDocument } from '../document/index.ts';
import { buildModel } from '../model/index.ts';
import { eachName, eachReference, parsePlan, requirementsOf, type Plan } from '../plan/index.ts';
import { crawlOf } from './crawls.corpus.ts';
import { draftEdges, type Draft } from './draft.ts';
import { loadFingerprints } from './fingerprints/load.ts';
import { discoverer, writePlan, type Crawl } from './index.ts';
import { scalar } from './write-plan.ts';

const data = join(import.meta.dirname, '..', '..', 'data');
const { catalog } = loadCatalog(data);
const { fingerprints } = loadFingerprints(join(data, 'fingerprints'));
const discover = discoverer(fingerprints, catalog);

/** What a reader of YAML or of a terminal could be misled by. */
const NASTY = [
  '\n',
  '\r\n',
  '\u2028',
  '\u0085',
  '\u0000',
  '\u001b[31m',
  '\u202e',
  '\ufeff',
  '\ud800',
  '"',
  "'",
  '#',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '&a',
  '*a',
  '!!x',
  '|',
  '>',
  '%',
  '@',
  '`',
  '\\',
  '\\n',
  '\t',
  '---',
  '...',
  '~',
  'null',
  'true',
  '1e3',
  '0x1f',
  '2026-01-01',
  '<<',
  'keelson: 2',
  '\n  evil: {needs: [x/y]}',
  '"}, evil: {a: "',
];
const nasty = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 12 }),
);
const text = fc.array(nasty, { maxLength: 4 }).map((parts) => parts.join(''));

describe('a text in a plan', () => {
  test('reads back as it is, on one line, whatever it is', () => {
    fc.assert(
      fc.property(text, (value) => {
        const written = scalar(value);
        expect(written).not.toMatch(/[\n\r\u2028\u2029\u0085]/);
        for (const place of [`- ${written}\n`, `[${written}, x]\n`, `{a: ${written}, b: x}\n`]) {
          const { root, problems } = parseDocument(place, 'x.yaml');
          expect(problems).toEqual([]);
          const read =
            root?.kind === 'list' ? root.items[0] : root?.kind === 'map' ? root.entries[0]?.value : undefined;
          expect(read).toMatchObject({ kind: 'scalar', text: value });
          // A word that means something without quotes has them.
          if (/^(?:null|true|false|~|[\d.]+)?$/i.test(value)) expect(read).toMatchObject({ plain: false });
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** Edges of a plan's own services. */
function edgesOf(plan: Plan): Set<string> {
  const edges = new Set<string>();
  for (const { name, value } of plan.services ?? [])
    for (const requirement of requirementsOf(value)) {
      eachReference(requirement, (to) => edges.add(`${name} ${to}`));
      eachName(requirement, (to) => edges.add(`${name} ${to}`));
    }
  for (const { name, value } of plan.providers ?? [])
    for (const { name: capability, value: offered } of value.capabilities ?? [])
      for (const { use } of offered.needs ?? []) edges.add(`${name}/${capability} ${use}`);
  return edges;
}

function readBack(draft: Draft): Plan {
  const { plan, problems } = parsePlan(writePlan(draft, catalog), 'x.yaml');
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (plan === undefined) throw new Error('Expected a plan.');
  const built = buildModel(plan, catalog);
  expect(built.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return plan;
}

const HOSTS = [
  'unpkg.com',
  'mainnet.infura.io',
  'x.auth0.com',
  'd1.cloudfront.net',
  'rpc.boba.network',
  'js.hcaptcha.com',
  'a.execute-api.us-east-1.amazonaws.com',
];
const RECORDS = [
  'ada.ns.cloudflare.com',
  'ns-1.awsdns-00.com',
  '104.16.1.1',
  '5.9.1.1',
  '> x.herokudns.com',
  '> a.us-east-1.elb.amazonaws.com',
  '1 aspmx.l.google.com',
  '"v=spf1 include:amazonses.com -all"',
];
const value = fc.oneof(text, fc.constantFrom(...RECORDS));
const crawl: fc.Arbitrary<Crawl> = fc
  .record({
    domains: fc.array(fc.oneof(fc.constant('example.test'), text), { minLength: 1, maxLength: 3 }),
    dns: fc.dictionary(
      fc.constantFrom(
        'example.test NS',
        'example.test A',
        'example.test MX',
        'example.test TXT',
        'example.test SOA',
        'www.example.test A',
        'status.example.test A',
        'unpkg.com A',
      ),
      fc.array(value, { maxLength: 3 }),
      { noNullPrototype: true },
    ),
    headers: fc.array(
      fc.tuple(fc.constantFrom('server', 'cf-ray', 'x-amz-cf-id', 'set-cookie', 'via', 'x-iinfo'), text),
      { maxLength: 4 },
    ),
    names: fc.array(
      fc.tuple(
        fc.constantFrom('script', 'endpoint', 'policy'),
        fc.oneof(fc.constantFrom(...HOSTS), text),
        text,
      ),
      { maxLength: 5 },
    ),
    issuer: fc.oneof(text, fc.constantFrom("Let's Encrypt", 'Amazon')),
  })
  .map(({ domains, dns, headers, names, issuer }) => {
    const made = crawlOf({
      domains,
      dns,
      pages: { 'https://example.test/': { issuer, statusHosts: ['r10.o.lencr.org'] } },
    });
    const [page] = made.fetches;
    if (page === undefined) return made;
    const references = names.map(
      ([kind, host, path]) => ({ kind, host, path: `/${path}`, where: 'html' }) as const,
    );
    return { ...made, fetches: [{ ...page, headers, references }] };
  });

test('whatever a crawl holds, its plan loads and says the edges of the draft, and no others of its services', () => {
  fc.assert(
    fc.property(crawl, (made) => {
      const { draft } = discover(made, { kind: 'exchange' });
      const edges = edgesOf(readBack(draft));
      const drafted = draftEdges(draft).map(({ from, to }) => `${from} ${to}`);
      expect([...edges]).toEqual(expect.arrayContaining(drafted));
      const ofServices = (all: readonly string[]): string[] =>
        all.filter((edge) => !edge.split(' ')[0]?.includes('/')).sort();
      expect(ofServices([...edges])).toEqual(ofServices(drafted));
    }),
    { numRuns: 40 },
  );
});

test('comments and notes of a draft cannot become anything else', () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      const { draft } = discover(crawlOf({ dns: { 'example.test NS': ['ada.ns.cloudflare.com'] } }));
      const worse: Draft = {
        ...draft,
        name: one === '' ? 'x' : one,
        comments: [one, other],
        services: draft.services.map((service) => ({
          ...service,
          comments: [other],
          ...(one === '' ? {} : { note: one }),
          evidence: service.evidence.map((evidence) => ({
            ...evidence,
            ...(other === '' ? {} : { note: other }),
          })),
        })),
      };
      const plan = readBack(worse);
      expect(plan.platform.name).toBe(worse.name);
      expect(plan.services?.map(({ name }) => name)).toEqual(worse.services.map(({ name }) => name));
      expect(plan.services?.[0]?.value.evidence?.[0]?.note).toBe(worse.services[0]?.evidence[0]?.note);
    }),
    { numRuns: 40 },
  );
});
