import type { Catalog, CatalogCapability } from '../catalog/index.ts';
import type { Evidence } from '../plan/index.ts';
import { printable } from '../printable.ts';
import type {
  Draft,
  DraftCapability,
  DraftJourney,
  DraftProvider,
  DraftRequirement,
  DraftService,
} from './draft.ts';

/**
 * The text of a plan, in YAML. Whatever stands in the draft, the text says that and nothing else: names and values that would mean something
 * to a reader of YAML are quoted, and what cannot be seen is escaped.
 *
 * @param catalog the needs that it has of a capability stand before those that were found: a plan's list takes the place of the catalogue's
 */
export function writePlan(draft: Draft, catalog: Catalog): string {
  return [
    ...comments(draft.comments, ''),
    'keelson: 1',
    `platform: {name: ${scalar(draft.name)}, kind: ${draft.kind}, asOf: ${draft.asOf}}`,
    '',
    'journeys:',
    ...draft.journeys.flatMap(journeyLines),
    ...(draft.services.length === 0 ? [] : ['', 'services:', ...draft.services.flatMap(serviceLines)]),
    ...(draft.providers.length === 0
      ? []
      : ['', 'providers:', ...draft.providers.flatMap((provider) => providerLines(provider, catalog))]),
    '',
  ].join('\n');
}

function journeyLines({ name, comments: above, tier, modes }: DraftJourney): string[] {
  return [
    ...comments(above, '  '),
    `  ${scalar(name)}:`,
    ...(tier === undefined ? [] : [`    tier: ${tier}`]),
    '    modes:',
    ...modes.map(
      (mode) =>
        `      ${scalar(mode.name)}: {${mode.worth === undefined ? '' : `worth: ${scalar(mode.worth)}, `}needs: ${requirement(mode.needs)}}`,
    ),
  ];
}

function serviceLines({
  name,
  comments: above,
  needs,
  outages,
  front,
  url,
  evidence,
  note,
}: DraftService): string[] {
  const lines = [
    ...(front === true ? ['    front: true'] : []),
    ...(needs === null ? [] : redundancy(needs)),
    ...(outages === undefined ? [] : [`    outages: ${outages}`]),
    ...(url === undefined ? [] : [`    url: ${scalar(url)}`]),
    ...(note === undefined ? [] : [`    note: ${scalar(note)}`]),
    ...evidenceLines(evidence),
  ];
  return [
    ...comments(above, '  '),
    ...(lines.length === 0 ? [`  ${scalar(name)}: {}`] : [`  ${scalar(name)}:`, ...lines]),
  ];
}

/** A requirement of which some must work is a redundancy of the service itself: there a person adds how it is switched. */
function redundancy(needs: DraftRequirement): string[] {
  if (typeof needs === 'object' && 'atLeast' in needs)
    return [`    atLeast: ${needs.atLeast}`, `    of: ${list(needs.of)}`];
  return [`    needs: ${requirement(needs)}`];
}

/** Most that a plan takes for one service. */
const MOST_EVIDENCE = 50;

function evidenceLines(evidence: readonly Evidence[]): string[] {
  if (evidence.length === 0) return [];
  return ['    evidence:', ...evidence.slice(0, MOST_EVIDENCE).map((one) => `      - ${evidenceText(one)}`)];
}

/** One piece of evidence as a flow mapping on one line. */
export function evidenceText({
  source,
  date,
  confidence,
  basis,
  incident,
  from,
  until,
  note,
}: Evidence): string {
  const entries: (readonly [string, string | null | undefined])[] = [
    ['source', source],
    ['date', date],
    ['confidence', confidence],
    ['basis', basis],
    ['incident', incident],
    ['from', from],
    ['until', until],
    ['note', note?.slice(0, 4000)],
  ];
  const said = entries.filter(
    ([key, value]) => value !== undefined && (value !== null || key === 'source' || key === 'date'),
  );
  return `{${said.map(([key, value]) => `${key}: ${value == null ? 'null' : scalar(value)}`).join(', ')}}`;
}

function requirement(needs: DraftRequirement): string {
  if (typeof needs === 'string') return `[${scalar(needs)}]`;
  return 'all' in needs ? list(needs.all) : inner(needs);
}

function inner(needs: DraftRequirement): string {
  if (typeof needs === 'string') return scalar(needs);
  if ('all' in needs) return list(needs.all);
  if ('any' in needs) return `{any: ${list(needs.any)}}`;
  return `{atLeast: ${needs.atLeast}, of: ${list(needs.of)}}`;
}

function list(parts: readonly DraftRequirement[]): string {
  return `[${parts.map(inner).join(', ')}]`;
}

function providerLines({ name, title, kind, capabilities }: DraftProvider, catalog: Catalog): string[] {
  const known = catalog.providers.find((provider) => provider.name === name);
  return [
    `  ${scalar(name)}:`,
    ...(known === undefined ? [`    name: ${scalar(title)}`, `    kind: ${scalar(kind)}`] : []),
    ...(capabilities.length === 0 ? [] : ['    capabilities:']),
    ...capabilities.flatMap((one) =>
      capabilityLines(
        one,
        known?.capabilities.find((other) => other.name === one.name),
      ),
    ),
  ];
}

function capabilityLines(capability: DraftCapability, known: CatalogCapability | undefined): string[] {
  const { name, title, kind, plane, per, handles, protects, needs = [] } = capability;
  const said = [
    ...(title === undefined ? [] : [`title: ${scalar(title)}`]),
    ...(kind === undefined ? [] : [`kind: ${scalar(kind)}`]),
    ...(plane === undefined ? [] : [`plane: ${plane}`]),
    ...(per === undefined ? [] : [`outages: {rate: 1/yr, mean: 1h, per: ${per}, basis: assumed}`]),
    ...(handles === undefined ? [] : [`handles: [${handles.join(', ')}]`]),
    ...(protects === undefined ? [] : [`protects: [${protects.join(', ')}]`]),
  ];
  if (needs.length === 0) return [`      ${scalar(name)}: {${said.join(', ')}}`];
  return [
    `      ${scalar(name)}:`,
    ...said.map((line) => `        ${line}`),
    '        needs:',
    ...(known?.needs ?? []).map((need) => `          - ${catalogNeed(need)} # as in the catalogue`),
    ...needs.map(
      ({ use, kind: carries, evidence }) =>
        `          - {use: ${scalar(use)}${carries === undefined ? '' : `, kind: ${carries}`}, evidence: ${evidenceText(evidence)}}`,
    ),
  ];
}

function catalogNeed({ use, kind, from, until }: CatalogCapability['needs'][number]): string {
  const dates = [from == null ? '' : `, from: ${from}`, until == null ? '' : `, until: ${until}`].join('');
  return `{use: ${scalar(use)}, kind: ${kind}${dates}}`;
}

/** Longest line of a comment; longer ones go on in the next. @unit characters */
const WIDTH = 110;

function comments(lines: readonly string[], indent: string): string[] {
  return lines.flatMap((line) => {
    const made: string[] = [];
    let current = '';
    for (const word of printable(line).split(' ')) {
      if (current !== '' && current.length + word.length + 1 > WIDTH) {
        made.push(current);
        current = word;
      } else current = current === '' ? word : `${current} ${word}`;
    }
    return [...made, current].map((one) => `${indent}# ${one}`.trimEnd());
  });
}

/** Without quotes only what no reader of YAML takes for anything but this text. */
const PLAIN = /^[A-Za-z](?:[A-Za-z0-9._/@-]|(?<=[A-Za-z0-9.]) (?=[A-Za-z0-9]))*$/;
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n|inf|nan|[eE]\d*)$/i;

/** A text as a YAML scalar that reads back as exactly this text; what cannot be seen stands as an escape. */
export function scalar(text: string): string {
  if (PLAIN.test(text) && !WORDS.test(text) && text.length <= 200) return text;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\ufffe\uffff]/gu,
    (found) =>
      Array.from(
        { length: found.length },
        (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`,
      ).join(''),
  );
}
