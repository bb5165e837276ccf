import { byFirst, grouped, rowsOf } from './sector-tables.js';

/** Which company a name of the measurement belongs to, where they differ. Everything else is its own company. */
const COMPANY = {
  cloudfront: 'aws',
  Amazon: 'aws',
  dynect: 'dyn',
  COMODOCALimited: 'sectigo',
  SectigoLimited: 'sectigo',
  TheUSERTRUSTNetwork: 'sectigo',
  DigiCertInc: 'digicert',
  "Let'sEncrypt": 'letsencrypt',
  'GlobalSignnv-sa': 'globalsign',
  'GoDaddy.comInc.': 'godaddy',
  StarfieldTechnologiesInc: 'godaddy',
  'StarfieldTechnologiesInc.': 'godaddy',
  EntrustInc: 'entrust',
  'EntrustInc.': 'entrust',
  GoogleTrustServices: 'google',
  SecureCore: 'securecore',
  CERTUM: 'certum',
};
/** Names of the measurement that are no company: a domain without name servers. */
const NOBODY = new Set(['', 'NXDOMAIN']);

const TITLES = {
  aws: 'AWS',
  cloudflare: 'Cloudflare',
  akamai: 'Akamai',
  godaddy: 'GoDaddy',
  google: 'Google',
  fastly: 'Fastly',
  ns1: 'NS1',
  dyn: 'Dyn (Oracle)',
  digicert: 'DigiCert',
  letsencrypt: "Let's Encrypt",
  sectigo: 'Sectigo (with Comodo CA and USERTrust)',
  globalsign: 'GlobalSign',
  entrust: 'Entrust',
  stackpath: 'StackPath',
  dnsmadeeasy: 'DNS Made Easy',
  azure: 'Microsoft Azure',
};
/** What of the catalogue a company's parts in this table are nearest to. It knows nobody who tells whether a certificate still holds. */
const CATALOG = {
  aws: 'aws/cloudfront;route53/dns',
  cloudflare: 'cloudflare/cdn;cloudflare/dns',
  akamai: 'akamai/cdn;akamai/edge-dns',
  fastly: 'fastly/cdn',
  godaddy: 'godaddy/dns',
  ns1: 'ns1/dns',
  dyn: 'dyn/dns',
  azure: 'azure/front-door',
};

/** Whose a name server is, by the end of its domain; a domain that is not here belongs to who is named by it. */
const NAME_SERVERS = [
  [/^awsdns-\d+\./, 'aws'],
  [/^cloudflare\.com$/, 'cloudflare'],
  [/^nsone\.net$/, 'ns1'],
  [/^dynect\.net$/, 'dyn'],
  [/^dnsmadeeasy\.com$/, 'dnsmadeeasy'],
  [/^akam\.net$/, 'akamai'],
  [/^easydns\./, 'easydns'],
  // The two are Sectigo's own.
  [/^as48447\.net$/, 'sectigo'],
  [/^sectigodns\.com$/, 'sectigo'],
];
/**
 * Which company of the sites table answers at a name of the table of name servers. GoDaddy's authority is left out: its names stood at Akamai,
 * but the name servers that it runs for others did not, and a company has one row here.
 */
const STANDING = {
  'digicert.com': 'digicert',
  'letsencrypt.org': 'letsencrypt',
  'globalsign.com': 'globalsign',
  'entrust.net': 'entrust',
  'certum.pl': 'certum',
  'securecore-ca.com': 'securecore',
  fastly: 'fastly',
  stackpath: 'stackpath',
  maxcdn: 'maxcdn',
  keycdn: 'keycdn',
  unpkg: 'unpkg',
};

/**
 * Crypto sites of 2020 and who answered for them.
 *
 * @param {(name: string) => string} read the text of a raw table
 */
export function sitesOf(read) {
  const sites = rowsOf(read('measurements/imc2020-crypto-sites.csv'));
  const platforms = sites.flatMap((site) => [...needsOf(site)]).sort(byFirst);
  const named = new Set(platforms.flatMap(([, , , , providers]) => providers.split('|')));
  named.delete('own');
  const standsOn = innerEdges(rowsOf(read('measurements/imc2020-provider-to-dns.csv')), named);
  const providers = [...new Set([...named, ...[...standsOn.values()].flat()])]
    .filter((name) => name !== '')
    .sort()
    .map((name) => [
      name,
      TITLES[name] ?? name,
      CATALOG[name] ?? '',
      (standsOn.get(name) ?? []).join('|'),
      '',
    ]);
  return { platforms, providers };
}

/** @yields {[platform: string, kind: string, weight: number, need: string, providers: string]} */
function* needsOf(site) {
  const kind = site.match === 'registry' ? `named/${site.kinds.split('|')[0]}` : 'keyword';
  const needs = [
    ['dns', site.dns, site.dns_critical],
    ['cdn', site.cdn, site.cdn_critical],
    ['certificates', site.ca, site.ca_critical],
  ];
  let isKnown = false;
  for (const [need, names, critical] of needs) {
    const companies = companiesOf(names);
    if (companies.length === 0) continue;
    // A staple spares the browser the question: the authority is used, and its loss alone does no harm.
    const isSpared = need === 'certificates' && critical !== '1';
    if (need !== 'certificates' && (companies.length === 1) !== (critical === '1'))
      throw new Error(`${site.domain} ${need}: one company and critical should be the same.`);
    isKnown = true;
    yield [site.domain, kind, 1, need, [...companies, ...(isSpared ? ['own'] : [])].join('|')];
  }
  if (!isKnown) yield [site.domain, kind, 1, '', ''];
}

function companiesOf(names) {
  return [
    ...new Set(
      names
        .split('|')
        .filter((name) => !NOBODY.has(name))
        .map((name) => COMPANY[name] ?? name.toLowerCase()),
    ),
  ].sort();
}

/** @returns {Map<string, string[]>} company → companies of which one must answer for its names */
function innerEdges(rows, named) {
  const edges = new Map();
  for (const [provider, of] of grouped(rows, ({ provider }) => provider)) {
    const company = STANDING[provider];
    if (company === undefined || !named.has(company)) continue;
    const servers = [...new Set(of.map(({ needs_nameserver_domain: domain }) => serverOf(domain)))].sort();
    if (!servers.includes(company)) edges.set(company, servers);
  }
  return edges;
}

function serverOf(domain) {
  const known = NAME_SERVERS.find(([pattern]) => pattern.test(domain));
  if (known === undefined) throw new Error(`Whose is the name server ${domain}?`);
  return known[1];
}
