// Writes data/fingerprints/addresses.txt from a folder with ip-ranges.csv, vendor-asn-ranges-ipv4.csv and asn-vendors.csv
// (data/fingerprints/README.md says where those are from): node scripts/address-ranges.js FOLDER
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Expected the folder with the tables.');
const rows = (file) =>
  readFileSync(join(folder, file), 'utf8')
    .replaceAll('\r', '')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.match(/("[^"]*"|[^,]*)(?:,|$)/g).map((cell) => cell.replace(/,$/, '')));

/** Published ranges: vendor and kind → label. What is not here is left out. */
const PUBLISHED = {
  'Cloudflare waf': 'cloudflare-edge',
  'AWS CloudFront cdn': 'aws-cloudfront',
  'Fastly cdn': 'fastly-edge',
  'Imperva Incapsula waf': 'imperva-edge',
  'Qrator cdn': 'qrator-edge',
  'Gcore cdn': 'gcore-edge',
  'GoCache cdn': 'gocache-edge',
  'CDNetworks cdn': 'cdnetworks-edge',
  'ArvanCloud cdn': 'arvancloud-edge',
  'AWS cloud': 'aws-cloud',
  'Google Cloud cloud': 'gcp-cloud',
  'Microsoft Azure cloud': 'azure-cloud',
  'Oracle Cloud cloud': 'oracle-cloud',
  'Akamai/Linode cloud': 'linode-cloud',
  'DigitalOcean cloud': 'digitalocean-cloud',
  'Vultr cloud': 'vultr-cloud',
};
/** Ranges that a vendor's networks announce. */
const ANNOUNCED = {
  AWS: 'aws-network',
  Cloudflare: 'cloudflare-network',
  'Google Cloud': 'gcp-network',
  'Microsoft Azure': 'azure-network',
  Fastly: 'fastly-network',
  'Akamai/Linode': 'akamai-network',
  'Alibaba Cloud': 'alibaba-network',
  'Tencent Cloud': 'tencent-network',
  'Huawei Cloud': 'huawei-network',
  Hetzner: 'hetzner-network',
  OVHcloud: 'ovhcloud-network',
  DigitalOcean: 'digitalocean-cloud',
  Vultr: 'vultr-cloud',
  'Oracle Cloud': 'oracle-cloud',
  'IBM Cloud': 'ibm-network',
  Scaleway: 'scaleway-network',
  Leaseweb: 'leaseweb-network',
  Contabo: 'contabo-network',
  'Equinix Metal': 'equinix-network',
  Rackspace: 'rackspace-network',
  UpCloud: 'upcloud-network',
  Hostinger: 'hostinger-network',
  'Latitude.sh': 'latitude-network',
  TeraSwitch: 'teraswitch-network',
  GoDaddy: 'godaddy-network',
};
/** Networks of machines of a vendor whose other networks are its edge. */
const LINODE = new Set(['63949', '48337']);
/** Known from vendors' pages on how to point a domain at them. */
const RECALLED = [
  ['vercel-edge', '76.76.21.0/24'],
  ['netlify-edge', '75.2.60.5/32'],
  ['netlify-edge', '99.83.190.102/32'],
  ['github-pages', '185.199.108.0/22'],
  ['github-pages', '2606:50c0:8000::/46'],
];
/** Ranges of nobody: examples, private and local networks. Lists hold them by mistake. */
const NOBODY = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '2001:db8::/32',
  '::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
];

const four = [];
const six = [];
const take = (cidr, label, rank) => {
  const range = rangeOf(cidr);
  (range.isSix ? six : four).push({ ...range, label, rank });
};
for (const cidr of NOBODY) take(cidr, undefined, -1);
for (const [label, cidr] of RECALLED) take(cidr, label, 0);
for (const [vendor, kind, cidr] of rows('ip-ranges.csv')) {
  const label = PUBLISHED[`${vendor} ${kind}`];
  if (label !== undefined) take(cidr, label, kind === 'cloud' ? 2 : 1);
}
const vendors = new Map(rows('asn-vendors.csv').map(([asn, vendor]) => [asn, vendor]));
for (const [start, end, asn] of rows('vendor-asn-ranges-ipv4.csv')) {
  const label = LINODE.has(asn) ? 'linode-cloud' : ANNOUNCED[vendors.get(asn)];
  if (label !== undefined) four.push({ start: octets(start), end: octets(end) + 1n, label, rank: 3 });
}

const lines = [
  '# Address ranges of vendors, made by scripts/address-ranges.js. Origins and licences: README.md.',
  ...written(flat(four), '4'),
  ...written(flat(six), '6'),
];
const file = join(dirname(fileURLToPath(import.meta.url)), '..', 'data', 'fingerprints', 'addresses.txt');
writeFileSync(file, `${lines.join('\n')}\n`);

/** Ranges that overlap nowhere: the lower rank counts, then the narrower. Neighbours of one label are one. */
function flat(ranges) {
  const points = [...new Set(ranges.flatMap(({ start, end }) => [start, end]))].sort((a, b) =>
    a < b ? -1 : 1,
  );
  const begins = ranges.toSorted((a, b) => (a.start < b.start ? -1 : 1));
  const made = [];
  let open = [];
  let next = 0;
  for (const [i, start] of points.slice(0, -1).entries()) {
    open = open.filter(({ end }) => end > start);
    while (next < begins.length && begins[next].start <= start) open.push(begins[next++]);
    if (open.length === 0) continue;
    const best = open.reduce((a, b) =>
      b.rank < a.rank || (b.rank === a.rank && b.end - b.start < a.end - a.start) ? b : a,
    );
    const last = made.at(-1);
    if (last !== undefined && last.label === best.label && last.end === start) last.end = points[i + 1];
    else made.push({ start, end: points[i + 1], label: best.label });
  }
  return made;
}

function written(ranges, family) {
  const labels = [...new Set(ranges.map(({ label }) => label))].filter((label) => label !== undefined).sort();
  return labels.flatMap((label) => {
    let end = 0n;
    const words = ranges
      .filter((range) => range.label === label)
      .map((range) => {
        const size = range.end - range.start;
        const word = `${(range.start - end).toString(36)}${size === 1n ? '' : `+${size.toString(36)}`}`;
        end = range.end;
        return word;
      });
    return wrapped(`${label} ${family}`, words);
  });
}

function wrapped(head, words) {
  const made = [];
  let line = head;
  for (const word of words) {
    if (line.length + word.length > 138) {
      made.push(line);
      line = '';
    }
    line += ` ${word}`;
  }
  return [...made, line];
}

function rangeOf(cidr) {
  const [address, length] = cidr.split('/');
  const isSix = address.includes(':');
  const width = isSix ? 64 : 32;
  const bits = BigInt(Math.max(0, width - Number(length ?? width)));
  const start = ((isSix ? groups(address) : octets(address)) >> bits) << bits;
  return { start, end: start + (1n << bits), isSix };
}

function octets(address) {
  return address.split('.').reduce((value, octet) => value * 256n + BigInt(octet), 0n);
}

/** The first 64 bits. */
function groups(address) {
  const [head, tail] = address.split('::');
  const before = head.split(':').filter((one) => one !== '');
  const after = (tail ?? '').split(':').filter((one) => one !== '');
  const all =
    tail === undefined ? before : [...before, ...Array(8 - before.length - after.length).fill('0'), ...after];
  return all.slice(0, 4).reduce((value, group) => value * 65_536n + BigInt(Number.parseInt(group, 16)), 0n);
}
