import type { Drill, FaultResult, SwitchResult, Stage } from '../drill/result.ts';
import { courseSays, homeOf, leftOutByReason, stagesSay } from './drill-rows.ts';
import { commandFor, FAILS, paceSays, some, timeSays } from './drill-words.ts';
import { plural } from './words.ts';
import { paragraph } from './wrapped-table.ts';

/** What a drill would do, as `--dry-run` says it. */
export interface PlannedDrill {
  readonly plan: Pick<Drill['plan'], 'name' | 'file'>;
  readonly environment: Drill['environment'];
  /** How many seconds of the plan pass in one of the drill. */
  readonly speed: number;
  /** @unit ms */
  readonly toleranceMs: number;
  /** In the order in which they would be put. */
  readonly faults: readonly PlannedFault[];
  readonly leftOut: Drill['leftOut'];
  /** All of it, waiting in between included. @unit ms */
  readonly totalMs: number;
}

export interface PlannedFault
  extends Pick<FaultResult, 'name' | 'kind' | 'same' | 'as' | 'places' | 'course' | 'choices'> {
  readonly journeys: readonly { readonly name: string; readonly predicted: readonly Stage[] }[];
  readonly switches: readonly Pick<SwitchResult, 'service' | 'to' | 'predictedMs'>[];
  /** When it would be taken away, since it was put. @unit ms */
  readonly lastsMs: number;
  /** Until the next one could begin. @unit ms */
  readonly takesMs: number;
}

export interface DrillPlanTextOptions {
  /** Bold and dim by escape codes. @default false */
  readonly colour?: boolean;
  /** More than 100 is not used. @unit columns @default 100 */
  readonly width?: number;
}

/** @unit columns */
const WIDEST = 100;

/** What a drill would do, for a terminal: how much and for how long, then fault by fault, then the command that does it. */
export function drillPlanText(planned: PlannedDrill, options: DrillPlanTextOptions = {}): string {
  const width = Math.min(WIDEST, options.width ?? WIDEST);
  const paint = (code: string, text: string): string =>
    options.colour === true ? `\u001b[${code}m${text}\u001b[0m` : text;
  const { plan, environment, faults, totalMs } = planned;
  const how = faults.length === 0 ? '' : `, one after the other, in ${timeSays(totalMs)}`;
  const blocks = [
    paragraph(
      `${plural(faults.length, 'fault')} would be put${how}. Nothing has been touched.`,
      width,
      '',
    ).map((line) => paint('1', line)),
    paragraph(`${plan.name}, ${environment}: ${paceSays(planned)}.`, width).map((line) => paint('2', line)),
    ...faults.map((fault, i) => faultLines(fault, i + 1, width)),
    leftOutLines(planned.leftOut, width),
    faults.length === 0 ? [] : ['  Do it:', `    ${commandFor(plan.file, faults)}`],
  ];
  return blocks
    .filter((block) => block.length > 0)
    .flatMap((block, i) => (i === 0 ? block : ['', ...block]))
    .join('\n');
}

function faultLines(fault: PlannedFault, number: number, width: number): string[] {
  const { name, kind, same, as, places, switches, lastsMs, takesMs, choices = [] } = fault;
  const where = places.map(({ address, names }) =>
    names.length === 0 ? address : `${address} (${some(names)})`,
  );
  const facts: [string, string][] = [
    ['fails', `${some(where) || 'nothing'}: ${FAILS[as]}`],
    ...(same.length === 0 ? [] : [['same as', some(same)] satisfies [string, string]]),
    ...courseSays(fault).map((text): [string, string] => ['goes', text]),
    ...journeyFacts(fault),
    ...switches.map(({ service, to, predictedMs }): [string, string] => [
      'switches',
      `${service} to ${to} within ${timeSays(predictedMs)}`,
    ]),
    ['takes', `${timeSays(takesMs)}, ${timeSays(lastsMs)} of it failed`],
    ...choices.map(({ about, says }): [string, string] => ['chosen', `${about}: ${says}`]),
  ];
  return [
    ...paragraph(`${name}, ${KINDS[kind]}`, width, `  ${number}  `),
    ...facts.flatMap(([label, text], i) =>
      paragraph(text, width, `     ${(facts[i - 1]?.[0] === label ? '' : label).padEnd(9)}  `),
    ),
  ];
}

const KINDS: Readonly<Record<FaultResult['kind'], string>> = {
  provider: 'a whole provider',
  region: 'a whole region',
  zone: 'a whole zone',
  part: 'one part',
  steering: 'what steers',
  pair: 'two at once',
  incident: 'an incident',
};

/** What each journey would go through; those that would stay in one mode together. */
function journeyFacts({ journeys, lastsMs }: PlannedFault): [string, string][] {
  const staying = new Map<string, string[]>();
  const facts: [string, string][] = [];
  for (const { name, predicted } of journeys) {
    const [only, ...more] = predicted;
    if (only !== undefined && more.length === 0)
      staying.set(only.mode, [...(staying.get(only.mode) ?? []), name]);
    else facts.push(['predicted', `${name}: ${stagesSay(predicted, homeOf(predicted), 'within', lastsMs)}`]);
  }
  for (const [mode, names] of staying) facts.push(['predicted', `${some(names)}: ${mode} throughout`]);
  return facts;
}

function leftOutLines(leftOut: Drill['leftOut'], width: number): string[] {
  if (leftOut.length === 0) return [];
  return [
    '  Not drilled',
    ...leftOutByReason(leftOut).flatMap(({ why, names }) =>
      paragraph(`${some(names)}: ${why}`, width, '    '),
    ),
  ];
}
