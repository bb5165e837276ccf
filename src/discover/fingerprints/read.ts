import {
  day,
  list,
  mapped,
  mapping,
  object,
  optional,
  parseDocument,
  Reader,
  required,
  scalar,
  text,
  word,
  flag,
  type Shape,
  type ShapeValue,
} from '../../document/index.ts';
import { HANDLES, NAME, NAME_SAYS, parseReference, PROTECTIONS } from '../../plan/index.ts';
import type { Problem } from '../../problems.ts';
import { PARTS } from '../result.ts';
import {
  FINGERPRINT_KINDS,
  type Fingerprint,
  type FingerprintKind,
  type Vendor,
  type VendorCapability,
} from './library.ts';
import { hostPatternFault, REGION_FORMS, textPatternFault, type RegionForm } from './pattern.ts';

const STRENGTHS = ['strong', 'medium', 'weak'] as const;
const BASES = ['listed', 'recalled', 'read'] as const;
// Their keys are exactly the union's members.
const REGIONS = Object.keys(REGION_FORMS) as RegionForm[];

const name = scalar<string>({
  expected: NAME_SAYS,
  parse: (value) => (NAME.test(value) ? value : undefined),
  standIn: 'unnamed',
  schema: { type: 'string', pattern: NAME.source },
});

const use = scalar<string>({
  expected: 'provider/capability, or provider/capability@region',
  parse: (value) => (parseReference(value)?.capability === undefined ? undefined : value),
  standIn: 'unknown/unknown',
  schema: { type: 'string' },
});

const means = scalar<string>({
  expected: 'provider/capability, or provider/capability@{region}',
  parse: (value) =>
    parseReference(value.replace('@{region}', '@region'))?.capability === undefined ? undefined : value,
  standIn: 'unknown/unknown',
  schema: { type: 'string' },
});

const hostPattern = patternOf('a pattern of host names', hostPatternFault);
const textPattern = patternOf('a pattern of texts', textPatternFault);
const headerName = scalar<string>({
  expected: 'the name of a header in lower case',
  parse: (value) => (/^[a-z0-9][a-z0-9-]{0,63}$/.test(value) ? value : undefined),
  standIn: 'x',
  schema: { type: 'string' },
});

function patternOf(what: string, fault: (pattern: string) => string | undefined): Shape<string> {
  return mapped(
    text(what, 200),
    (value, node, reader) => {
      const wrong = value === '' ? undefined : fault(value);
      if (wrong !== undefined)
        reader.report('out-of-range', node.at, { expected: wrong, found: `"${value}"` });
      return value;
    },
    '',
  );
}

const need = object('a need {use}', {
  use: required(use, 'What it stands on.'),
  kind: optional(word('hard', 'degraded'), 'hard carries failure; degraded is listed only. @default hard'),
  basis: required(word(...BASES), 'Where it is from.'),
  date: required(day(), 'When it was so.'),
  source: optional(text('a link or a title', 2000), 'Who says so.'),
  note: optional(text('a note', 1000), 'What is known.'),
});

const capability = object('a capability', {
  title: required(text('a title', 200), 'One line for people.'),
  kind: required(text('a kind', 64), 'What it is in general.'),
  plane: optional(word('data', 'control'), 'Serving traffic, or changing things. @default data'),
  handles: optional(list('what it handles', word(...HANDLES), { max: 4 }), 'What it sees or can alter.'),
  protects: optional(list('protections', word(...PROTECTIONS), { max: 5 }), 'Protections on the path.'),
  general: optional(flag(), 'It says that something of the vendor is there, not what. @default false'),
  needs: optional(list('a list of needs', need, { max: 20 }), 'What it stands on.'),
});

const signal = object('a signal', {
  cname: optional(hostPattern, 'Names that lead to the vendor, or that it serves.'),
  ns: optional(hostPattern, 'Name servers.'),
  soa: optional(hostPattern, 'First name server, or mailbox, of a zone.'),
  mx: optional(hostPattern, 'Hosts that take mail.'),
  txt: optional(textPattern, 'A TXT record.'),
  header: optional(headerName, 'A header of an answer.'),
  cookie: optional(textPattern, 'The name of a cookie.'),
  issuer: optional(textPattern, 'The organisation that has signed a certificate.'),
  host: optional(hostPattern, 'Hosts that a page names.'),
  address: optional(name, 'A name in addresses.txt.'),
  value: optional(textPattern, 'Of a header: its value.'),
  path: optional(text('a path', 200), 'Of a host: with what its path begins.'),
  keyed: optional(flag(), 'Of a host: it is called with a key in the path. @default false'),
  whole: optional(flag(), 'Of an address: the vendor answers from nowhere else. @default false'),
  regions: optional(word(...REGIONS), 'How the names of its regions look.'),
  means: required(list('what it means', means, { min: 1, max: 4 }), 'provider/capability, one or more.'),
  part: required(word(...PARTS), 'The part of a platform that it is.'),
  strength: required(word(...STRENGTHS), 'How sure it makes.'),
  basis: optional(word(...BASES), 'Where it is from. @default that of the file'),
  date: optional(day(), 'When it was so. @default that of the file'),
  source: optional(text('a link or a title', 2000), 'Who says so.'),
  note: optional(text('a note', 1000), 'What to know.'),
});

const file = object('a file of fingerprints', {
  vendor: required(name, 'The vendor, as the catalogue calls it.'),
  name: required(text('a name', 200), 'For people.'),
  kind: required(text('a kind', 64), 'edge, cloud, dns, rpc, …'),
  company: optional(name, 'Whose it is, where one company has several names here. @default itself'),
  basis: required(word(...BASES), 'Where its signals are from.'),
  date: required(day(), 'When they were so.'),
  source: optional(text('a link or a title', 2000), 'Who says so.'),
  note: optional(text('a note', 2000), 'What to know.'),
  capabilities: optional(
    mapping('a mapping of capabilities', { pattern: NAME, what: NAME_SAYS }, capability, { max: 50 }),
    'What the catalogue lacks.',
  ),
  brings: optional(
    mapping(
      'a mapping from capabilities to edges',
      { pattern: NAME, what: NAME_SAYS },
      list('a list of edges', use, { min: 1, max: 10 }),
      { max: 50 },
    ),
    'Edges that come with what it offers.',
  ),
  signals: required(list('a list of signals', signal, { max: 300 }), 'How it shows itself.'),
});

/** Reads the fingerprints of one vendor; all that is wrong comes back at once, with its places. */
export function readVendor(
  contents: string,
  path: string,
): { readonly vendor: Vendor | undefined; readonly problems: readonly Problem[] } {
  const { root, source, broken, problems } = parseDocument(contents, path);
  if (root === undefined) return { vendor: undefined, problems };
  const reader = new Reader(source, broken);
  const read = file.read(root, reader);
  const expected = `${read.vendor}.yaml`;
  const found = path.split('/').at(-1) ?? path;
  if (reader.errors === 0 && found !== expected) reader.report('file-name', read.offset, { expected, found });
  const vendor = vendorOf(read, reader);
  const all = [...problems, ...reader.problems];
  return { vendor: all.some(({ severity }) => severity === 'error') ? undefined : vendor, problems: all };
}

function vendorOf(read: ShapeValue<typeof file>, reader: Reader): Vendor {
  return {
    name: read.vendor,
    title: read.name,
    kind: read.kind,
    ...(read.company === undefined ? {} : { company: read.company }),
    capabilities: (read.capabilities ?? []).map(({ name, value }) => capabilityOf(name, value)),
    brings: (read.brings ?? []).map(({ name, value }) => ({ capability: name, edges: value })),
    signals: read.signals.flatMap((one) => fingerprintOf(one, read, reader) ?? []),
  };
}

function capabilityOf(
  name: string,
  { title, kind, plane, handles, protects, general, needs }: ShapeValue<typeof capability>,
): VendorCapability {
  return {
    name,
    title,
    kind,
    ...(plane === undefined ? {} : { plane }),
    ...(handles === undefined ? {} : { handles }),
    ...(protects === undefined ? {} : { protects }),
    ...(general === true ? { isGeneral: true } : {}),
    ...(needs === undefined
      ? {}
      : { needs: needs.map(({ offset: _, broken: __, ...one }) => ({ ...one, kind: one.kind ?? 'hard' })) }),
  };
}

function fingerprintOf(
  one: ShapeValue<typeof signal>,
  { basis, date, source }: ShapeValue<typeof file>,
  reader: Reader,
): Fingerprint | undefined {
  const kinds = FINGERPRINT_KINDS.filter((kind) => one[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    if (one.broken === undefined)
      reader.report('one-of-several', one.offset, {
        what: 'a signal',
        known: FINGERPRINT_KINDS,
        found: kinds,
      });
    return undefined;
  }
  only('value', 'header', one, kind, reader);
  only('path', 'host', one, kind, reader);
  only('keyed', 'host', one, kind, reader);
  only('whole', 'address', one, kind, reader);
  const pattern = one[kind] ?? '';
  const names = [pattern, one.value ?? ''].some((text) => text.includes('{region}'));
  for (const reference of one.means)
    if (reference.endsWith('@{region}') && !names)
      reader.report('only-with', one.offset, { key: '@{region}', owner: 'a pattern with {region}' });
  const cited = one.source ?? source;
  return {
    kind,
    pattern,
    ...(one.value === undefined ? {} : { value: one.value }),
    ...(one.path === undefined ? {} : { path: one.path }),
    ...(one.keyed === true ? { isKeyed: true } : {}),
    ...(one.regions === undefined ? {} : { regions: one.regions }),
    ...(one.whole === true ? { isWhole: true } : {}),
    means: one.means,
    part: one.part,
    strength: one.strength,
    basis: one.basis ?? basis,
    date: one.date ?? date,
    ...(cited === undefined ? {} : { source: cited }),
    ...(one.note === undefined ? {} : { note: one.note }),
  };
}

function only(
  key: 'value' | 'path' | 'keyed' | 'whole',
  owner: FingerprintKind,
  one: ShapeValue<typeof signal>,
  kind: FingerprintKind,
  reader: Reader,
): void {
  if (one[key] !== undefined && kind !== owner) reader.report('only-with', one.offset, { key, owner });
}
