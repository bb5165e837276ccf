import { EMPTY_CATALOG } from '../../../src/catalog/index.ts';
import { parseIncident, type Incident } from '../../../src/incidents/index.ts';
import { buildModel, labelOf, type Model } from '../../../src/model/index.ts';
import { parsePlan, type Plan } from '../../../src/plan/index.ts';
import { replay, type JourneyReplay, type Replay } from '../../../src/replay/index.ts';
import { tick, type TickJourney, type TickOptions, type TickResult, type TickSwitch } from './tick.ts';

/** Both have the same; what differs for longer counts. @unit seconds */
const SLACK = 1;
const LEVEL = 1e-6;
/** How long nothing may go on happening in the oracle after the product has stopped. @unit seconds */
const AFTER = 600;

export type CompareOptions = Omit<TickOptions, 'tailSeconds'>;

/** Replays an incident both ways and says where they differ; nothing when they agree. */
export function differences(planText: string, incidentText: string, options: CompareOptions = {}): string[] {
  const { plan, model } = planOf(planText);
  const incident = incidentOf(incidentText);
  const ours = replay(model, incident, { ...options, details: false });
  if (ours.from === null || ours.to === null) {
    const { journeys } = tick(plan, incident, { ...options, tailSeconds: 0 });
    return journeys.every(({ modes }) => modes.length === 0) ? [] : ['not replayed'];
  }
  const last = Math.max(epoch(ours.to), ...ours.steps.map(({ at }) => epoch(at)));
  const tailSeconds = AFTER + Math.ceil(last - lastMoment(plan, incident, options));
  const theirs = tick(plan, incident, { ...options, tailSeconds });
  if (theirs.from !== epoch(ours.from)) return [`from: product ${ours.from}, oracle ${iso(theirs.from)}`];
  const found = ours.journeys.flatMap((journey, index) => {
    const other = theirs.journeys[index];
    return other === undefined ? [] : journeyDifferences(journey, other, ours, theirs.from);
  });
  return [...found, ...switchDifferences(ours, theirs, labelsOf(model))];
}

export function planOf(text: string): { readonly plan: Plan; readonly model: Model } {
  const { plan, problems } = parsePlan(text, 'random.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const { model, problems: more } = buildModel(plan, EMPTY_CATALOG);
  if (model === undefined) throw new Error(more.map(({ message }) => message).join('\n'));
  return { plan, model };
}

export function incidentOf(text: string): Incident {
  const { incident, problems } = parseIncident(text, 'random.yaml');
  if (incident === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return incident;
}

/** The end of the last phase, as the oracle has it. @unit seconds since 1970 */
function lastMoment(plan: Plan, incident: Incident, options: CompareOptions): number {
  const { from, journeys } = tick({ ...plan, services: [], journeys: [] }, incident, {
    ...options,
    tailSeconds: 0,
  });
  return from + (journeys[0]?.modes.length ?? 0);
}

// Journeys

/** What a journey is in for one second. */
interface State {
  readonly mode: string;
  readonly level: number;
  readonly exposed: boolean;
}

function journeyDifferences(
  ours: JourneyReplay,
  theirs: TickJourney,
  { to }: Replay,
  from: number,
): string[] {
  const seconds = Math.round(epoch(to ?? '') - from);
  const mine = statesOf(ours, from, seconds);
  const others = theirs.modes.map(
    (mode, second): State => ({
      mode,
      level: theirs.levels[second] ?? 0,
      exposed: theirs.exposed[second] === true,
    }),
  );
  const found: string[] = [];
  for (let second = 0, run = 0; second < seconds && found.length === 0; second++) {
    const [a, b] = [mine[second], others[second]];
    run = a !== undefined && b !== undefined && isSame(a, b) ? 0 : run + 1;
    if (run <= SLACK) continue;
    const first = second - run + 1;
    found.push(
      `${ours.name} from second ${first} on: product ${show(mine[second])}, oracle ${show(others[second])}` +
        ` (before: ${show(mine[first - 1])})`,
    );
  }
  const late = others.findIndex(
    (state, second) => second > seconds + SLACK && !isSame(state, others[second - 1] ?? state),
  );
  if (late >= 0)
    found.push(`${ours.name} goes on after the end: at second ${late} oracle ${show(others[late])}`);
  return [...found, ...minuteDifferences(ours, others.slice(0, seconds))];
}

function isSame(a: State, b: State): boolean {
  return a.mode === b.mode && a.exposed === b.exposed && Math.abs(a.level - b.level) <= LEVEL;
}

function show(state: State | undefined): string {
  if (state === undefined) return 'nothing';
  return `${state.mode} at ${state.level}${state.exposed ? ' exposed' : ''}`;
}

/** One a second. */
function statesOf({ segments }: JourneyReplay, from: number, seconds: number): readonly State[] {
  const states: State[] = [];
  for (const { to, ...state } of segments) {
    const end = Math.min(epoch(to) - from, seconds);
    while (states.length < end) states.push(state);
  }
  return states;
}

function minuteDifferences(ours: JourneyReplay, theirs: readonly State[]): string[] {
  const [first] = ours.modes;
  const sums = [
    ['minutesDown', ours.minutesDown, (one: State) => one.mode === 'down'],
    [
      'minutesDegraded',
      ours.minutesDegraded,
      (one: State) => one.mode !== 'down' && one.mode !== first?.name,
    ],
    ['minutesExposed', ours.minutesExposed, (one: State) => one.exposed],
  ] as const;
  const slack = 2 * (ours.segments.length + 1);
  return sums.flatMap(([name, minutes, counts]) => {
    const seconds = theirs.filter(counts).length;
    const isNear = Math.abs(minutes * 60 - seconds) <= slack;
    return isNear ? [] : [`${ours.name} ${name}: product ${minutes}, oracle ${(seconds / 60).toFixed(2)}`];
  });
}

// Switches

type Labels = ReadonlyMap<string, readonly string[]>;

/** What the alternatives of each service are called in steps. */
function labelsOf(model: Model): Labels {
  return new Map(
    model.services.map(({ name, redundancy }) => [
      name,
      redundancy?.kind === 'any'
        ? redundancy.options.map(({ node }, position) => labelOf(model, node, position))
        : [],
    ]),
  );
}

function switchDifferences(ours: Replay, { switches, from }: TickResult, labels: Labels): string[] {
  const left = ours.steps
    .filter(({ kind }) => kind === 'in-use' || kind === 'back')
    .map((step) => ({ ...step, at: epoch(step.at) }));
  const missing = switches.filter(({ at, ...one }) => {
    const [before, after] = ends(one, labels);
    const found = left.findIndex(
      (step) =>
        step.service === one.service &&
        step.from === before &&
        step.to === after &&
        Math.abs(step.at - at) <= SLACK,
    );
    if (found >= 0) left.splice(found, 1);
    return found < 0;
  });
  return [
    ...missing.map(
      (one) =>
        `switch in the oracle alone: ${one.service} ${one.at - from} ${ends(one, labels).join(' to ')}`,
    ),
    ...left.map(
      (one) => `switch in the product alone: ${one.service} ${one.at - from} ${one.from} to ${one.to}`,
    ),
  ];
}

function ends({ service, from, to }: Pick<TickSwitch, 'service' | 'from' | 'to'>, labels: Labels): string[] {
  return [from, to].map((alternative) => labels.get(service)?.[alternative] ?? '?');
}

// Time

/** @unit seconds since 1970 */
function epoch(iso: string): number {
  return Date.parse(iso) / 1000;
}

function iso(time: number): string {
  return new Date(time * 1000).toISOString();
}
