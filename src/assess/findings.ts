import { TRUE, type FormulaId } from '../diagram/index.ts';
import type { Interpreter, JourneyNode, Model } from '../model/index.ts';
import { placeIn } from '../plan/index.ts';
import { problem, type Problem, type ProblemArguments, type ProblemCode } from '../problems.ts';
import { formatHours, formatShare, HOURS_PER_YEAR } from '../units.ts';
import type { Assessment, Finding, JourneyResult } from './result.ts';
import { steeringOnWhatItSteers } from '../changes/index.ts';

type Judged = Pick<Assessment, 'journeys' | 'sharedFate' | 'without'>;

/** What a reader should know or mend, each with its place in the plan and in the order of the plan. */
export function findingsOf(
  model: Model,
  reader: Interpreter<FormulaId>,
  result: Judged,
  problems: readonly Problem[],
): Finding[] {
  return new Findings(model, reader, result).all(problems);
}

class Findings {
  private readonly model: Model;
  private readonly reader: Interpreter<FormulaId>;
  private readonly result: Judged;
  private readonly found: Finding[] = [];

  constructor(model: Model, reader: Interpreter<FormulaId>, result: Judged) {
    this.model = model;
    this.reader = reader;
    this.result = result;
  }

  all(problems: readonly Problem[]): Finding[] {
    for (const one of problems) if (one.severity === 'warning') this.keep(one, null);
    for (const [i, journey] of this.result.journeys.entries()) {
      const node = this.model.journeys[i];
      if (node === undefined) continue;
      this.journey(journey, node);
      // What is taken as failed makes modes unreachable that are not.
      if (this.result.without.length === 0) this.modes(journey, node);
    }
    this.carries();
    this.fates();
    return this.found.sort((a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1));
  }

  private journey(journey: JourneyResult, { offset, modes }: JourneyNode): void {
    const { name, slo, availability, down, degraded, exposed, refused, switchOver, compromise } = journey;
    const say = (code: string, severity: Finding['severity'], message: string): void =>
      this.add(code, severity, message, offset, name);
    if (journey.meetsSlo === false)
      say(
        'slo-missed',
        'error',
        `${name} misses its target: ${percent(availability)} of the time, ${percent(slo ?? 0)} asked.`,
      );
    else if (slo !== null && degraded.probability > 1 - slo && modes.length > 1)
      say(
        'slo-met-degraded',
        'note',
        `${name} meets its target only because its lower modes count: its first is there ${percent(1 - degraded.probability)} of the time.`,
      );
    if (down.singlePoints.length > 0)
      say(
        'single-point',
        'warning',
        `${name} is down when any one of these fails: ${list(down.singlePoints)}.`,
      );
    if (exposed.probability > 0)
      say(
        'exposed',
        'warning',
        `${name} is served without ${list(Object.keys(exposed.missing))} ${hours(exposed.probability)} a year.`,
      );
    if (refused.probability > 0)
      say(
        'refused',
        'note',
        `${name} is refused for want of ${list(Object.keys(refused.missing))} ${hours(refused.probability)} a year.`,
      );
    if (down.bounds !== null)
      say(
        'bounds-only',
        'warning',
        `${name} is too large to solve exactly: it is down between ${formatHours(down.bounds[0])} and ${formatHours(down.bounds[1])} a year. Figures are the upper ends.`,
      );
    else if (degraded.bounds !== null)
      say(
        'bounds-only',
        'warning',
        `${name} is too large to solve as a whole: that it is down is exact, that it leaves its first mode is between ${formatHours(degraded.bounds[0])} and ${formatHours(degraded.bounds[1])} a year. Other figures are the upper ends.`,
      );
    if (!compromise.complete)
      say(
        'compromise-incomplete',
        'warning',
        `The ways to compromise ${name} are too many to count: only single targets are.`,
      );
    if (!switchOver.exact)
      say(
        'switch-overs-bounded',
        'note',
        `The switch-overs of ${name} are upper bounds: each is taken to be felt.`,
      );
  }

  /** Modes that never work, that lack a protection in every state, or that a better mode always stands before. */
  private modes({ name, modes, down }: JourneyResult, node: JourneyNode): void {
    const { reader } = this;
    for (const [m, mode] of node.modes.entries()) {
      const journey = name;
      for (const protection of mode.need)
        if (reader.protectionMissing(mode, protection) === TRUE)
          this.warn('protection-nowhere', { protection, journey, mode: mode.name }, mode.offset, name);
      if (reader.modeFailed(mode) === TRUE)
        this.warn('mode-never-works', { journey, mode: mode.name }, mode.offset, name);
      else if (m > 0 && modes[m]?.probability === 0 && down.bounds === null)
        this.warn('mode-unreachable', { journey, mode: mode.name }, mode.offset, name);
    }
  }

  /** Alternatives that carry less than any mode asks. */
  private carries(): void {
    const loads = this.model.journeys.flatMap(({ modes }) => modes.map(({ load }) => load));
    const least = Math.min(...loads);
    for (const { name, value } of this.model.plan.services ?? [])
      for (const { carries, offset } of value.any ?? []) {
        if (carries === undefined || carries >= least) continue;
        this.warn(
          'carries-no-mode',
          { service: name, carries: formatShare(carries), least: formatShare(least) },
          offset,
          name,
        );
      }
  }

  private fates(): void {
    const offsetOf = new Map(this.model.services.map(({ name, offset }) => [name, offset]));
    for (const { service, alternatives, events } of this.result.sharedFate)
      this.add(
        'shared-fate',
        'warning',
        `${list(alternatives)} of ${service} fail together when any one of these does: ${list(events)}.`,
        offsetOf.get(service) ?? 0,
        service,
      );
    for (const { service, events } of steeringOnWhatItSteers(this.model)) {
      const { name = '', offset = 0 } = this.model.services[service] ?? {};
      this.add(
        'steering-shares-fate',
        'warning',
        `${name} is steered by what it would be steered away from: ${list(events)} takes both.`,
        offset,
        name,
      );
    }
  }

  private warn<C extends ProblemCode>(
    code: C,
    args: ProblemArguments<C>,
    offset: number,
    subject: string,
  ): void {
    this.keep(problem(code, placeIn(this.model.plan, offset), args), subject);
  }

  private keep({ code, severity, message, line, column }: Problem, subject: string | null): void {
    this.found.push({ code, severity, message, line, column, subject });
  }

  private add(
    code: string,
    severity: Finding['severity'],
    message: string,
    offset: number,
    subject: string,
  ): void {
    const { line, column } = placeIn(this.model.plan, offset);
    this.found.push({ code, severity, message, line, column, subject });
  }
}

function list(words: readonly string[]): string {
  return words.length <= 8
    ? words.join(', ')
    : `${words.slice(0, 8).join(', ')} and ${words.length - 8} more`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(4).replace(/\.?0+$/, '')} %`;
}

function hours(probability: number): string {
  return formatHours(probability * HOURS_PER_YEAR);
}
