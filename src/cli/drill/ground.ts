import { assess } from '../../assess/index.ts';
import { liveSignals } from '../../control/index.ts';
import {
  faultNamed,
  faultsOf,
  withoutEdgeLoads,
  type Again,
  type EventPair,
  type Fault,
  type Place,
  type Predict,
} from '../../drill/index.ts';
import { nearest } from '../../document/index.ts';
import { KeelsonError } from '../../errors.ts';
import { isServiceName } from '../../plan/index.ts';
import type { Model, Node } from '../../model/index.ts';
import { show } from '../../problems.ts';
import { forecast } from '../../replay/index.ts';
import { standingOf, type Standing } from '../../serve/index.ts';

/** What a drill stands on: where the plan has what, what can fail there, and what the plan says will come of it. */
export interface Ground {
  readonly model: Model;
  readonly standing: Standing;
  readonly places: readonly Place[];
  readonly faults: readonly Fault[];
  /** What the plan stands on and nothing can be failed of. */
  readonly nowhere: readonly string[];
  readonly predict: Predict;
  readonly again: (model: Model) => Again;
  /** What a drill cannot try. */
  readonly leftAside: readonly { readonly name: string; readonly why: string }[];
  /** @unit ms */
  readonly toleranceMs: number;
}

/** What requests and looking take, besides what probes take. @unit ms */
const SLACK_MS = 2_000;

/**
 * @param speed how many seconds of the plan pass in one of the running system
 * @param waits whether switches that need a person wait for one for ever
 * @throws KeelsonError `drill-unknown`
 */
export function groundOf(model: Model, speed: number, waits: boolean): Ground {
  const standing = standingOf(model, liveSignals(model), speed);
  const { places, predict } = again(model, standing, waits);
  const light = withoutEdgeLoads(model);
  const { faults, nowhere } = faultsOf(model, places, worstPairs(model));
  return {
    model,
    standing,
    places,
    faults,
    nowhere,
    leftAside: light.leftOut,
    predict,
    again: (changed) => again(changed, standingOf(changed, liveSignals(changed), speed), waits),
    toleranceMs: standing.slowestProbeMs + SLACK_MS,
  };
}

/** What a plan predicts, and of what. */
function again(model: Model, standing: Standing, waits: boolean): Again {
  const signals = liveSignals(model);
  const light = withoutEdgeLoads(model);
  return {
    model,
    places: merged([...standing.addresses.map(readable), ...stood(model)]),
    predict: (changes) => forecast(light.model, { changes, signals, conduct: standing.conduct(waits) }),
    signalsOf: (name) => seenOf(model, nodeNamed(model, name)),
  };
}

/** Faults by the names that people give, in their order; all of them without any. @throws KeelsonError `drill-unknown` */
export function chosen(faults: readonly Fault[], names: readonly string[]): readonly Fault[] {
  if (names.length === 0) return faults;
  const found = names.map((name) => {
    const fault = faultNamed(faults, name);
    if (fault !== undefined) return fault;
    const known = faults.flatMap((one) => [one.name, ...one.same]);
    const near = nearest(name, known);
    throw new KeelsonError(
      'drill-unknown',
      `Nothing that ${show(name)} stands for can be failed at an address of this plan.${near === undefined ? '' : ` Did you mean ${show(near)}?`}`,
      { hint: 'keelson drill PLAN --dry-run lists all that can.' },
    );
  });
  return [...new Set(found)];
}

/** What the plan says stands somewhere besides what is served. @throws KeelsonError `drill-unknown` */
function stood(model: Model): Place[] {
  return (model.plan.drill?.stands ?? []).map(({ what, at }) => {
    const node = nodeNamed(model, what);
    if (node === undefined) throw unknownThing(model, what);
    const common = { kind: 'stands', name: what, service: -1, alternative: undefined, change: true } as const;
    return { address: at, uses: [{ ...common, node, signals: seenOf(model, node) }] };
  });
}

/** A service or what a provider offers, by its name in the plan. */
function nodeNamed(model: Model, name: string): Extract<Node, { kind: 'service' | 'reference' }> | undefined {
  const service = model.services.findIndex((one) => one.name === name);
  if (isServiceName(name)) return service < 0 ? undefined : { kind: 'service', service };
  const reference = model.references.findIndex((one) => one.name === name);
  return reference < 0 ? undefined : { kind: 'reference', reference };
}

/** What is seen of it. */
function seenOf(model: Model, node: ReturnType<typeof nodeNamed>): readonly number[] {
  const signals = liveSignals(model);
  if (node === undefined) return [];
  if (node.kind === 'service') return [signals.service(node.service)];
  return [signals.reference(node.reference, false), signals.reference(node.reference, true)];
}

function unknownThing(model: Model, what: string): KeelsonError {
  const names = [...model.services, ...model.references].map(({ name }) => name);
  const near = nearest(what, names);
  return new KeelsonError(
    'drill-unknown',
    `drill: {stands} names ${show(what)}, and nothing in this plan needs it.${near === undefined ? '' : ` Did you mean ${show(near)}?`}`,
  );
}

/** An address, and whether what goes there can be read as HTTP. */
function readable({ address, isHttp, uses }: Standing['addresses'][number]): Place {
  return { address, uses, isHttp };
}

/** One place for each address. */
function merged(places: readonly Place[]): Place[] {
  const byAddress = new Map<string, Place>();
  for (const { address, uses, isHttp = false } of places) {
    const known = byAddress.get(address);
    const all = [...(known?.uses ?? []), ...uses];
    byAddress.set(address, { address, uses: all, isHttp: isHttp || known?.isHttp === true });
  }
  return [...byAddress.values()];
}

/** Two events that together stop a journey, the likeliest of the costliest journeys first. */
function worstPairs(model: Model): EventPair[] {
  const { journeys } = assess(model, { advice: false, top: 50, draws: 1 });
  const weighed = journeys.flatMap(({ down, lossPerYear }) =>
    down.cutSets.top.flatMap(({ events, probability }) => {
      const [first, second, third] = events;
      if (first === undefined || second === undefined || third !== undefined) return [];
      const pair: EventPair = [first, second];
      return [{ pair, weight: probability * (1 + (lossPerYear ?? 0)) }];
    }),
  );
  const best = new Map<string, { pair: EventPair; weight: number }>();
  for (const one of weighed) {
    const key = JSON.stringify(one.pair);
    const known = best.get(key);
    best.set(key, { pair: one.pair, weight: one.weight + (known?.weight ?? 0) });
  }
  return [...best.values()].sort((a, b) => b.weight - a.weight).map(({ pair }) => pair);
}
