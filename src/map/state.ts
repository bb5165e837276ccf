import { encloses, Interpreter, laneAlgebra, reachedBy, type Model, type Node } from '../model/index.ts';
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
 * and switches succeed unless their events have happened. A pool stands while it gives the least that a mode asks of it. Journeys are
 * left to `bestModes`.
 */
export function boxStates(model: Model, map: PlatformMap, happened: ReadonlySet<number>): BoxState[] {
  const services = serviceStates(model, happened);
  const failedOffers = offersFailed(model, happened);
  const failedPlaces = new Set<string>();
  for (const event of happened) {
    const { id, kind } = model.events[event] ?? {};
    if (id !== undefined && (kind === 'provider' || kind === 'place')) failedPlaces.add(id);
  }
  const states: BoxState[] = [];
  for (const { kind, index, id, parent } of map.boxes) {
    if (kind === 'journey') states.push(WORKS);
    else if (kind === 'service') states.push(services[index] ?? WORKS);
    else if (kind === 'capability') states.push(failedOffers[index] === true ? FAILED : WORKS);
    // A place fails with the places around it, which stand before it in the map.
    else states.push(failedPlaces.has(id) || states[parent]?.kind === 'failed' ? FAILED : WORKS);
  }
  return states;
}

function serviceStates(model: Model, happened: ReadonlySet<number>): BoxState[] {
  const reader = new Interpreter(
    model,
    laneAlgebra((event) => (happened.has(event) ? -1 : 0)),
  );
  const { asked, onlyInChange } = usesOf(model);
  return model.services.map((service, i) => {
    const context = { load: 0, change: onlyInChange.has(i) };
    const amount = asked.get(i);
    const node: Node =
      amount === undefined ? { kind: 'service', service: i } : { kind: 'pool', service: i, amount };
    if (reader.failed(node, context) !== 0) return FAILED;
    if (service.redundancy?.kind !== 'any') return WORKS;
    const inUse = service.redundancy.options.findIndex(
      ({ node, standby }) =>
        reader.failed(node, context) === 0 && (standby === undefined || !happened.has(standby)),
    );
    return { kind: inUse > 0 ? 'fallback' : 'works', inUse };
  });
}

/** How services are used. */
interface Uses {
  /** By pool, the least that users' requests ask of it. */
  readonly asked: ReadonlyMap<number, number>;
  /** Services that only steer switches or let pools grow: what hinders a change fails them. */
  readonly onlyInChange: ReadonlySet<number>;
}

const knownUses = new WeakMap<Model, Uses>();

/** Found once: a map is asked for its states at every click. */
function usesOf(model: Model): Uses {
  const known = knownUses.get(model);
  if (known !== undefined) return known;
  const { asked, onPath, inChange } = reachedBy(model, model.journeys);
  const least = new Map<number, number>();
  for (const { service, amount } of asked) least.set(service, Math.min(least.get(service) ?? amount, amount));
  const uses = { asked: least, onlyInChange: new Set([...inChange].filter((i) => !onPath.has(i))) };
  knownUses.set(model, uses);
  return uses;
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
          encloses(event.scope, scope),
      )
    )
      fail(i);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop())
    for (const user of users[at] ?? []) fail(user);
  return failed;
}
