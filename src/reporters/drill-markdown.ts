import type { Blame, Drill, FaultResult, JourneyResult } from '../drill/result.ts';
import { printable } from '../printable.ts';
import { backSays, leftOutByReason, matrixOf, rowsOf, writesOf } from './drill-rows.ts';
import {
  answerOf,
  blamesOf,
  FAILS,
  nextOf,
  oftenSays,
  paceSays,
  placeOf,
  timeSays,
  VERDICTS,
  warningsOf,
  yamlLines,
} from './drill-words.ts';
import { asText, bullets, code, grid } from './markup.ts';

/** A drill as Markdown, for a pull request or a folder of evidence: all of it, and by which versions it was done. */
export function drillMarkdown(drill: Drill): string {
  const next = nextOf(drill);
  return [
    `# Drill of ${asText(drill.plan.name)}`,
    `**${asText(answerOf(drill))}**`,
    ...warningsOf(drill).map((warning) => `**${asText(warning)}**`),
    ...faultBlocks(drill),
    ...timesBlocks(drill),
    ...writesBlocks(drill),
    ...matrixBlocks(drill),
    ...blameBlocks(drill),
    ...leftOutBlocks(drill),
    ...howBlocks(drill),
    `${asText(next.why)}:`,
    fenced('sh', [next.command]),
  ].join('\n\n');
}

function faultBlocks(drill: Drill): string[] {
  const rows = drill.faults.flatMap((fault) =>
    rowsOf(fault).map(({ who, journey, predicted, observed, outcome }, i) => [
      i === 0 ? code(fault.name) : '',
      journey === undefined ? asText(who) : code(who),
      asText(predicted),
      asText(observed),
      outcome === 'agrees' ? VERDICTS.agrees : `**${VERDICTS[outcome]}**`,
    ]),
  );
  const wrong = drill.faults.flatMap((fault) =>
    fault.journeys
      .filter(({ outcome }) => outcome === 'wrong')
      .flatMap((journey) => reasons(drill, fault, journey)),
  );
  if (rows.length === 0) return [];
  return [
    '## Faults',
    grid(['Fault', 'Journey', 'Predicted', 'Observed', ''], rows),
    ...(wrong.length === 0 ? [] : ['What did not hold:', bullets(wrong)]),
  ];
}

function reasons(drill: Drill, fault: FaultResult, { name, breaches }: JourneyResult): string[] {
  const where = `${code(name)} under ${code(fault.name)}`;
  return [
    ...breaches.map((breach) => {
      const request = breach.send === '' ? '' : `, ${code(breach.send)}`;
      const often = oftenSays(breach);
      return `${where}, ${breach.kind}${request}: ${asText(breach.says)}${often === '' ? '' : ` (${often})`}`;
    }),
    ...blamesOf(drill, fault, name).map(
      (blame) => `${where}: by ${code(blame.edge)} at ${code(placeOf(blame))}`,
    ),
  ];
}

function timesBlocks({ faults }: Drill): string[] {
  const rows = faults.flatMap(({ name, journeys }) =>
    journeys
      .filter(({ detectMs, recoverMs }) => detectMs !== null || recoverMs !== null)
      .map((journey) => [
        code(name),
        code(journey.name),
        timeSays(journey.detectMs),
        backSays(journey),
        `${journey.requests.good} of ${journey.requests.sent}`,
      ]),
  );
  const switches = faults.flatMap(({ name, switches: own }) =>
    own.map(({ service, to, predictedMs, observedMs }) => [
      code(name),
      `${code(service)} to ${code(to)}`,
      timeSays(predictedMs),
      observedMs === null ? '**not seen**' : timeSays(observedMs),
    ]),
  );
  return [
    ...(rows.length === 0
      ? []
      : ['## Times', grid(['Fault', 'Journey', 'Seen after', 'Back after', 'Answered well'], rows)]),
    ...(switches.length === 0
      ? []
      : ['## Switches', grid(['Fault', 'Switch', 'Predicted within', 'Seen after'], switches)]),
  ];
}

function writesBlocks(drill: Drill): string[] {
  const { bad, says } = writesOf(drill);
  if (says === '') return [];
  if (bad.length === 0) return ['## Writes', says];
  const rows = bad.map(({ fault, journey, send, sent, answered, twice, lost }) => [
    code(fault),
    code(journey),
    code(send),
    ...[sent, answered, twice, lost].map(String),
  ]);
  return [
    '## Writes',
    `${says}:`,
    grid(['Fault', 'Journey', 'Request', 'Sent', 'Answered', 'Twice', 'Lost'], rows),
  ];
}

function matrixBlocks(drill: Drill): string[] {
  const matrix = matrixOf(drill);
  if (matrix === undefined) return [];
  return [
    '## Predicted against observed',
    'Modes at the end of a fault, by how many journeys: predicted down the side, observed across.',
    grid(
      ['', ...matrix.modes.map(code)],
      matrix.rows.map(({ predicted, times }) => [
        code(predicted),
        ...times.map((one) => (one === 0 ? '·' : String(one))),
      ]),
    ),
  ];
}

function blameBlocks({ blame }: Drill): string[] {
  if (blame.length === 0) return [];
  return ['## What explains it', ...blame.flatMap(blameOf)];
}

function blameOf({ edge, says, edit, explains, asGood, ...place }: Blame): string[] {
  const explained = explains.length === 0 ? '' : ` Explains ${explains.map(code).join(', ')}.`;
  return [
    `### ${code(edge)}, ${code(placeOf(place))}`,
    `${asText(says)}${explained}`,
    ...(edit === null
      ? ['No single edit of the plan would have predicted it.']
      : [`Smallest edit: ${asText(edit.says)}`, fenced('yaml', yamlLines(edit.yaml))]),
    ...(asGood.length === 0 ? [] : [`What was drilled cannot tell it from ${asGood.map(code).join(', ')}.`]),
  ];
}

function leftOutBlocks({ leftOut }: Drill): string[] {
  if (leftOut.length === 0) return [];
  const items = leftOutByReason(leftOut).map(
    ({ why, names }) => `${names.map(code).join(', ')}: ${asText(why)}`,
  );
  return ['## Not drilled', bullets(items)];
}

function howBlocks(drill: Drill): string[] {
  const { plan, environment, startedAt, endedAt, versions, restored, faults } = drill;
  const digest = plan.digest === null ? 'no digest' : code(plan.digest);
  return [
    '## How it was done',
    bullets([
      `Plan ${code(plan.file)} as of ${asText(plan.asOf)}, ${digest}`,
      `In ${environment}, from ${asText(startedAt)} to ${asText(endedAt)}, with ${paceSays(drill)}`,
      `Keelson ${asText(versions.keelson)}, Node ${asText(versions.node)}, faults by ${asText(versions.faults)}`,
      ...(restored ? ['Everything that was put was taken away again'] : []),
    ]),
    ...(faults.length === 0
      ? []
      : [grid(['Fault', 'What failed, and how', 'Comes to the same'], faults.map(placesRow))]),
  ];
}

function placesRow({ name, as, places, same }: FaultResult): string[] {
  const where = places.map(({ address, names }) => [code(address), ...names.map(code)].join(' '));
  return [code(name), `${where.join(', ') || 'nothing'} ${FAILS[as]}`, same.map(code).join(', ') || '–'];
}

/** Lines as they are in a block that nothing in them ends. */
function fenced(language: string, lines: readonly string[]): string {
  const runs = lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)));
  return [fence + language, ...lines.map(printable), fence].join('\n');
}
