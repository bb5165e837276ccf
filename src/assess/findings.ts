import type { Model } from '../model/index.ts';
import { placeIn } from '../plan/index.ts';
import type { Problem } from '../problems.ts';
import type { Assessment, Finding } from './result.ts';
import { steeringOnWhatItSteers } from './shared-fate.ts';

type Judged = Pick<Assessment, 'journeys' | 'sharedFate' | 'blast'>;

/** What a reader should know or mend, each with its place in the plan. */
export function findingsOf(model: Model, result: Judged, problems: readonly Problem[]): Finding[] {
  const serviceAt = new Map(model.services.map(({ name, offset }) => [name, offset]));
  const at = (offset: number): { line: number; column: number } => {
    const { line, column } = placeIn(model.plan, offset);
    return { line, column };
  };
  const findings: Finding[] = problems
    .filter(({ severity }) => severity === 'warning')
    .map(({ code, severity, message, line, column }) => ({
      code,
      severity,
      message,
      line,
      column,
      subject: null,
    }));
  const add = (
    code: string,
    severity: Finding['severity'],
    message: string,
    offset: number,
    subject: string,
  ): void => {
    findings.push({ code, severity, message, ...at(offset), subject });
  };

  for (const [i, journey] of result.journeys.entries()) {
    const node = model.journeys[i];
    if (node === undefined) continue;
    const { name, down, degraded, exposed, refused, slo } = journey;
    if (journey.meetsSlo === false)
      add(
        'slo-missed',
        'error',
        `${name} misses its target: ${percent(journey.availability)} of the time, ${percent(slo ?? 0)} asked.`,
        node.offset,
        name,
      );
    else if (slo !== null && degraded.probability > 1 - slo && node.modes.length > 1)
      add(
        'slo-met-degraded',
        'note',
        `${name} meets its target only because its lower modes count: its first mode is there ${percent(1 - degraded.probability)} of the time.`,
        node.offset,
        name,
      );
    if (down.singlePoints.length > 0)
      add(
        'single-point',
        'warning',
        `${name} is down when any one of these fails: ${list(down.singlePoints)}.`,
        node.offset,
        name,
      );
    if (exposed.probability > 0)
      add(
        'exposed',
        'warning',
        `${name} is served without ${list(Object.keys(exposed.missing))} ${hours(exposed.probability)} a year.`,
        node.offset,
        name,
      );
    if (refused.probability > 0)
      add(
        'refused',
        'note',
        `${name} is refused for want of ${list(Object.keys(refused.missing))} ${hours(refused.probability)} a year.`,
        node.offset,
        name,
      );
    if (down.bounds !== null)
      add(
        'bounds-only',
        'warning',
        `${name} is too large to solve exactly: its hours down lie between ${down.bounds[0].toFixed(2)} and ${down.bounds[1].toFixed(2)} a year, and the figures are the upper ends.`,
        node.offset,
        name,
      );
    if (!journey.switchOver.exact)
      add(
        'switch-overs-bounded',
        'note',
        `The switch-overs of ${name} are upper bounds: each is taken to be felt.`,
        node.offset,
        name,
      );
    for (const [m, mode] of journey.modes.entries()) {
      if (mode.probability > 0 || down.bounds !== null) continue;
      const modeNode = node.modes[m];
      if (modeNode === undefined || m === 0) continue;
      add(
        'mode-unreachable',
        'warning',
        `No state reaches ${mode.name} of ${name}: whenever it works, a better mode does.`,
        modeNode.offset,
        name,
      );
    }
  }
  for (const { service, alternatives, events } of result.sharedFate)
    add(
      'shared-fate',
      'warning',
      `${list(alternatives)} of ${service} fail together when any one of these does: ${list(events)}.`,
      serviceAt.get(service) ?? 0,
      service,
    );
  for (const { service, events } of steeringOnWhatItSteers(model)) {
    const name = model.services[service]?.name ?? '';
    add(
      'steering-shares-fate',
      'warning',
      `${name} is steered by what it would be steered away from: ${list(events)} takes both.`,
      serviceAt.get(name) ?? 0,
      name,
    );
  }
  return findings.sort((a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1));
}

function list(words: readonly string[]): string {
  return words.length <= 8
    ? words.join(', ')
    : `${words.slice(0, 8).join(', ')} and ${words.length - 8} more`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(4).replace(/0+$/, '').replace(/\.$/, '')} %`;
}

function hours(probability: number): string {
  const value = probability * 8766;
  return value < 1 ? `${(value * 60).toPrecision(2)} minutes` : `${value.toPrecision(3)} hours`;
}
