import type { Blame, Drill, FaultResult, JourneyResult } from '../drill/result.ts';
import { printable } from '../printable.ts';
import {
  backSays,
  leftOutByReason,
  matrixOf,
  missedSwitches,
  rowsOf,
  writesOf,
  type DrillRow,
} from './drill-rows.ts';
import {
  answerOf,
  blamesOf,
  nextOf,
  oftenSays,
  paceSays,
  placeOf,
  some,
  timeSays,
  VERDICTS,
  warningsOf,
  yamlLines,
} from './drill-words.ts';
import { table, widthOf } from './table.ts';
import { plural } from './words.ts';
import { paragraph, wrappedTable, type WrappedRow } from './wrapped-table.ts';

export interface DrillTextOptions {
  /** Bold, red, yellow and dim by escape codes. @default false */
  readonly colour?: boolean;
  /** More than 100 is not used. @unit columns @default 100 */
  readonly width?: number;
}

/** @unit columns */
const WIDEST = 100;
/** Faults that went as predicted and are shown; those that did not are always. */
const MOST_AGREEING = 40;
/** Breaches under a journey, what explains, lines of an edit, reasons for leaving out, names of one. */
const MOST_BREACHES = 3;
const MOST_BLAMES = 10;
const MOST_YAML_LINES = 30;
const MOST_LISTED = 12;

type Paint = (code: string, text: string) => string;

/** A drill for a terminal: the answer, fault by fault what was predicted and what was seen, what explains it, the next command. */
export function drillText(drill: Drill, options: DrillTextOptions = {}): string {
  const width = Math.min(WIDEST, options.width ?? WIDEST);
  const paint: Paint = (code, text) => (options.colour === true ? `\u001b[${code}m${text}\u001b[0m` : text);
  const next = nextOf(drill);
  const blocks = [
    [
      ...paragraph(answerOf(drill), width, '').map((line) => paint('1', line)),
      ...warningsOf(drill).flatMap((text) => paragraph(text, width, '').map((line) => paint('31', line))),
    ],
    paragraph(aboutSays(drill), width).map((line) => paint('2', line)),
    faultTable(drill, width, paint),
    timesTable(drill, width),
    writesLines(drill, width),
    listed('Switches that were to be made, and were not seen', missedSwitches(drill), width),
    matrixLines(drill, width),
    blameLines(drill, width),
    listed('Chosen, not known', chosenOf(drill), width),
    leftOutLines(drill, width),
    [...paragraph(`${next.why}:`, width), `    ${next.command}`],
  ];
  return blocks
    .filter((block) => block.length > 0)
    .flatMap((block, i) => (i === 0 ? block : ['', ...block]))
    .join('\n');
}

function aboutSays(drill: Drill): string {
  const { plan, environment, startedAt, endedAt, restored } = drill;
  const tookMs = Date.parse(endedAt) - Date.parse(startedAt);
  return `${plan.name}, ${environment}: ${timeSays(tookMs)} from ${startedAt} on, ${paceSays(drill)}.${restored ? ' Everything that was put was taken away.' : ''}`;
}

function faultTable(drill: Drill, width: number, paint: Paint): string[] {
  const shown = shownOf(drill.faults);
  if (shown.length === 0) return [];
  const columns = ['FAULT', 'JOURNEY', 'PREDICTED', 'OBSERVED', ''].map((title) => ({ title }));
  const rows = shown.flatMap((fault) => faultRows(drill, fault, width, paint));
  const rest = drill.faults.length - shown.length;
  return [
    ...wrappedTable(columns, rows, width),
    ...(rest > 0 ? [`  and ${plural(rest, 'fault')} more as predicted (--json)`] : []),
  ];
}

function shownOf(faults: readonly FaultResult[]): FaultResult[] {
  let agreeing = 0;
  return faults.filter(({ outcome }) => outcome !== 'agrees' || agreeing++ < MOST_AGREEING);
}

function faultRows(drill: Drill, fault: FaultResult, width: number, paint: Paint): WrappedRow[] {
  const ended =
    fault.outcome === 'stopped'
      ? paragraph('ended before its time: what stands here is what was seen until then', width, '      ')
      : [];
  const rows = rowsOf(fault);
  if (rows.length === 0) return [{ cells: [fault.name, 'no journey is tried'], below: ended }];
  return rows.map((row, i) => ({
    cells: [i === 0 ? fault.name : '', row.who, row.predicted, row.observed, VERDICTS[row.outcome]],
    paint: (line) => (row.outcome === 'agrees' ? line : paint(row.outcome === 'wrong' ? '31' : '33', line)),
    below: [...reasons(drill, fault, row, width), ...(i === rows.length - 1 ? ended : [])],
  }));
}

/** What did not hold, and the part of the plan that explains it. */
function reasons(drill: Drill, fault: FaultResult, { journey }: DrillRow, width: number): string[] {
  if (journey === undefined || journey.outcome !== 'wrong') return [];
  const blames = blamesOf(drill, fault, journey.name);
  const breaches = journey.breaches.slice(0, MOST_BREACHES).map((breach) => {
    const what = breach.send === '' ? breach.says : `${breach.send}: ${breach.says}`;
    const often = oftenSays(breach);
    return often === '' ? what : `${unended(what)} (${often})`;
  });
  const rest = journey.breaches.length - breaches.length;
  return [
    ...breaches.flatMap((text) => paragraph(text, width, '      ')),
    ...(rest > 0 ? [`      and ${rest} more (--json)`] : []),
    ...blames.flatMap((one) =>
      paragraph(`${one.edge}: ${unended(one.says)} (${placeOf(one)})`, width, '      → '),
    ),
  ];
}

/** A sentence that goes on. */
function unended(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

/** When each journey that left its mode was seen to, and when it was back. */
function timesTable({ faults }: Drill, width: number): string[] {
  const rows = shownOf(faults).flatMap((fault) =>
    rowsOf(fault)
      .flatMap(({ journey }) => journey ?? [])
      .filter(({ detectMs, recoverMs }) => detectMs !== null || recoverMs !== null)
      .map((journey, i) => ({ cells: [i === 0 ? fault.name : '', journey.name, ...timesOf(journey)] })),
  );
  if (rows.length === 0) return [];
  const right = ['SEEN AFTER', 'BACK AFTER', 'ANSWERED WELL'].map((title) => ({
    title,
    align: 'right' as const,
  }));
  return wrappedTable([{ title: 'FAULT' }, { title: 'JOURNEY' }, ...right], rows, width);
}

function timesOf(journey: JourneyResult): string[] {
  const { sent, good } = journey.requests;
  return [timeSays(journey.detectMs), backSays(journey), `${good} of ${sent}`];
}

function writesLines(drill: Drill, width: number): string[] {
  const { bad, says } = writesOf(drill);
  if (bad.length === 0) return says === '' ? [] : paragraph(says, width);
  const right = ['SENT', 'ANSWERED', 'TWICE', 'LOST'].map((title) => ({ title, align: 'right' as const }));
  const columns = [{ title: 'FAULT' }, { title: 'JOURNEY' }, { title: 'REQUEST' }, ...right];
  const rows = bad.map(({ fault, journey, send, sent, answered, twice, lost }) => ({
    cells: [fault, journey, send, ...[sent, answered, twice, lost].map(String)],
  }));
  return [...paragraph(says, width), ...wrappedTable(columns, rows, width, '    ')];
}

function matrixLines(drill: Drill, width: number): string[] {
  const matrix = matrixOf(drill);
  if (matrix === undefined) return [];
  const title = '  Modes at the end of a fault, by how many journeys: predicted down, observed across';
  const lines = table(
    [{ title: '' }, ...matrix.modes.map((mode) => ({ title: printable(mode), align: 'right' as const }))],
    matrix.rows.map(({ predicted, times }) => [
      printable(predicted),
      ...times.map((one) => (one === 0 ? '·' : String(one))),
    ]),
    '    ',
  );
  if (lines.every((line) => widthOf(line) <= width)) return [title, ...lines];
  // Too many modes to stand beside each other.
  const pairs = drill.confusion.map(({ predicted, observed, times }) => ({
    cells: [predicted, observed, String(times)],
  }));
  const columns = [
    { title: 'PREDICTED' },
    { title: 'OBSERVED' },
    { title: 'TIMES', align: 'right' as const },
  ];
  return [
    '  Modes at the end of a fault, by how many journeys',
    ...wrappedTable(columns, pairs, width, '    '),
  ];
}

function blameLines({ blame }: Drill, width: number): string[] {
  if (blame.length === 0) return [];
  const rest = blame.length - MOST_BLAMES;
  return [
    '  What explains it',
    ...blame.slice(0, MOST_BLAMES).flatMap((one) => blameOf(one, width)),
    ...(rest > 0 ? [`    and ${rest} more (--json)`] : []),
  ];
}

function blameOf({ edge, says, edit, explains, asGood, ...place }: Blame, width: number): string[] {
  return [
    ...paragraph(`${edge} (${placeOf(place)})  ${says}`, width, '    '),
    ...(explains.length === 0 ? [] : paragraph(`explains ${some(explains)}`, width, '      ')),
    ...(edit === null
      ? paragraph('no single edit of the plan would have predicted it', width, '      ')
      : [...paragraph(`smallest edit: ${edit.says}`, width, '      '), ...pasteable(edit.yaml)]),
    ...(asGood.length === 0
      ? []
      : paragraph(`what was drilled cannot tell it from ${asGood.join(', ')}`, width, '      ')),
  ];
}

/** As they are to be pasted: never broken, so that one may be longer than the rest. */
function pasteable(yaml: string): string[] {
  const lines = yamlLines(yaml);
  const rest = lines.length - MOST_YAML_LINES;
  return [
    ...lines.slice(0, MOST_YAML_LINES).map((line) => `        ${printable(line)}`),
    ...(rest > 0 ? [`        # and ${plural(rest, 'line')} more (--json)`] : []),
  ];
}

/** What had to be chosen of incidents. */
function chosenOf({ faults }: Drill): string[] {
  return faults.flatMap(({ choices = [] }) => choices.map(({ about, says }) => `${about}: ${says}`));
}

function leftOutLines({ leftOut }: Drill, width: number): string[] {
  return listed(
    'Not drilled',
    leftOutByReason(leftOut).map(({ why, names }) => `${some(names)}: ${why}`),
    width,
  );
}

function listed(title: string, items: readonly string[], width: number): string[] {
  if (items.length === 0) return [];
  const rest = items.length - MOST_LISTED;
  return [
    `  ${title}`,
    ...items.slice(0, MOST_LISTED).flatMap((item) => paragraph(item, width, '    ')),
    ...(rest > 0 ? [`    and ${rest} more (--json)`] : []),
  ];
}
