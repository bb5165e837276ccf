import {
  choice,
  day,
  entryOf,
  list,
  mapped,
  number,
  object,
  optional,
  orNull,
  parseDocument,
  Reader,
  required,
  scalar,
  text,
  withoutOffsets,
  word,
  type Node,
  type Shape,
} from '../document/index.ts';
import { capability, NAME, NAME_SAYS, parseReference, type Outages } from '../plan/index.ts';
import type { Problem } from '../problems.ts';
import type { Catalog } from './index.ts';

/** Most of anything in one list. */
const MOST = 5000;
const note = text('a note', 4000);
const name = scalar<string>({
  expected: NAME_SAYS,
  parse: (value) => (NAME.test(value) ? value : undefined),
  standIn: '',
  schema: { type: 'string', pattern: NAME.source },
});
const scope = text('a scope', 200);
const rate = number({ min: 0, max: 1e6, says: '0 to 1000000' });
const mean = number({ min: 0, above: true, max: 87_660, says: 'more than 0 and at most 87660' });
const per = optional(word('global', 'region', 'zone'), 'One event everywhere, a region or a zone.');
const interval = object('{low, high}', {
  low: required(rate, 'Its lower end.'),
  high: required(rate, 'Its upper end.'),
});

const NONE: Outages = { kind: 'none' };
const isKind =
  (kind: string) =>
  (node: Node): boolean => {
    const said = entryOf(node, 'kind');
    return said?.kind === 'scalar' && said.text === kind;
  };
const none = object('{kind}', { kind: required(word('none'), 'Never by itself.') });
const stated = object('{kind, rate, mean}', {
  kind: required(word('stated'), 'Somebody states it.'),
  rate: required(rate, 'How often. @unit per year'),
  mean: required(mean, 'How long. @unit hours'),
  per,
  basis: optional(word('statement', 'study', 'assumed', 'plan'), 'Where the figures come from.'),
  interval: optional(interval, '90 % interval.'),
  source: optional(orNull(text('a source', 2000)), 'A link or a title.'),
  note: optional(note, 'What to know.'),
});
const counted = object('{kind}', {
  kind: required(word('incidents'), 'Counted from the library.'),
  per,
  mean: optional(mean, 'Where no duration is known. @unit hours'),
  in: optional(number({ min: 1, max: 100_000, whole: true, says: 'at least 1' }), 'Places watched.'),
  note: optional(note, 'What to know.'),
});
const outages: Shape<Outages | null> = orNull(
  choice<Outages>(
    'a record of kind none, stated or incidents',
    [
      { when: isKind('none'), shape: none },
      { when: isKind('stated'), shape: stated },
      { when: isKind('incidents'), shape: counted },
    ],
    NONE,
  ),
);
const places = list(
  'a list of places',
  object('{scope, outages}', {
    scope: required(scope, 'Which.'),
    outages: required(outages, 'Its record.'),
  }),
  { max: MOST },
);

const storedCapability = object('a capability', {
  name: required(name, 'Its name.'),
  title: required(orNull(text('a title', 200)), 'For people.'),
  kind: required(orNull(text('a kind', 64)), 'What it is in general.'),
  plane: required(word('data', 'control'), 'Serving traffic, or changing things.'),
  home: required(orNull(text('a place', 200)), 'Where it stands.'),
  outages: required(outages, 'Its record.'),
  at: required(places, 'Records of single places.'),
  protects: required(capability.fields.protects.shape, 'Protections.'),
  handles: required(capability.fields.handles.shape, 'What it sees or can alter.'),
  needs: required(capability.fields.needs.shape, 'Inner needs.'),
  note: required(orNull(note), 'What to know.'),
});

const storedProvider = object('a provider', {
  name: required(name, 'Its name.'),
  title: required(text('a title', 200), 'For people.'),
  kind: required(text('a kind', 64), 'edge, cloud, …'),
  watchedSince: required(orNull(day()), 'From when on the library holds its outages.'),
  watchedNote: required(orNull(note), 'Why that day.'),
  outages: required(outages, 'Its record.'),
  scopes: required(places, 'Regions and zones.'),
  capabilities: required(list('a list of capabilities', storedCapability, { max: MOST }), 'What it offers.'),
});

const countedIncident = object('a counted incident', {
  incident: required(text('an incident id', 100), 'Which.'),
  title: required(text('a title', 1000), 'In a line.'),
  event: required(
    scalar<string>({
      expected: 'an event such as aws, aws@us-east-1 or cloudflare/cdn',
      parse: (value) => (parseReference(value) === undefined ? undefined : value),
      standIn: '',
      schema: { type: 'string' },
    }),
    'What it counts towards.',
  ),
  day: required(day(), 'When it began.'),
  hours: required(orNull(number({ min: 0, max: 1e6, says: '0 or more' })), 'How long. @unit hours'),
  reach: required(orNull(number({ min: 0, max: 1, says: '0 to 1' })), 'Share of customers.'),
});

const domain = scalar<string>({
  expected: 'a domain such as infura.io',
  parse: (value) => (/^[a-z0-9.-]{1,253}$/.test(value) ? value : undefined),
  standIn: '',
  schema: { type: 'string' },
});
const nodeHost = object('a domain of nodes', {
  domain: required(domain, 'All names at or under it.'),
  provider: optional(text('a provider', 200), 'Who runs them.'),
  catalog: optional(name, 'The same in the catalogue.'),
  isRouter: optional(
    mapped(word('true'), (): true => true, true),
    'They send reads on.',
  ),
});

const storedCatalog = object('a catalogue', {
  schema: required(word('keelson.catalog/1'), 'What it is.'),
  watchedUntil: required(day(), 'The day until which the library has been kept.'),
  providers: required(list('a list of providers', storedProvider, { max: MOST }), 'Who.'),
  counted: required(list('a list of counted incidents', countedIncident, { max: MOST }), 'What counts.'),
  nodeHosts: optional(list('a list of domains', nodeHost, { max: MOST }), 'Whose nodes stand where.'),
});

/** Reads a catalogue as it is stored, in JSON: what comes from elsewhere is judged before it is believed. */
export function readCatalog(
  contents: string,
  file: string,
): { readonly catalog: Catalog; readonly problems: readonly Problem[] } {
  const { root, source, broken, problems } = parseDocument(contents, file);
  const reader = new Reader(source, broken);
  const catalog =
    root === undefined ? storedCatalog.standIn : storedCatalog.read(withoutOffsets(root), reader);
  return { catalog, problems: [...problems, ...reader.problems] };
}
