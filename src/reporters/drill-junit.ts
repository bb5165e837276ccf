import type { Drill, FaultResult, JourneyResult } from '../drill/result.ts';
import { printable } from '../printable.ts';
import { homeOf, lastedMs, stagesSay } from './drill-rows.ts';
import { answerOf, blamesOf, oftenSays, placeOf, warningsOf, yamlLines } from './drill-words.ts';
import { escapeHtml } from './html-text.ts';

/** Where tests ran, for schemas that want to know. */
const HOST = 'localhost';
/** The suite of what is no fault: how it ended, what was left out. */
const ITSELF = 'the drill itself';

/**
 * A drill as JUnit XML: a suite a fault, a case a journey, and a last suite that says how the drill ended and what was left out.
 * Valid by the schema of Ant's JUnit task (https://github.com/windyroad/JUnit-Schema) and by that of Jenkins
 * (junit-10.xsd of its xUnit plugin), which is what most CI systems read.
 */
export function drillJunit(drill: Drill): string {
  const suites = [
    ...drill.faults.map((fault) => faultSuite(drill, fault)),
    {
      ...itself(drill),
      at: drill.startedAt,
      lastsMs: Date.parse(drill.endedAt) - Date.parse(drill.startedAt),
    },
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites.flatMap(suiteLines),
    '</testsuites>',
  ].join('\n');
}

interface Suite {
  readonly name: string;
  readonly at: string;
  readonly lastsMs: number;
  readonly properties: readonly (readonly [string, string])[];
  readonly cases: readonly Case[];
}

interface Case {
  readonly name: string;
  readonly timeMs: number;
  readonly result: Result | undefined;
}

interface Result {
  readonly kind: 'failure' | 'error' | 'skipped';
  readonly type: string;
  readonly message: string;
  readonly lines: readonly string[];
}

function faultSuite(drill: Drill, fault: FaultResult): Suite {
  const { name, kind, same, as, places, injectedAt, journeys } = fault;
  const lastsMs = lastedMs(fault);
  return {
    name,
    at: injectedAt,
    lastsMs,
    properties: [
      ...propertiesOf(drill),
      ['fault.kind', kind],
      ['fault.as', as],
      ...same.map((other) => ['fault.same', other] as const),
      ...places.map(({ address, names }) => ['fault.place', [address, ...names].join(' ')] as const),
    ],
    cases: journeys.map((journey) => ({
      name: journey.name,
      timeMs: lastsMs,
      result: journey.outcome === 'wrong' ? failureOf(drill, fault, journey) : undefined,
    })),
  };
}

/** How it ended is an error where it did not end as meant: nothing was found wrong, and nothing was found right either. */
function itself(drill: Drill): Omit<Suite, 'at' | 'lastsMs'> {
  const warnings = warningsOf(drill);
  const result: Result | undefined =
    warnings.length === 0
      ? undefined
      : {
          kind: 'error',
          type: drill.restored ? 'stopped' : 'not-restored',
          message: warnings.join(' '),
          lines: [answerOf(drill)],
        };
  return {
    name: ITSELF,
    properties: propertiesOf(drill),
    cases: [
      { name: 'ran to its end, and took away all that it put', timeMs: 0, result },
      ...drill.leftOut.map(({ name, why }) => ({
        name,
        timeMs: 0,
        result: { kind: 'skipped' as const, type: 'left-out', message: why, lines: [] },
      })),
    ],
  };
}

function propertiesOf({ plan, environment, versions, speed, toleranceMs }: Drill): [string, string][] {
  return [
    ['plan', plan.name],
    ['plan.file', plan.file],
    ['plan.digest', plan.digest ?? ''],
    ['plan.asOf', plan.asOf],
    ['environment', environment],
    ['versions.keelson', versions.keelson],
    ['versions.node', versions.node],
    ['versions.faults', versions.faults],
    ['speed', String(speed)],
    ['toleranceMs', String(toleranceMs)],
  ];
}

function failureOf(drill: Drill, fault: FaultResult, journey: JourneyResult): Result {
  const { predicted, observed, breaches } = journey;
  const [first] = breaches;
  const home = homeOf(predicted);
  const untilMs = lastedMs(fault);
  return {
    kind: 'failure',
    type: first?.kind ?? 'differs',
    message: first?.says ?? 'Something else was seen than was predicted.',
    lines: [
      `predicted: ${stagesSay(predicted, home, 'within', untilMs)}`,
      `observed: ${stagesSay(observed, home, 'in', untilMs)}`,
      ...breaches.map((breach) => {
        const often = oftenSays(breach);
        const about = [breach.send, often].filter((part) => part !== '').join(', ');
        return `${breach.kind}${about === '' ? '' : ` (${about})`}: ${breach.says}`;
      }),
      ...blamesOf(drill, fault, journey.name).flatMap((blame) => [
        `${placeOf(blame)}:${blame.column} ${blame.edge}: ${blame.says}`,
        ...(blame.edit === null ? [] : [`smallest edit: ${blame.edit.says}`, ...yamlLines(blame.edit.yaml)]),
      ]),
    ],
  };
}

function suiteLines({ name, at, lastsMs, properties, cases }: Suite, id: number): string[] {
  const count = (kind: Result['kind']): number => cases.filter(({ result }) => result?.kind === kind).length;
  const head = attributes({
    name: filled(name),
    package: 'keelson.drill',
    id: String(id),
    // Both schemas take a moment without its zone: it is UTC.
    timestamp: at.slice(0, 19),
    hostname: HOST,
    tests: String(cases.length),
    failures: String(count('failure')),
    errors: String(count('error')),
    skipped: String(count('skipped')),
    time: seconds(lastsMs),
  });
  return [
    `  <testsuite${head}>`,
    '    <properties>',
    ...properties.map(([key, value]) => `      <property${attributes({ name: key, value })}/>`),
    '    </properties>',
    ...cases.flatMap((one) => caseLines(one, name)),
    '    <system-out/>',
    '    <system-err/>',
    '  </testsuite>',
  ];
}

function caseLines({ name, timeMs, result }: Case, suite: string): string[] {
  const head = attributes({ classname: filled(suite), name: filled(name), time: seconds(timeMs) });
  if (result === undefined) return [`    <testcase${head}/>`];
  const { kind, type, message, lines } = result;
  const body = lines.map(xmlText).join('\n');
  return [
    `    <testcase${head}>`,
    `      <${kind}${attributes({ type, message })}>${body}</${kind}>`,
    '    </testcase>',
  ];
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(value)}"`)
    .join('');
}

/** A name must not be empty. */
function filled(name: string): string {
  return name.trim() === '' ? '–' : name;
}

function seconds(ms: number): string {
  return Number.isFinite(ms) ? (Math.max(0, ms) / 1_000).toFixed(3) : '0.000';
}

/** Text of an element or an attribute. What XML 1.0 has no way to say, control characters and U+FFFE, U+FFFF, is written out. */
function xmlText(text: string): string {
  return escapeHtml(
    printable(text).replace(/[\ufffe\uffff]/g, (found) => `\\u{${found.charCodeAt(0).toString(16)}}`),
  );
}
