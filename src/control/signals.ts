import type { Model } from '../model/index.ts';

/** Which signals a requirement stands on. A signal is whatever is observed: an event, or a reference as a whole. */
export interface Signals {
  readonly count: number;
  /** @param change whether it is read inside failover.needs or the needs of growth */
  ofReference(index: number, change: boolean): readonly number[];
  /** Its own event and maintenance. */
  ofService(index: number): readonly number[];
  /** What is seen of one alternative of a service, or one member, as a whole. @default nothing */
  ofMember?(service: number, member: number): readonly number[];
  /** Whether what switches a service could do it now. @default nothing */
  ofSteering?(service: number): readonly number[];
}

const knownEvents = new WeakMap<Model, Signals>();

/** Signals that are the events of the model; the same object for the same model. */
export function eventSignals(model: Model): Signals {
  const known = knownEvents.get(model);
  if (known !== undefined) return known;
  const signals: Signals = {
    count: model.events.length,
    ofReference: (index, change) =>
      (change ? model.references[index]?.eventsInChange : model.references[index]?.events) ?? [],
    ofService: (index) => model.services[index]?.own ?? [],
  };
  knownEvents.set(model, signals);
  return signals;
}

export interface ReferenceSignals extends Signals {
  readonly reference: (index: number, change: boolean) => number;
  readonly service: (index: number) => number;
}

const knownReferences = new WeakMap<Model, ReferenceSignals>();

/** Signals that are references, each as it is and as it is where something is changed, and services; the same for the same model. */
export function referenceSignals(model: Model): ReferenceSignals {
  const known = knownReferences.get(model);
  if (known !== undefined) return known;
  const references = model.references.length;
  const reference = (index: number, change: boolean): number => index + (change ? references : 0);
  const service = (index: number): number => 2 * references + index;
  const signals: ReferenceSignals = {
    count: 2 * references + model.services.length,
    reference,
    service,
    ofReference: (index, change) => [reference(index, change)],
    ofService: (index) => [service(index)],
  };
  knownReferences.set(model, signals);
  return signals;
}

export interface LiveSignals extends ReferenceSignals {
  readonly member: (service: number, member: number) => number;
  readonly steering: (service: number) => number;
}

const knownLive = new WeakMap<Model, LiveSignals>();

/** The signals of references and services under the same numbers, and after them those that only a running platform has. */
export function liveSignals(model: Model): LiveSignals {
  const known = knownLive.get(model);
  if (known !== undefined) return known;
  const recorded = referenceSignals(model);
  const starts: number[] = [];
  let count = recorded.count + model.services.length;
  for (const service of model.services) {
    starts.push(count);
    count += membersOf(service);
  }
  const member = (service: number, i: number): number => (starts[service] ?? 0) + i;
  const steering = (service: number): number => recorded.count + service;
  const signals: LiveSignals = {
    ...recorded,
    count,
    member,
    steering,
    ofMember: (service, i) => [member(service, i)],
    ofSteering: (service) => [steering(service)],
  };
  knownLive.set(model, signals);
  return signals;
}

function membersOf({ redundancy, pool }: Model['services'][number]): number {
  if (pool !== undefined) return pool.length;
  if (redundancy === undefined) return 0;
  return redundancy.kind === 'any' ? redundancy.options.length : redundancy.of.length;
}
