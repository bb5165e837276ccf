import type { Model } from '../model/index.ts';

/** Which signals a requirement stands on. A signal is whatever is observed: an event, or a reference as a whole. */
export interface Signals {
  readonly count: number;
  /** @param change whether it is read inside failover.needs or the needs of growth */
  ofReference(index: number, change: boolean): readonly number[];
  /** Its own event and maintenance. */
  ofService(index: number): readonly number[];
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
