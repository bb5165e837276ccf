import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lookup, RecordType } from '../../src/discover/crawl/crawl.ts';
import { crawlPlatform } from '../../src/discover/crawl/platform.ts';
import { Resolver } from '../../src/discover/crawl/dns/resolver.ts';
import { has } from '../parts/part.ts';
import { keysOf, startValidator, startZones, type NameServer } from '../parts/signed-zones.ts';

const LONG = Array.from(
  { length: 12 },
  (_, i) => `big 60 TXT "${String(i).padStart(2, '0')} ${'x'.repeat(200)}"`,
);
const HERE = has('knotd') && has('unbound') && has('kdig');

/** Real servers: Knot answers for three zones, one of which is signed, and Unbound asks it. */
describe.skipIf(!HERE)('of real servers', () => {
  let knot: NameServer;
  let unbound: NameServer;
  let resolver: Resolver;
  let authority: Resolver;

  beforeAll(async () => {
    knot = await startZones({
      example: {
        records: [
          '@ 60 NS ns1',
          'ns1 60 A 127.0.0.1',
          'harbor 60 NS ns1.harbor',
          'ns1.harbor 60 A 127.0.0.1',
        ],
      },
      'harbor.example': {
        isSigned: true,
        records: [
          '@ 300 NS ns1',
          '@ 60 A 104.16.1.1',
          '@ 60 A 104.16.1.2',
          '@ 60 MX 10 mail',
          '@ 60 TXT "v=spf1 -all"',
          '@ 60 CAA 0 issue "letsencrypt.org"',
          '@ 60 HTTPS 1 . alpn=h3,h2 ipv4hint=104.16.1.1',
          'ns1 60 A 127.0.0.1',
          'www 60 CNAME harbor.edge.example.',
          'loop 60 CNAME loop2',
          'loop2 60 CNAME loop',
          'gone 60 CNAME nothing.edge.example.',
          ...Array.from({ length: 20 }, (_, i) => `far${i} 60 CNAME far${i + 1}`),
          ...LONG,
        ],
      },
      'edge.example': {
        records: ['@ 60 NS ns1.harbor.example.', 'harbor 30 CNAME pool', 'pool 90 A 104.16.9.9'],
      },
    });
    const stubs = { example: knot, 'harbor.example': knot, 'edge.example': knot };
    unbound = await startValidator(stubs, keysOf(knot, 'harbor.example'));
    resolver = new Resolver([unbound]);
    authority = new Resolver([knot]);
  });
  afterAll(async () => {
    resolver?.close();
    authority?.close();
    await unbound?.stop();
    await knot?.stop();
  });

  test.each<[RecordType, string, readonly string[]]>([
    ['A', 'harbor.example', ['104.16.1.1', '104.16.1.2']],
    ['NS', 'harbor.example', ['ns1.harbor.example']],
    [
      'SOA',
      'harbor.example',
      [expect.stringMatching(/^ns1\.harbor\.example ops\.harbor\.example \d+ 3600 600 86400 60$/)],
    ],
    ['MX', 'harbor.example', ['10 mail.harbor.example']],
    ['TXT', 'harbor.example', ['"v=spf1 -all"']],
    ['CAA', 'harbor.example', ['0 issue "letsencrypt.org"']],
    ['HTTPS', 'harbor.example', ['1 . alpn="h3,h2" ipv4hint=104.16.1.1']],
    ['DNSKEY', 'harbor.example', [expect.stringMatching(/^257 3 13 \S+$/)]],
  ])('%s of %s is read, and was validated', async (type, name, records) => {
    expect(await resolver.lookUp(name, type)).toEqual({
      name,
      type,
      outcome: 'answered',
      chain: [],
      records,
      ttlSeconds: expect.any(Number),
      isAuthenticated: true,
    });
  });

  test('a chain from a signed zone into one that is not is followed, and was not validated', async () => {
    const found: Lookup = await resolver.lookUp('www.harbor.example', 'A');
    expect(found).toMatchObject({
      outcome: 'answered',
      chain: ['harbor.edge.example', 'pool.edge.example'],
      records: ['104.16.9.9'],
    });
    expect(found.ttlSeconds).toBeLessThanOrEqual(30);
    expect(found.isAuthenticated).toBeUndefined();
  });

  test('the same chain is followed where the server hands it out in parts', async () => {
    expect(await authority.lookUp('www.harbor.example', 'A')).toMatchObject({
      outcome: 'answered',
      chain: ['harbor.edge.example', 'pool.edge.example'],
      records: ['104.16.9.9'],
    });
  });

  test('what does not fit into a datagram is asked for over TCP', async () => {
    const found = await resolver.lookUp('big.harbor.example', 'TXT');
    expect(found.records).toHaveLength(LONG.length);
    expect((await authority.lookUp('big.harbor.example', 'TXT')).records).toEqual(found.records);
  });

  test('names that are not there, and types that they lack, are told apart', async () => {
    expect(await resolver.lookUp('none.harbor.example', 'A')).toMatchObject({ outcome: 'no-such-name' });
    expect(await resolver.lookUp('gone.harbor.example', 'A')).toMatchObject({
      outcome: 'no-such-name',
      chain: ['nothing.edge.example'],
    });
    expect(await resolver.lookUp('harbor.example', 'AAAA')).toMatchObject({
      outcome: 'empty',
      isAuthenticated: true,
    });
  });

  test('CNAMEs that lead in a circle, or too far, end as a loop', async () => {
    expect(await authority.lookUp('loop.harbor.example', 'A')).toMatchObject({ outcome: 'loop' });
    const far = await authority.lookUp('far0.harbor.example', 'A');
    expect(far).toMatchObject({ outcome: 'loop' });
    expect(far.chain).toHaveLength(17);
    expect(['loop', 'failed']).toContain((await resolver.lookUp('loop.harbor.example', 'A')).outcome);
  });

  test('a server that only points elsewhere, or refuses, is no resolver', async () => {
    const parent = await startZones({
      example: { records: ['@ 60 NS ns1', 'harbor 60 NS ns1.harbor', 'ns1.harbor 60 A 192.0.2.1'] },
    });
    const asked = new Resolver([parent]);
    try {
      expect(await asked.lookUp('www.harbor.example', 'A')).toMatchObject({ outcome: 'failed', records: [] });
      expect(await asked.lookUp('www.harbor.test', 'A')).toMatchObject({ outcome: 'refused' });
      // The other one answers.
      const both = new Resolver([parent, unbound]);
      for (let i = 0; i < 2; i++)
        expect(await both.lookUp('www.harbor.example', 'A')).toMatchObject({ records: ['104.16.9.9'] });
      both.close();
    } finally {
      asked.close();
      await parent.stop();
    }
  });

  test('a platform is crawled by its names', async () => {
    const crawl = await crawlPlatform(['harbor.example'], { resolver: [unbound], dnsOnly: true });
    expect(crawl.fetches).toEqual([]);
    expect(crawl.troubles).toEqual([]);
    const found = crawl.lookups
      .filter(({ outcome }) => outcome === 'answered')
      .map(({ name, type }) => `${name} ${type}`);
    expect(found).toEqual([
      'edge.example NS',
      'harbor.example A',
      'harbor.example NS',
      'harbor.example SOA',
      'harbor.example MX',
      'harbor.example TXT',
      'harbor.example CAA',
      'harbor.example HTTPS',
      'harbor.example DNSKEY',
      'ns1.harbor.example A',
      'www.harbor.example A',
    ]);
    expect(
      (await crawlPlatform(['harbor.example'], { resolver: [unbound], dnsOnly: true })).lookups.map(
        ({ name }) => name,
      ),
    ).toEqual(crawl.lookups.map(({ name }) => name));
  });
});
