import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answersOf, startDnsAnswers, type DnsAnswers } from '../../../test/parts/dns-answers.ts';
import type { Crawl } from './crawl.ts';
import { crawlPlatform, USER_AGENT, type CrawlOptions } from './platform.ts';

const ZONE = [
  'harbor.example 60 A 104.16.1.1',
  'harbor.example 60 NS ns1.names.example',
  'harbor.example 60 TXT v=spf1 -all',
  'www.harbor.example 60 CNAME site.edge.example',
  'site.edge.example 60 A 104.16.1.2',
  'edge.example 60 NS ns9.others.example',
  'app.harbor.example 60 CNAME site.edge.example',
  'status.harbor.example 60 CNAME pages.status.example',
  'pages.status.example 60 A 104.16.3.3',
  'cdn.other.example 60 A 104.16.4.4',
  'other.example 60 NS ns.other.example',
  'rpc.harbor.example 60 CNAME nodes.rented.example',
  'nodes.rented.example 60 A 104.16.5.5',
  'rented.example 60 NS ns.rented.example',
  'ns1.names.example 60 A 104.16.2.2',
  'names.example 60 NS ns1.names.example',
];
const PAGES: Readonly<Record<string, string>> = {
  '/': '<script src="/static/vendor.js?v=1"></script><script src="/static/main.js"></script><script src="https://cdn.other.example/x.js"></script>',
  '/static/main.js': 'fetch("https://rpc.harbor.example/v1/mainnet")',
};

let dns: DnsAnswers;
let site: Server;
let asked: string[] = [];
beforeAll(async () => {
  dns = await startDnsAnswers(answersOf(ZONE));
  site = createServer(({ url = '', method, headers }, response) => {
    asked.push(`${method} ${headers.host}${url}`);
    const body = PAGES[url];
    response.setHeader('content-type', url.endsWith('.js') ? 'text/javascript' : 'text/html');
    // Answers come in another order each time.
    setTimeout(() => response.writeHead(body === undefined ? 404 : 200).end(body), 5 * Math.random());
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  for (const server of [dns, ...open]) await server.close();
  await new Promise<void>((resolve) => site.close(() => resolve()));
});

const open: DnsAnswers[] = [];
async function served(zone: readonly string[]): Promise<DnsAnswers> {
  const server = await startDnsAnswers(answersOf(zone));
  open.push(server);
  return server;
}

/** Nothing listens for HTTPS: the site is read over HTTP. */
function crawl(domains: readonly string[], options: Partial<CrawlOptions> = {}): Promise<Crawl> {
  asked = [];
  const { port } = site.address() as AddressInfo; // it listens on TCP
  return crawlPlatform(domains, {
    resolver: [dns],
    connect: () => ({ host: '127.0.0.1', port }),
    now: () => new Date('2026-11-01T12:00:00.500Z'),
    bounds: { gapMs: 0 },
    ...options,
  });
}

test('a platform is looked at from its names to what its scripts call', async () => {
  const found = await crawl(['Harbor.example.']);
  expect(found).toMatchObject({ domains: ['harbor.example'], at: '2026-11-01T12:00:00Z' });
  const page = found.fetches.find(({ url, method }) => url === 'http://harbor.example/' && method === 'GET');
  expect(page?.references?.map(({ host, path }) => host + path)).toEqual([
    'harbor.example/static/vendor.js',
    'harbor.example/static/main.js',
    'cdn.other.example/x.js',
  ]);
  const bundle = found.fetches.find(({ url }) => url.endsWith('/main.js'));
  expect(bundle).toMatchObject({
    purpose: 'bundle',
    references: [{ kind: 'endpoint', host: 'rpc.harbor.example', path: '/v1/mainnet', where: 'bundle' }],
  });
  expect(found.fetches.map(({ url }) => url)).toContain('http://harbor.example/static/vendor.js?…');
  expect(asked).toContain('GET harbor.example/static/vendor.js?v=1');
  // Scripts of others are theirs.
  expect(asked.filter((one) => one.includes('other.example'))).toEqual([]);
  const records = new Map(
    found.lookups.map(({ name, type, chain, records: all }) => [`${name} ${type}`, [...chain, ...all]]),
  );
  for (const [question, answer] of [
    ['www.harbor.example A', ['site.edge.example', '104.16.1.2']],
    ['edge.example NS', ['ns9.others.example']],
    ['ns1.names.example A', ['104.16.2.2']],
    ['names.example NS', ['ns1.names.example']],
    ['cdn.other.example A', ['104.16.4.4']],
    ['other.example NS', ['ns.other.example']],
    ['rpc.harbor.example A', ['nodes.rented.example', '104.16.5.5']],
    ['rented.example NS', ['ns.rented.example']],
    ['status.harbor.example A', ['pages.status.example', '104.16.3.3']],
  ] as const)
    expect(records.get(question)).toEqual(answer);
});

test('a crawl is the same whichever answer comes first', async () => {
  const withoutDates = ({ fetches, ...rest }: Crawl) => ({
    ...rest,
    fetches: fetches.map(({ headers: _, ...one }) => one),
  });
  const first = withoutDates(await crawl(['harbor.example', 'app.harbor.example']));
  for (let i = 0; i < 3; i++)
    expect(withoutDates(await crawl(['harbor.example', 'app.harbor.example']))).toEqual(first);
});

test('each question and each URL is asked once', async () => {
  dns.asked.length = 0;
  await crawl(['harbor.example', 'app.harbor.example']);
  expect(new Set(dns.asked).size).toBe(dns.asked.length);
  expect(new Set(asked).size).toBe(asked.length);
});

test('a domain without an address of its own is read at www', async () => {
  const found = await crawl(['other.example'], {
    resolver: [await served(['www.other.example 60 A 104.16.1.1'])],
  });
  expect(found.fetches.map(({ url }) => url)).toContain('http://www.other.example/');
});

test('nothing is fetched where only names are asked for', async () => {
  const found = await crawl(['harbor.example'], { dnsOnly: true });
  expect(found.fetches).toEqual([]);
  expect(asked).toEqual([]);
  expect(found.lookups.length).toBeGreaterThan(10);
});

test('how far it is said', async () => {
  const steps: string[] = [];
  await crawl(['harbor.example'], { onProgress: ({ step }) => void steps.push(step) });
  expect(steps).toEqual(['names', 'pages', 'others']);
});

test.each([
  'https://harbor.example/',
  'localhost',
  '127.0.0.1',
  'com',
  'harbor.example:443',
  '',
  'a\u0000.example',
])('%j is no domain', async (domain) => {
  await expect(crawl([domain])).rejects.toMatchObject({ code: 'not-a-domain' });
});

test('authorities that cannot be read, and no resolver at all, are said before anything is asked', async () => {
  await expect(crawl(['harbor.example'], { authorities: 'nothing' })).rejects.toMatchObject({
    code: 'authority-unusable',
  });
  await expect(crawl(['harbor.example'], { resolver: [] })).rejects.toMatchObject({ code: 'no-resolver' });
});

test('who asks, and how to opt out, is said in every request', () => {
  expect(USER_AGENT).toMatch(/^keelson .*robots\.txt/);
});
