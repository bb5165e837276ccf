import { Interpreter, laneAlgebra, type Model } from '../model/index.ts';
import type { PlatformMap } from './graph.ts';

/** How a box stands in one state of the world. */
export interface BoxState {
  /** fallback: it works, on another alternative than the first. */
  readonly kind: 'works' | 'fallback' | 'failed';
  /** Of services: the alternative in use, from 0; -1 where there is none to choose or none works. */
  readonly inUse: number;
}

const WORKS: BoxState = { kind: 'works', inUse: -1 };
const FAILED: BoxState = { kind: 'failed', inUse: -1 };

/**
 * How every box of a map stands when some events have happened: by the same reading of the plan as all answers. Standbys are ready
 * and switches succeed unless their events have happened. Journeys are left to `bestModes`.
 */
export function boxStates(model: Model, map: PlatformMap, happened: ReadonlySet<number>): BoxState[] {
  const services = serviceStates(model, happened);
  const failedOffers = offersFailed(model, happened);
  const failedPlaces = new Set<string>();
  for (const event of happened) {
    const { id, kind } = model.events[event] ?? {};
    if (id !== undefined && (kind === 'provider' || kind === 'place')) failedPlaces.add(id);
  }
  return map.boxes.map(({ kind, index, id }) => {
    if (kind === 'journey') return WORKS;
    if (kind === 'service') return services[index] ?? WORKS;
    if (kind === 'capability') return failedOffers[index] === true ? FAILED : WORKS;
    return failedPlaces.has(id) ? FAILED : WORKS;
  });
}

function serviceStates(model: Model, happened: ReadonlySet<number>): BoxState[] {
  const reader = new Interpreter(
    model,
    laneAlgebra((event) => (happened.has(event) ? -1 : 0)),
  );
  const usual = { load: 0, change: false };
  return model.services.map((service, i) => {
    if (reader.failed({ kind: 'service', service: i }, usual) !== 0) return FAILED;
    if (service.redundancy?.kind !== 'any') return WORKS;
    const inUse = service.redundancy.options.findIndex(
      ({ node, standby }) =>
        reader.failed(node, usual) === 0 && (standby === undefined || !happened.has(standby)),
    );
    return { kind: inUse > 0 ? 'fallback' : 'works', inUse };
  });
}

/** By offer, whether it has failed: by itself, with its place, or with what it needs. */
function offersFailed(model: Model, happened: ReadonlySet<number>): boolean[] {
  const hit = [...happened].flatMap((event) => {
    const known = model.events[event];
    return known === undefined || known.provider === null ? [] : [known];
  });
  const users: number[][] = model.offers.map(() => []);
  for (const [i, { needs }] of model.offers.entries()) for (const need of needs) users[need]?.push(i);
  const failed = model.offers.map(() => false);
  const waiting: number[] = [];
  const fail = (offer: number): void => {
    if (failed[offer] === true) return;
    failed[offer] = true;
    waiting.push(offer);
  };
  for (const [i, { provider, capability, scope }] of model.offers.entries())
    if (
      hit.some(
        (event) =>
          event.provider === provider &&
          (event.capability === null || event.capability === capability) &&
          (event.scope === '' || event.scope === scope || scope.startsWith(`${event.scope}/`)),
      )
    )
      fail(i);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop())
    for (const user of users[at] ?? []) fail(user);
  return failed;
}
