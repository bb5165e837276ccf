import { Resolver } from 'node:dns/promises';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasDiscoveredWorld, startDiscoveredWorld, type DiscoveredWorld } from '../parts/discovered-world.ts';
import { readHeaders, sitesOf, type Fixture } from '../parts/discovered-world-fixtures.ts';

const run = promisify(execFile);

describe.skipIf(!hasDiscoveredWorld())('the world that is discovered', () => {
  let world: DiscoveredWorld;
  let dns: Resolver;
  beforeAll(async () => {
    world = await startDiscoveredWorld();
    dns = new Resolver();
    dns.setServers([`${world.resolver.host}:${world.resolver.port}`]);
  });
  afterAll(() => world?.stop());

  const fixture = (name: string): Fixture => {
    const found = world.fixtures.find((one) => one.name === name);
    if (found === undefined) throw new Error(`Expected a fixture ${name}.`);
    return found;
  };

  test('has at least 40 platforms, 10 of them held out, and no two with a name in common', () => {
    expect(world.fixtures.length).toBeGreaterThanOrEqual(40);
    expect(world.fixtures.filter((one) => one.isHeldOut)).toHaveLength(10);
    const zones = world.fixtures.flatMap((one) => Object.keys(one.zones));
    expect(new Set(zones).size).toBe(zones.length);
    const hosts = world.fixtures.flatMap((one) => sitesOf(one).map(([host]) => host));
    expect(new Set(hosts).size).toBe(hosts.length);
  });

  test('answers for every zone of a platform, by Knot or BIND, through Unbound', async () => {
    const zones = world.fixtures.flatMap((one) => Object.entries(one.zones));
    await Promise.all(
      zones.map(async ([name, { ns, server }]) => {
        expect((await dns.resolveNs(name)).sort(), `${name} by ${server ?? 'knot'}`).toEqual([...ns].sort());
      }),
    );
  });

  test('leads down chains of vendors to an address in their ranges', async () => {
    expect(await dns.resolve4('www.ironquay.test')).toEqual(['23.45.108.61']);
    expect(await dns.resolve4('status.copperline.test')).toContain('18.66.102.17');
    expect(await dns.resolveCname('www.ironquay.test')).toEqual(['www.ironquay.test.edgekey.net']);
    await expect(dns.resolve4('www.looseend.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(dns.resolve4('www.hermitage-scan.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(await dns.resolve4('anything.everyname.test')).toEqual(['45.77.12.9']);
  });

  test('shows name servers at the addresses of their vendors', async () => {
    expect(await dns.resolve4('ns1.ospreyx.test')).toEqual(['205.251.193.24']);
    expect(await dns.resolve4('ns1.digitalocean.com')).toEqual(['172.64.52.210']);
  });

  test('has every script, endpoint and certificate host of a page resolve', async () => {
    const pages = world.fixtures
      .flatMap((one) => Object.values(one.sites))
      .flatMap(({ paths = {} }) => Object.values(paths));
    const hosts = new Set(
      pages.flatMap((page) =>
        [...page.matchAll(/(?:src|href)="https:\/\/([a-z0-9.-]+)/g)].map((found) => found[1] ?? ''),
      ),
    );
    const dangling: string[] = [];
    for (const host of hosts)
      await dns.resolve4(host).catch((error: { code: string }) => dangling.push(`${host} ${error.code}`));
    expect(dangling).toEqual([]);
  });

  const dig = async (...words: readonly string[]): Promise<string> => {
    const at = [`@${world.resolver.host}`, '-p', String(world.resolver.port)];
    return (await run('kdig', [...at, ...words])).stdout;
  };

  test('goes round in a loop of CNAMEs, answers long texts by TCP only, and validates what is signed', async () => {
    expect(await dig('www.merrygoround.test', 'A')).toMatch(/SERVFAIL|CNAME/);
    expect(await dig('+ignore', '+notcp', '+bufsize=1232', 'longwinded.test', 'TXT')).toMatch(/Flags:.* tc/);
    expect((await dns.resolveTxt('longwinded.test')).length).toBe(61);
    expect(await dig('+dnssec', 'sealedwallet.test', 'A')).toMatch(/Flags:.* ad/);
    expect(await dig('+dnssec', 'copperline.test', 'A')).not.toMatch(/Flags:.* ad/);
  });

  const open = async (host: string): Promise<TLSSocket> => {
    const socket = connectTls({ ...world.connect('192.0.2.1', 443), servername: host, ca: world.authority });
    await once(socket, 'secureConnect');
    return socket;
  };

  test('shows every host with a certificate that the local root vouches for, of the organisation that is wanted', async () => {
    for (const [host, { issuer }] of world.fixtures.flatMap(sitesOf)) {
      const socket = await open(host);
      const certificate = socket.getPeerCertificate();
      expect(socket.authorized, host).toBe(true);
      if (issuer === 'letsencrypt') expect(certificate.issuer.O).toBe("Let's Encrypt");
      if (issuer === 'cloudflare') expect(certificate.issuer.O).toBe('Cloudflare, Inc.');
      expect(certificate.subjectaltname).toContain(`DNS:${host}`);
      socket.destroy();
    }
  });

  /** The answer as text, headers first. */
  const ask = async (host: string, address: string, path = '/'): Promise<string> => {
    const to = world.connect(address, 443);
    const asking = request({
      ...to,
      path,
      servername: host,
      ca: world.authority,
      headers: { host },
      agent: false,
    });
    asking.end();
    const [answer] = (await once(asking, 'response')) as [IncomingMessage]; // what the event carries
    const headers = answer.rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\n`));
    const body = (await answer.toArray()).join('');
    return `${answer.statusCode}\n${headers.join('')}\n${body}`;
  };

  test('sends the headers of the vendor and no other server, and what an address shows of its own', async () => {
    const text = await ask('copperline.test', '104.16.132.229');
    for (const header of readHeaders().cloudflare ?? []) expect(text).toContain(`\n${header}\n`);
    expect(text).not.toMatch(/nginx/);
    expect(await ask('twinpeak.test', '151.101.2.133')).toMatch(/X-Served-By: cache-/);
    expect(await ask('twinpeak.test', '13.224.50.12')).toMatch(/X-Amz-Cf-Id: /);
    expect(await ask('copperline.test', '104.16.132.229', '/nothing')).toMatch(/^404\n/);
    expect(await ask('northgate.test', '88.198.90.14')).toMatch(
      /Location: https:\/\/www.northgate-exchange.test\//,
    );
  });

  test('has 300 links on the page of links', async () => {
    expect(fixture('links').truth.edges).toHaveLength(3);
    expect((await ask('linkfarm-scan.test', '116.202.14.88')).match(/<a href=/g)).toHaveLength(300);
  });
});
