import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../../catalog/load.ts';
import { parseReference } from '../../plan/index.ts';
import { AddressRanges } from './addresses.ts';
import { loadFingerprints } from './load.ts';
import { Matcher } from './matcher.ts';
import type { Vendor } from './library.ts';
import { readVendor } from './read.ts';

const data = join(import.meta.dirname, '..', '..', '..', 'data');
const { fingerprints, problems } = loadFingerprints(join(data, 'fingerprints'));
const { catalog } = loadCatalog(data);
const matcher = new Matcher(fingerprints);

describe('the fingerprints', () => {
  test('are read without a problem', () => {
    expect(problems).toEqual([]);
    expect(fingerprints.vendors.length).toBeGreaterThan(150);
  });

  test('of two vendors claim no signal both strongly', () => {
    const claims = new Map<string, Set<string>>();
    for (const vendor of fingerprints.vendors)
      for (const { kind, pattern, value = '', path = '', strength } of vendor.signals) {
        if (strength !== 'strong') continue;
        const signal = `${kind} ${pattern} ${value} ${path}`;
        claims.set(signal, (claims.get(signal) ?? new Set()).add(vendor.name));
      }
    expect([...claims].filter(([, vendors]) => vendors.size > 1)).toEqual([]);
  });

  test('mean what the catalogue has or their file says, at a place that is named where one must be', () => {
    expect(wronglyMeant(fingerprints.vendors)).toEqual([]);
  });

  test('may be written as the page on adding one has it', () => {
    const page = readFileSync(join(data, '..', 'docs', 'add-a-fingerprint.md'), 'utf8');
    const [, example = ''] = /^ {3}```yaml\n(.*?)^ {3}```$/ms.exec(page) ?? [];
    const { vendor, problems: wrong } = readVendor(example.replaceAll(/^ {3}/gm, ''), 'cirrus.yaml');
    expect(wrong).toEqual([]);
    expect(vendor?.signals).toHaveLength(7);
    expect(wronglyMeant(vendor === undefined ? [] : [vendor])).toEqual([]);
  });

  /** References that neither the catalogue nor the files know, or that lack a place: `VENDOR.yaml: REFERENCE`. */
  function wronglyMeant(vendors: readonly Vendor[]): string[] {
    const own = new Map(vendors.map(({ name, capabilities }) => [name, capabilities]));
    return vendors.flatMap(({ name: file, signals, capabilities, brings }) =>
      [
        ...signals.flatMap(({ means }) => means),
        ...brings.flatMap(({ edges }) => edges),
        ...capabilities.flatMap(({ needs = [] }) => needs.map(({ use }) => use)),
      ]
        .filter((reference) => {
          const parsed = parseReference(reference.replace('{region}', 'us-east-1'));
          const known = catalog.providers
            .find(({ name }) => name === parsed?.provider)
            ?.capabilities.find(({ name }) => name === parsed?.capability);
          if (known === undefined)
            return !(own.get(parsed?.provider ?? '') ?? []).some(({ name }) => name === parsed?.capability);
          const { outages, at } = known;
          const per =
            outages === null
              ? at.length > 0
                ? 'region'
                : 'global'
              : outages.kind === 'none'
                ? 'global'
                : outages.per;
          return per === 'zone' || (per === 'region' && parsed?.scope === '');
        })
        .map((reference) => `${file}.yaml: ${reference}`),
    );
  }

  test('say nothing again that the catalogue says', () => {
    const known = new Set(
      catalog.providers.flatMap(({ name, capabilities }) => capabilities.map((one) => `${name}/${one.name}`)),
    );
    const twice = fingerprints.vendors.flatMap(({ name, capabilities }) =>
      capabilities.map((one) => `${name}/${one.name}`).filter((one) => known.has(one)),
    );
    expect(twice).toEqual([]);
  });

  test('of addresses name ranges that are there, and all of them', () => {
    const named = fingerprints.vendors.flatMap(({ signals }) =>
      signals.filter(({ kind }) => kind === 'address').map(({ pattern }) => pattern),
    );
    expect(named.sort()).toEqual([...new AddressRanges(fingerprints.addresses).labels].sort());
  });

  test.each([
    ['cname', 'd111111abcdef8.cloudfront.net', 'aws/cloudfront'],
    ['cname', 'k8s-1.us-east-1.elb.amazonaws.com', 'aws/load-balancer@us-east-1'],
    ['cname', 'net-1.elb.eu-west-1.amazonaws.com', 'aws/nlb@eu-west-1'],
    ['cname', 'b.s3-website-us-west-2.amazonaws.com', 'aws/s3@us-west-2'],
    ['cname', 'b.s3.amazonaws.com', 'aws/object-storage'],
    ['cname', 'cname.vercel-dns.com', 'vercel/hosting'],
    ['cname', 'e123.a.akamaiedge.net', 'akamai/cdn'],
    ['ns', 'ns-1.awsdns-00.co.uk', 'route53/dns'],
    ['ns', 'dns1.p01.nsone.net', 'ns1/dns'],
    ['ns', 'ns-cloud-a1.googledomains.com', 'gcp/dns'],
    ['ns', 'ns1-01.azure-dns.com', 'azure/dns'],
    ['ns', 'ada.ns.cloudflare.com', 'cloudflare/dns'],
    ['mx', 'aspmx.l.google.com', 'google-workspace/mail'],
    ['host', 'mainnet.infura.io', 'infura/rpc'],
  ] as const)('%s %s means %s', (kind, host, means) => {
    expect(matcher.host(kind, host).flatMap((match) => match.means)).toEqual([means]);
  });

  test.each([
    ['104.16.1.1', ['cloudflare/cdn']],
    ['13.32.5.5', ['aws/cloudfront']],
    ['52.95.110.1', ['aws/compute']],
    ['151.101.1.1', ['fastly/cdn']],
    ['5.9.1.1', ['hetzner/server']],
    ['2606:4700::1111', ['cloudflare/cdn']],
    ['185.199.108.153', ['github/pages']],
    ['192.0.2.1', []],
    ['203.0.113.9', []],
    ['127.0.0.1', []],
    ['::1', []],
    ['2001:db8::1', []],
    ['not an address', []],
  ])('the address %s is of %s', (address, means) => {
    expect(matcher.address(address).flatMap((match) => match.means)).toEqual(means);
  });
});

describe('a file of fingerprints', () => {
  const good = 'vendor: a\nname: A\nkind: edge\nbasis: recalled\ndate: 2026-01-01\nsignals:\n';
  const signal = (text: string): string =>
    `${good}  - {${text}, means: [a/cdn], part: edge, strength: strong}\n`;
  test.each([
    ['without a kind', signal('value: x'), ['one-of-several']],
    ['of two kinds', signal('cname: a.example, ns: b.example'), ['one-of-several']],
    ['with a value of a name', signal('cname: a.example, value: x'), ['only-with']],
    ['with a key of a name', signal('cname: a.example, keyed: true'), ['only-with']],
    ['whose name is one label', signal('cname: com'), ['out-of-range']],
    ['with a regular expression', signal(`cname: '(a+)+\\.example'`), ['out-of-range']],
    ['of a part that is none', signal('ns: a.example').replace('part: edge', 'part: edgy'), ['wrong-word']],
    [
      'with a region that nothing gives',
      signal('ns: a.example').replace('a/cdn', "'a/cdn@{region}'"),
      ['only-with'],
    ],
  ])('with a signal %s is told', (_, text, codes) => {
    expect(readVendor(text, 'a.yaml').problems.map(({ code }) => code)).toEqual(codes);
  });

  test('is named after its vendor', () => {
    expect(readVendor(signal('ns: a.example'), 'b.yaml').problems.map(({ code }) => code)).toEqual([
      'file-name',
    ]);
    expect(readVendor(signal('ns: a.example'), 'x/a.yaml').vendor?.signals).toHaveLength(1);
  });
});
