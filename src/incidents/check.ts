import type { Node, Reader, ShapeValue } from '../document/index.ts';
import { FAILING, MAX_SOURCES, MAX_TIMES, type Incident, type phase } from './shape.ts';

/** Reports everything that an incident's file says against itself. */
export function checkIncident(checked: Checked): void {
  checkWindow(checked);
  checkEffects(checked);
  checkCounts(checked);
  checkTimeline(checked);
  checkSources(checked);
}

/** An incident that has been read, to be held against itself. */
export interface Checked {
  readonly incident: Incident;
  readonly reader: Reader;
  /** Where the value at a path stands, or as much of the path as there is. */
  readonly at: (...path: readonly (string | number)[]) => number;
}

function checkWindow({ incident: { window }, reader, at }: Checked): void {
  const start = named(window, 'start');
  // One without any, or with too many to read, has been refused.
  if (start === undefined && window.length > 0 && window.length < MAX_TIMES)
    reader.report('missing-key', at('window'), { key: 'start', where: 'the window' });
  for (const second of ['mitigated', 'end'])
    checkOrder(start, named(window, second), ['start', second], at('window', second), reader);
}

function checkEffects(checked: Checked): void {
  const { incident, reader, at } = checked;
  const seen = new Set<string>();
  for (const [i, { capability, scope, phases, cohorts = [] }] of incident.effects.entries()) {
    const where = `${capability}@${scope}`;
    if (capability !== '' && scope !== '' && seen.has(where))
      reader.report('duplicate-effect', at('effects', i, 'capability'), { capability, scope });
    seen.add(where);
    const ids = new Set<string>();
    for (const [k, cohort] of cohorts.entries()) {
      checkId(cohort.id, ids, 'a cohort of this effect', at('effects', i, 'cohorts', k, 'id'), reader);
      if (cohort.effect === 'none' && cohort.severity !== 0 && cohort.broken?.includes('severity') !== true)
        reader.report('severity-contradicts-mode', at('effects', i, 'cohorts', k, 'severity'), {
          field: 'effect',
          how: 'none',
          severity: cohort.severity === undefined ? 'not given' : String(cohort.severity),
        });
    }
    for (const [k, one] of phases.entries()) {
      checkSpan(one, 'the phase', reader);
      checkBegin(one, at('effects', i, 'phases', k, 'from'), checked);
      checkSeverity(one, cohorts.length > 0, at('effects', i, 'phases', k, 'severity'), reader);
    }
    checkOverlaps(phases, reader);
  }
}

type Phase = ShapeValue<typeof phase>;

/** A begin outside the window is usually a day or a year mistyped. Phases may last longer than the window. */
function checkBegin({ from, to }: Phase, at: number, { incident: { window }, reader }: Checked): void {
  const start = named(window, 'start');
  const end = named(window, 'end');
  // What is the wrong way round has been said, and bounds nothing.
  if (from === null || isAfter(from, to) || isAfter(start, end)) return;
  if (isAfter(start, from)) reader.report('phase-outside-window', at, { from, bound: 'start', at: start });
  if (isAfter(from, end)) reader.report('phase-outside-window', at, { from, bound: 'end', at: end ?? '' });
}

/** With cohorts a severity of 0 is that of customers in general. */
function checkSeverity(
  { severity, mode, broken = [] }: Phase,
  hasCohorts: boolean,
  at: number,
  reader: Reader,
): void {
  if (broken.includes('severity') || broken.includes('mode')) return;
  if (mode === 'none' ? severity === 0 : severity !== 0 || hasCohorts || !FAILING.has(mode)) return;
  reader.report('severity-contradicts-mode', at, { field: 'mode', how: mode, severity: String(severity) });
}

/** Phases of one effect may overlap where their modes differ. */
function checkOverlaps(phases: readonly Phase[], reader: Reader): void {
  const known = phases
    .filter(({ from, to, mode, broken }) => mode !== 'none' && broken === undefined && isAfter(to, from))
    .map((one) => ({ ...one, begin: Date.parse(one.from ?? ''), until: Date.parse(one.to ?? '') }))
    .sort((a, b) => a.begin - b.begin);
  const last = new Map<string, (typeof known)[number]>();
  for (const one of known) {
    const before = last.get(one.mode);
    if (before !== undefined && one.begin < before.until)
      reader.report('phases-overlap', one.offset, { mode: one.mode, until: before.to ?? '' });
    if (before === undefined || one.until > before.until) last.set(one.mode, one);
  }
}

function checkCounts({ incident: { counts }, reader }: Checked): void {
  if (counts !== null) checkSpan(counts, 'the counted outage', reader);
}

function checkTimeline({ incident: { timeline = [] }, reader, at }: Checked): void {
  for (const [i, one] of timeline.entries()) {
    const before = timeline[i - 1];
    if (before !== undefined && isAfter(before.at, one.at))
      reader.report('timeline-order', at('timeline', i, 'at'), { at: one.at, before: before.at });
  }
}

function checkSources({ incident, reader, at }: Checked): void {
  const { sources, observed = [], broken = [] } = incident;
  const ids = new Set<string>();
  for (const [i, { id }] of sources.entries()) checkId(id, ids, 'a source', at('sources', i, 'id'), reader);
  // Where an id could not be read, or too many were there to read, an unknown one may be that.
  const isWhole =
    !broken.includes('sources') || (sources.length < MAX_SOURCES && sources.every(({ id }) => id !== ''));
  for (const [i, one] of observed.entries()) {
    checkOrder(one.from, one.to, ['from', 'to'], one.offset, reader);
    for (const [k, id] of one.sources.entries())
      if (id !== '' && !ids.has(id) && isWhole && ids.size > 0)
        reader.report('unknown-source', at('observed', i, 'sources', k), {
          id,
          known: [...ids],
          nearest: reader.nearest(id, ids),
        });
  }
}

/** The file's name must be the incident's id. */
export function checkName({ incident: { id, offset }, reader }: Checked, file: string): void {
  const found =
    file
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.(?:ya?ml|json)$/, '') ?? '';
  if (id !== '' && found !== id) reader.report('file-name', offset, { expected: id, found });
}

function checkId(id: string, before: Set<string>, of: string, at: number, reader: Reader): void {
  if (id === '') return;
  if (before.has(id)) reader.report('duplicate-id', at, { id, of });
  before.add(id);
}

/** A span that is over when it begins says nothing. */
function checkSpan(
  { from, to, offset }: { from: string | null; to: string | null; offset: number },
  what: string,
  reader: Reader,
): void {
  checkOrder(from, to, ['from', 'to'], offset, reader);
  if (from !== null && to !== null && Date.parse(from) === Date.parse(to))
    reader.report('span-without-length', offset, { what, at: from });
}

function checkOrder(
  begin: string | null | undefined,
  end: string | null | undefined,
  [first, second]: readonly [string, string],
  offset: number,
  reader: Reader,
): void {
  if (isAfter(begin, end)) reader.report('time-order', offset, { first, second, begin, end: end ?? '' });
}

/** Of two times that are known. */
function isAfter(one: string | null | undefined, other: string | null | undefined): one is string {
  return typeof one === 'string' && typeof other === 'string' && Date.parse(one) > Date.parse(other);
}

function named(window: Incident['window'], name: string): string | null | undefined {
  return window.find((one) => one.name === name)?.value;
}

/** Where values stand in a document. */
export function placesOf(root: Node): Checked['at'] {
  // Made once a mapping: a hostile one has many keys and many problems.
  const values = new WeakMap<Node, ReadonlyMap<string, Node>>();
  const valueAt = (node: Node, key: string): Node | undefined => {
    if (node.kind !== 'map') return undefined;
    const known = values.get(node) ?? new Map(node.entries.map((entry) => [entry.key, entry.value]));
    values.set(node, known);
    return known.get(key);
  };
  return (...path) => {
    let here = root;
    for (const step of path) {
      const next =
        typeof step === 'string' ? valueAt(here, step) : here.kind === 'list' ? here.items[step] : undefined;
      if (next === undefined) break;
      here = next;
    }
    return here.at;
  };
}
