import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assess } from '../assess/index.ts';
import { loadCatalog } from '../catalog/load.ts';
import { buildModel } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import type { PageReference } from './crawl/crawl.ts';
import { crawlOf, type CrawlWords } from './crawls.corpus.ts';
import { loadFingerprints } from './fingerprints/load.ts';
import { discoverer, writePlan, type Discovery } from './index.ts';

const data = join(import.meta.dirname, '..', '..', 'data');
const { catalog } = loadCatalog(data);
const { fingerprints } = loadFingerprints(join(data, 'fingerprints'));
const discover = discoverer(fingerprints, catalog);
const found = (words: CrawlWords): Discovery => discover(crawlOf(words));

/** `part on`, of the platform itself, hints left out. */
function edgesOf({ dependences }: Discovery): string[] {
  const sure = dependences.filter(({ of, strength }) => !of.includes('/') && strength !== 'weak');
  return [...new Set(sure.map(({ part, on }) => `${part} ${on}`))];
}

const site = (headers: readonly string[], address = '192.0.2.7'): CrawlWords => ({
  dns: { 'example.test A': [address] },
  pages: { 'https://example.test/': { address, headers } },
});
const alias = (...names: readonly string[]): CrawlWords => ({
  dns: { 'example.test A': [...names.map((name) => `> ${name}`), '192.0.2.7'] },
});

describe('a vendor is known', () => {
  test.each<[string, CrawlWords, readonly string[]]>([
    ['Cloudflare by address', site([], '104.16.1.1'), ['edge cloudflare/cdn']],
    ['Cloudflare Pages', alias('quay.pages.dev'), ['hosting cloudflare/pages']],
    ['CloudFront', alias('d1.cloudfront.net'), ['edge aws/cloudfront']],
    [
      'a load balancer with its region',
      alias('a-1.eu-west-1.elb.amazonaws.com'),
      ['hosting aws/load-balancer@eu-west-1'],
    ],
    ['a load balancer by its cookie', site(['Set-Cookie: AWSALB=x; Path=/']), ['hosting aws/load-balancer']],
    [
      'S3 by the region in a header',
      site(['x-amz-bucket-region: eu-central-1']),
      ['hosting aws/s3@eu-central-1'],
    ],
    ['Fastly', alias('x.map.fastly.net'), ['edge fastly/cdn']],
    ['Akamai', alias('www.example.test.edgekey.net', 'e1.a.akamaiedge.net'), ['edge akamai/cdn']],
    ['Akamai by a header', site(['Akamai-GRN: 0.1']), ['edge akamai/cdn']],
    ['Azure Front Door', alias('x.z01.azurefd.net'), ['edge azure/front-door']],
    ['App Service', site(['Set-Cookie: ARRAffinitySameSite=x']), ['hosting azure/app-service']],
    ['Google’s load balancer', site(['Via: 1.1 google'], '35.190.1.1'), ['hosting gcp/load-balancing']],
    ['Cloud Run', alias('x-ab12-ew.a.run.app'), ['hosting gcp/run']],
    [
      'Imperva, which always has a firewall',
      site(['X-Iinfo: 1', 'X-CDN: Imperva']),
      ['edge imperva/cdn', 'edge imperva/waf'],
    ],
    ['Vercel', alias('cname.vercel-dns.com'), ['hosting vercel/hosting']],
    ['Netlify', site(['X-NF-Request-ID: 1']), ['hosting netlify/hosting']],
    ['Heroku', alias('x.herokudns.com'), ['hosting heroku/runtime']],
    ['Fly.io', site(['Fly-Request-Id: 1']), ['hosting fly/hosting']],
    ['GitHub Pages', alias('quay.github.io'), ['hosting github/pages']],
    ['Hetzner', site([], '5.9.1.1'), ['hosting hetzner/server']],
    ['eth.limo', alias('x.eth.limo'), ['hosting eth-limo/gateway']],
    ['bunny.net', site(['Server: BunnyCDN-DE1-1']), ['edge bunny/cdn']],
    ['DDoS-Guard', site(['Server: ddos-guard']), ['edge ddos-guard/cdn', 'edge ddos-guard/ddos']],
    ['AWS’s firewall by its token', site(['Set-Cookie: aws-waf-token=x']), ['edge aws/waf']],
    ['nothing that is known', site(['Server: nginx']), []],
    ['nothing by a cookie of IIS wherever it runs', site(['Set-Cookie: ARRAffinity=x']), []],
    ['nothing by a cookie of somebody’s pixels', site(['Set-Cookie: _pxl=x']), []],
    [
      'nothing by a cache that has a number',
      {
        dns: { 'example.test AAAA': ['2001:db8::7'] },
        pages: { 'https://example.test/': { headers: ['X-Served-By: cache-1'] } },
      },
      [],
    ],
    [
      'nothing by a proof of who owned the domain',
      { dns: { 'example.test TXT': ['"protonmail-verification=x"'] } },
      [],
    ],
    [
      'nothing by senders whose names only begin alike',
      {
        dns: {
          'example.test TXT': [
            '"v=spf1 include:zoho-mail.test include:sendgrid.net.evil.test include:notmimecast.com -all"',
          ],
        },
      },
      [],
    ],
    [
      'a sender that ends the record',
      { dns: { 'example.test TXT': ['"v=spf1 include:sendgrid.net"'] } },
      ['mail sendgrid/mail'],
    ],
  ])('%s', (_, words, edges) => {
    expect(edgesOf(found(words))).toEqual(edges);
  });

  test('and not by the name servers of where the zone’s own name leads to', () => {
    const { dependences, unknown, reading } = found({
      dns: {
        'example.test A': ['> elsewhere.test', '192.0.2.7'],
        'example.test NS': ['> elsewhere.test', 'ada.ns.cloudflare.com'],
        'example.test SOA': ['> elsewhere.test', 'ada.ns.cloudflare.com dns.cloudflare.com 1 2 3 4 5'],
        'example.test DS': ['> elsewhere.test'],
      },
    });
    expect(dependences.filter(({ part }) => part === 'names')).toEqual([]);
    expect(unknown.map(({ part }) => part)).toContain('names');
    expect(reading.map(({ code }) => code)).not.toContain('no-dnssec');
  });

  test.each<[string, Readonly<Record<string, readonly string[]>>, readonly string[]]>([
    [
      'Route 53',
      { 'example.test NS': ['ns-1.awsdns-00.com', 'ns-2.awsdns-00.co.uk'] },
      ['names route53/dns'],
    ],
    ['NS1', { 'example.test NS': ['dns1.p01.nsone.net'] }, ['names ns1/dns']],
    ['GoDaddy', { 'example.test NS': ['ns01.domaincontrol.com'] }, ['names godaddy/dns']],
    [
      'Azure DNS',
      { 'example.test NS': ['ns1-01.azure-dns.com', 'ns2-01.azure-dns.net'] },
      ['names azure/dns'],
    ],
    [
      'Cloudflare under names of the platform’s own, by its SOA',
      {
        'example.test NS': ['ns1.example.test'],
        'example.test SOA': ['ns1.example.test dns.cloudflare.com 1 2 3 4 5'],
      },
      ['names cloudflare/dns'],
    ],
    ['Google Workspace', { 'example.test MX': ['1 aspmx.l.google.com'] }, ['mail google-workspace/mail']],
    [
      'Microsoft 365 and Amazon SES',
      {
        'example.test MX': ['0 x.mail.protection.outlook.com'],
        'example.test TXT': ['"v=spf1 include:amazonses.com " "-all"'],
      },
      ['mail microsoft-365/mail', 'mail aws/ses'],
    ],
    [
      'nobody by a proof of owning the domain',
      { 'example.test TXT': ['"google-site-verification=x"', '"MS=ms1"'] },
      [],
    ],
    ['nobody where names are the platform’s own', { 'example.test NS': ['ns1.example.test'] }, []],
  ])('%s', (_, dns, edges) => {
    expect(edgesOf(found({ dns }))).toEqual(edges);
  });

  test.each([
    ['script challenges.cloudflare.com/turnstile/v0/api.js', ['challenge cloudflare/turnstile']],
    ['script www.google.com/recaptcha/api.js', ['challenge google/recaptcha']],
    ['script www.google.com/maps', []],
    ['script unpkg.com/vue', ['page-code unpkg/cdn']],
    ['script browser.sentry-cdn.com/b.js', ['monitoring sentry/monitoring']],
    ['endpoint eth.g.alchemy.com/v2/…', ['chain-reads alchemy/rpc']],
    ['endpoint eth.g.alchemy.com/v2', []],
    ['endpoint mainnet.infura.io/v3/', []],
    ['endpoint node1.boba.network', ['chain-reads boba.network/rpc']],
    ['endpoint arb1.arbitrum.io/rpc', []],
    ['endpoint api.etherscan.io/api', []],
    ['script js.stripe.com/v3', ['page-extras stripe/payments']],
    ['script api.sumsub.com/idensic.js', ['identity-checks sumsub/identity-checks']],
    ['script www.googletagmanager.com/gtm.js', ['analytics google-tag-manager/tags']],
    ['link mainnet.infura.io', []],
    ['image mainnet.infura.io', []],
    ['script docs.alchemy.com/x.js', []],
    ['policy mainnet.infura.io', []],
    ['preconnect mainnet.infura.io', ['chain-reads infura/rpc']],
    ['websocket relay.walletconnect.com', ['wallet-connect walletconnect/relay']],
    ['endpoint quay.eu.auth0.com/authorize', ['sign-in auth0/identity']],
    ['endpoint gateway.thegraph.com/api', ['data thegraph/subgraphs']],
    ['endpoint api1.execute-api.us-east-1.amazonaws.com/v1', ['data aws/api-gateway@us-east-1']],
    ['script assets.quay.test/app.js', []],
  ])('by what a page names: %s', (reference, edges) => {
    const discovery = found({ pages: { 'https://example.test/': { names: [reference] } } });
    expect(edgesOf(discovery)).toEqual(edges);
  });

  describe('what libraries carry is a hint', () => {
    const ofPage = (...names: string[]): Discovery =>
      found({ pages: { 'https://example.test/': { names } } });
    const one = 'endpoint arb1.arbitrum.io/rpc';

    test('and says why', () => {
      const { dependences, draft } = ofPage(one);
      expect(dependences).toMatchObject([{ on: 'arbitrum.io/rpc', strength: 'weak' }]);
      expect(dependences[0]?.signals[0]?.value).toMatch(
        /^endpoint arb1\.arbitrum\.io\/rpc, a default of viem/,
      );
      expect(draft.services.map(({ name }) => name)).toEqual(['hosting']);
      expect(draft.comments.join('\n')).toContain('Perhaps chain-reads of arbitrum.io/rpc');
    });

    test.each([
      ['policy arb1.arbitrum.io', 'the policy lets the page connect to it'],
      ['policy *.arbitrum.io', 'the policy lets the page connect to all below'],
      ['preconnect arb1.arbitrum.io', 'the page connects early'],
    ])('unless %s: %s', (other) => {
      expect(edgesOf(ofPage(one, other))).toEqual(['chain-reads arbitrum.io/rpc']);
    });

    test('or unless what is called with a key has one, also one that is put in when it runs', () => {
      const crawl = crawlOf({ pages: { 'https://example.test/': {} } });
      const reference = {
        kind: 'endpoint',
        host: 'eth-mainnet.g.alchemy.com',
        path: '/v2/',
        where: 'bundle',
      } as const;
      const edges = (references: readonly PageReference[]): string[] =>
        edgesOf(discover({ ...crawl, fetches: crawl.fetches.map((one) => ({ ...one, references })) }));
      expect(edges([reference])).toEqual([]);
      expect(edges([{ ...reference, isBegun: true }])).toEqual(['chain-reads alchemy/rpc']);
      expect(edges([{ ...reference, within: 'chain-definition', path: '/v2/…' }])).toEqual([
        'chain-reads alchemy/rpc',
      ]);
      // As a library does itself.
      expect(edges([{ ...reference, host: 'mainnet.infura.io', path: '/v3/', isBegun: true }])).toEqual([]);
      expect(edges([{ ...reference, host: 'gateway.ipfs.io', path: '/ipfs/', isBegun: true }])).toEqual([]);
    });

    test('not what the policy of something else allows', () => {
      expect(edgesOf(ofPage(one, 'policy arbitrum.io'))).toEqual([]);
      expect(edgesOf(ofPage(one, 'policy *.arb1.arbitrum.io'))).toEqual([]);
    });

    test('as are nodes of many in one script, of whatever library', () => {
      const hosts = ['ankr.com', 'drpc.org', 'llamarpc.com', '1rpc.io', 'publicnode.com', 'blockpi.network', 'tenderly.co', 'nodereal.io', 'getblock.io']; // biome-ignore format: a list of names
      const named = hosts.map((host) => `endpoint site-x.${host}/rpc`);
      const few = edgesOf(ofPage(...named.slice(1)));
      expect(few).toHaveLength(8);
      expect(edgesOf(ofPage(...named))).toEqual([]);
      expect(edgesOf(ofPage(...named, 'endpoint site-y.quiknode.pro/…'))).toEqual([
        'chain-reads quicknode/rpc',
      ]);
    });

    test('the list has hosts, paths and whose they are, and no key', () => {
      expect(fingerprints.defaults.split('\n').length).toBeGreaterThan(1_400);
      for (const line of fingerprints.defaults.trimEnd().split('\n').slice(1))
        expect(line).toMatch(/^[a-z0-9.-]+,(?:\/[^,…]*(?:[^,…/]|\/…))?,[a-z0-9 -]+$/);
    });
  });

  test('by who has signed, and what that one stands on for its answers', () => {
    const discovery = found({
      dns: { 'r10.o.lencr.org A': ['> o.lencr.edgesuite.net', '192.0.2.1'] },
      pages: { 'https://example.test/': { issuer: "Let's Encrypt", statusHosts: ['r10.o.lencr.org'] } },
    });
    expect(edgesOf(discovery)).toEqual(['certificates letsencrypt/issuance']);
    expect(discovery.dependences.filter(({ of }) => of.includes('/'))).toMatchObject([
      { part: 'certificates', of: 'letsencrypt/issuance', on: 'akamai/cdn', strength: 'strong' },
    ]);
    expect(writePlan(discovery.draft, catalog)).toContain('use: akamai/cdn, kind: degraded');
  });

  test('by its status page', () => {
    const discovery = found({
      dns: { 'status.example.test A': ['> x.stspg-customer.com', '192.0.2.7'] },
      pages: {
        'https://status.example.test/': {
          purpose: 'status-page',
          headers: ['x-amz-cf-id: 1', 'x-amz-cf-pop: A'],
        },
      },
    });
    expect(edgesOf(discovery)).toEqual(['status-page statuspage/status-page']);
  });
});

describe('what speaks against each other', () => {
  test('headers of an edge that the address is not of are not believed', () => {
    const discovery = found(site(['Server: cloudflare', 'CF-Ray: 1-AMS', 'CF-Cache-Status: HIT'], '5.9.1.1'));
    expect(edgesOf(discovery)).toEqual(['hosting hetzner/server']);
    expect(discovery.contradictions).toMatchObject([
      { part: 'edge', of: 'example.test', taken: ['hetzner/server'] },
    ]);
  });

  test('nor where nobody is known by the address: the edge is unknown', () => {
    const discovery = found(site(['Server: cloudflare', 'CF-Ray: 1-AMS']));
    expect(edgesOf(discovery)).toEqual([]);
    expect(discovery.contradictions).toMatchObject([{ taken: [] }]);
    expect(discovery.unknown.map(({ part }) => part)).toEqual(['edge', 'hosting']);
  });

  test('one header of a second edge behind the first is not enough, two are', () => {
    const one = found(site(['CF-Ray: 1-AMS', 'X-Amz-Cf-Id: 1'], '104.16.1.1'));
    expect(edgesOf(one)).toEqual(['edge cloudflare/cdn']);
    expect(one.contradictions).toMatchObject([{ taken: ['cloudflare/cdn'] }]);
    const two = found(site(['CF-Ray: 1-AMS', 'X-Amz-Cf-Id: 1', 'X-Amz-Cf-Pop: FRA1'], '104.16.1.1'));
    expect(edgesOf(two)).toEqual(['edge cloudflare/cdn', 'edge aws/cloudfront']);
    expect(two.contradictions).toMatchObject([{ taken: ['cloudflare/cdn', 'aws/cloudfront'] }]);
  });

  test('a name that leads to one edge while headers name another: the name counts', () => {
    const discovery = found({
      dns: { 'example.test A': ['> d1.cloudfront.net', '13.32.5.5'] },
      pages: { 'https://example.test/': { address: '13.32.5.5', headers: ['CF-Ray: 1-AMS'] } },
    });
    expect(edgesOf(discovery)).toEqual(['edge aws/cloudfront']);
  });

  test('an edge that comes with a host is the host’s own', () => {
    const discovery = found({
      dns: { 'example.test A': ['> quay.onrender.com', '104.16.1.1'] },
      pages: {
        'https://example.test/': {
          address: '104.16.1.1',
          headers: ['Server: cloudflare', 'CF-Ray: 1', 'Rndr-Id: 1'],
        },
      },
    });
    expect(edgesOf(discovery)).toEqual(['hosting render/hosting']);
    expect(discovery.dependences).toContainEqual(
      expect.objectContaining({ of: 'render/hosting', on: 'cloudflare/cdn' }),
    );
    expect(discovery.contradictions).toEqual([]);
  });

  test('and the platform’s where its zone lies with the edge', () => {
    const discovery = found({
      dns: { 'example.test A': ['104.16.1.1'], 'example.test NS': ['ada.ns.cloudflare.com'] },
      pages: {
        'https://example.test/': {
          address: '104.16.1.1',
          headers: ['CF-Ray: 1', 'X-Render-Origin-Server: Render'],
        },
      },
    });
    expect(edgesOf(discovery)).toEqual([
      'names cloudflare/dns',
      'edge cloudflare/cdn',
      'hosting render/hosting',
    ]);
  });

  test('an SOA that names another than the delegation does', () => {
    const discovery = found({
      dns: {
        'example.test NS': ['ns-1.awsdns-00.com'],
        'example.test SOA': ['ada.ns.cloudflare.com dns.cloudflare.com 1 2 3 4 5'],
      },
    });
    expect(edgesOf(discovery)).toEqual(['names route53/dns']);
    expect(discovery.contradictions).toMatchObject([
      { part: 'names', taken: ['route53/dns'], claims: [{ on: 'route53/dns' }, { on: 'cloudflare/dns' }] },
    ]);
  });
});

describe('what is not known', () => {
  test('is the origin behind an edge, and who has a script that nobody knows', () => {
    const { unknown } = found({
      ...site([], '104.16.1.1'),
      pages: { 'https://example.test/': { address: '104.16.1.1', names: ['script cdn.pilot.test/x.js'] } },
    });
    expect(unknown).toMatchObject([
      { part: 'hosting', of: 'example.test', why: 'It stands behind cloudflare/cdn, which hides it.' },
      { part: 'page-code', of: 'cdn.pilot.test' },
    ]);
  });

  test('nothing seen is said, and that its own name leads to nothing', () => {
    const { reading } = found({ dns: { 'example.test A': ['> gone.nowhere.test', '!'] } });
    expect(reading.map(({ code }) => code)).toEqual(['name-dangling', 'nothing-found']);
  });

  test('nothing seen is said, and the plan loads all the same', () => {
    const discovery = found({});
    expect(discovery.reading.map(({ code }) => code)).toEqual(['nothing-found']);
    expect(parsePlan(writePlan(discovery.draft, catalog), 'x.yaml').plan).toBeDefined();
  });
});

describe('no secret', () => {
  test('of cookies and proofs stands in what is found', () => {
    const text = JSON.stringify(
      found({
        dns: { 'example.test TXT': ['"MS=ms00112233"', '"stripe-verification=topsecret"'] },
        pages: {
          'https://example.test/?token=topsecret': {
            headers: ['Set-Cookie: __cf_bm=topsecret; Path=/', 'Set-Cookie: AWSALB=topsecret'],
          },
        },
      }),
    );
    expect(text).not.toContain('topsecret');
    expect(text).not.toContain('ms00112233');
  });
});

describe('the reading', () => {
  const codesOf = (words: CrawlWords): string[] =>
    found(words).reading.map(({ code, severity }) => `${severity} ${code}`);
  const cloudflare = { 'example.test NS': ['ada.ns.cloudflare.com'], 'example.test A': ['104.16.1.1'] };

  test('names one provider of names, one edge, and who can change the page', () => {
    expect(codesOf({ dns: cloudflare })).toEqual([
      'warning single-dns-provider',
      'warning edge-is-only-one',
      'note page-changeable',
      'note same-provider-twice',
    ]);
  });

  test('does not where names are at two', () => {
    const dns = { ...cloudflare, 'example.test NS': ['ada.ns.cloudflare.com', 'dns1.p01.nsone.net'] };
    expect(codesOf({ dns })).not.toContain('warning single-dns-provider');
    expect(found({ dns }).draft.services.find(({ name }) => name === 'names')?.needs).toEqual({
      atLeast: 1,
      of: ['cloudflare/dns', 'ns1/dns'],
    });
  });

  test.each<[string, Readonly<Record<string, readonly string[]>>, string]>([
    ['www beside it', { 'www.example.test A': ['5.9.1.1'] }, 'warning'],
    ['an address of IPv6 beside it', { 'example.test AAAA': ['2a01:4f8::1'] }, 'warning'],
    ['another name', { 'direct.example.test A': ['5.9.1.1'] }, 'note'],
    ['who sends its mail', { 'example.test TXT': ['"v=spf1 ip4:5.9.1.1 -all"'] }, 'note'],
  ])('tells of an origin beside its edge by %s', (_, dns, severity) => {
    expect(codesOf({ dns: { ...cloudflare, ...dns } })).toContain(`${severity} origin-exposed`);
  });

  test.each<[string, Readonly<Record<string, readonly string[]>>]>([
    ['www behind it too', { 'www.example.test A': ['104.16.2.2'] }],
    ['mail at a vendor’s', { 'mail.example.test A': ['> ghs.googlehosted.com', '142.250.1.1'] }],
    ['a whole network that may send', { 'example.test TXT': ['"v=spf1 ip4:5.9.0.0/16 -all"'] }],
  ])('does not by %s', (_, dns) => {
    expect(codesOf({ dns: { ...cloudflare, ...dns } }).join()).not.toContain('origin-exposed');
  });

  test('news of failures need the names of the platform only where the status page is found by them', () => {
    const newsNeeds = (...links: readonly string[]): unknown =>
      found({
        dns: {
          'example.test NS': ['ada.ns.cloudflare.com'],
          'status.example.test A': ['> x.stspg-customer.com', '192.0.2.7'],
          'quay-status.test A': ['> x.stspg-customer.com', '192.0.2.7'],
        },
        pages: {
          'https://example.test/': {},
          ...Object.fromEntries(
            links.map((host) => [`https://${host}/`, { purpose: 'status-page' as const }]),
          ),
        },
      }).draft.journeys.find(({ name }) => name === 'news-of-failure')?.modes[0]?.needs;
    expect(newsNeeds('status.example.test')).toEqual({ all: ['names', 'status-page'] });
    expect(newsNeeds('quay-status.test')).toEqual({ all: ['status-page'] });
  });

  test('tells of a status page on what the site stands on', () => {
    expect(codesOf({ dns: { ...cloudflare, 'status.example.test A': ['104.16.9.9'] } })).toContain(
      'warning status-page-shared',
    );
    const elsewhere = { ...cloudflare, 'status.example.test A': ['> x.stspg-customer.com', '192.0.2.1'] };
    expect(codesOf({ dns: elsewhere })).not.toContain('warning status-page-shared');
    const below = { ...elsewhere, 'stspg-customer.com NS': ['ada.ns.cloudflare.com'] };
    expect(codesOf({ dns: below })).toContain('warning status-page-shared');
  });

  test('tells of code that is not pinned', () => {
    const page = (...names: string[]): CrawlWords => ({ pages: { 'https://example.test/': { names } } });
    expect(codesOf(page('script unpkg.com/vue'))).toContain('warning unpinned-code');
    expect(codesOf(page('script unpkg.com/vue pinned'))).not.toContain('warning unpinned-code');
    expect(codesOf(page('script static.example.test/a.js', 'script unpkg.com/vue pinned'))).not.toContain(
      'warning unpinned-code',
    );
  });

  test('tells of nodes of one provider, and not of two', () => {
    const page = (...names: string[]): CrawlWords => ({ pages: { 'https://example.test/': { names } } });
    expect(codesOf(page('endpoint mainnet.infura.io/v3/…'))).toContain('warning single-rpc-provider');
    expect(codesOf(page('endpoint mainnet.infura.io/v3/…', 'endpoint eth.g.alchemy.com/v2/…'))).not.toContain(
      'warning single-rpc-provider',
    );
  });

  test('tells of a name of its own that leads to where nothing is, and of no other', () => {
    const dns = { ...cloudflare, 'old.example.test A': ['> gone.azurewebsites.net', '!'] };
    expect(codesOf({ domains: ['example.test', 'old.example.test'], dns })).toContain(
      'warning name-dangling',
    );
    const isThere = { ...dns, 'old.example.test A': ['> gone.azurewebsites.net', '20.1.1.1'] };
    expect(codesOf({ domains: ['example.test', 'old.example.test'], dns: isThere })).not.toContain(
      'warning name-dangling',
    );
    const ofOthers = { ...cloudflare, 'cdn.vendor.test A': ['> gone.azurewebsites.net', '!'] };
    expect(codesOf({ dns: ofOthers })).not.toContain('warning name-dangling');
  });

  test('tells of a zone that is not signed, and of one for which anybody may sign, only where that was asked', () => {
    const codes = codesOf({ dns: { ...cloudflare, 'example.test DS': [], 'example.test CAA': [] } });
    expect(codes).toEqual(expect.arrayContaining(['note no-dnssec', 'note any-authority']));
    const signed = codesOf({
      dns: { ...cloudflare, 'example.test DS': ['1 13 2 AB'], 'example.test CAA': ['0 issue "a.test"'] },
    });
    expect(signed.join()).not.toMatch(/no-dnssec|any-authority/);
  });
});

describe('a plan that was drafted', () => {
  test('is core in what anybody would miss anywhere, and in nothing else', () => {
    const { draft } = found({
      dns: {
        'example.test NS': ['ns-1.awsdns-00.com'],
        'example.test MX': ['1 aspmx.l.google.com'],
        'status.example.test A': ['> x.stspg-customer.com', '192.0.2.7'],
      },
      pages: {
        'https://example.test/': {
          issuer: "Let's Encrypt",
          names: [
            'endpoint quay.eu.auth0.com/authorize',
            'script api.sumsub.com/idensic.js',
            'script unpkg.com/vue',
            'script www.googletagmanager.com/gtm.js',
            'style fonts.googleapis.com/css',
            'endpoint mainnet.infura.io/v3/…',
            'websocket relay.walletconnect.com',
            'endpoint gateway.thegraph.com/api',
            'script widget.intercom.io/widget',
          ],
        },
        'https://status.example.test/': { purpose: 'status-page' },
      },
    });
    expect(draft.journeys.map(({ name, tier }) => `${name} ${tier}`)).toEqual([
      'site core',
      'sign-in core',
      'onboarding important',
      'read-chain important',
      'connect-wallet important',
      'see-data important',
      'whole-page deferrable',
      'mail deferrable',
      'support deferrable',
      'news-of-failure deferrable',
      'renew-certificates deferrable',
      'watch deferrable',
    ]);
    const site = draft.journeys.find(({ name }) => name === 'site')?.modes[0]?.needs;
    expect(site).toEqual({ all: ['names', 'hosting', 'page-code'] });
    expect(draft.services.find(({ name }) => name === 'page-code')?.needs).toBe('unpkg/cdn');
  });

  test('loads, is solved, and declares what the catalogue lacks', () => {
    const discovery = found({
      dns: {
        'example.test NS': ['ada.ns.cloudflare.com'],
        'example.test A': ['104.16.1.1'],
        'unpkg.com A': ['104.17.1.1'],
      },
      pages: {
        'https://example.test/': {
          issuer: 'Google Trust Services',
          names: [
            'script unpkg.com/vue',
            'endpoint quay.eu.auth0.com',
            'endpoint rpc.boba.network',
            'endpoint mainnet.infura.io/v3/…',
          ],
        },
      },
    });
    const { plan, problems } = parsePlan(writePlan(discovery.draft, catalog), 'x.yaml');
    expect(problems).toEqual([]);
    if (plan === undefined) throw new Error('Expected a plan.');
    const { model, problems: more } = buildModel(plan, catalog);
    expect(more).toEqual([]);
    if (model === undefined) throw new Error('Expected a model.');
    const { journeys } = assess(model, { advice: false });
    expect(journeys.map(({ name }) => name)).toEqual(['site', 'sign-in', 'read-chain', 'renew-certificates']);
    expect(model.events.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['unpkg/cdn', 'cloudflare/cdn', 'hosting']),
    );
  });

  test('keeps the needs that the catalogue has beside those that were found', () => {
    const { draft } = found({
      dns: { 'infura.io NS': ['ns-1.awsdns-00.com'] },
      pages: { 'https://example.test/': { names: ['endpoint mainnet.infura.io/v3/…'] } },
    });
    const { plan } = parsePlan(writePlan(draft, catalog), 'x.yaml');
    const rpc = plan?.providers?.find(({ name }) => name === 'infura')?.value.capabilities?.[0];
    expect(rpc?.value.needs?.map(({ use }) => use)).toEqual(['aws@us-east-1', 'route53/dns']);
  });

  test('is the same from the same answers', () => {
    const words = site(['CF-Ray: 1'], '104.16.1.1');
    expect(writePlan(found(words).draft, catalog)).toBe(writePlan(found(words).draft, catalog));
  });
});
