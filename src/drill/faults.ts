import { keyOf, reachedFrom, scopesOf, type Model } from '../model/index.ts';
import type { Course } from './course.ts';
import { placesHit, type Place, type Use } from './place.ts';

/** What fails together in a drill. */
export interface Fault {
  /** By which it is chosen: `cloudflare`, `aws@us-east-1`, `site-virginia`, `steering of edge`, `cloudflare + route53`. */
  readonly name: string;
  readonly kind: 'provider' | 'region' | 'zone' | 'part' | 'steering' | 'pair' | 'incident';
  /** Narrower names, and other ones, that come to the same here. */
  readonly same: readonly string[];
  /** Positions of the places that no longer answer. */
  readonly places: readonly number[];
  /** When which of them fails. @default all of them from the first moment on */
  readonly course?: Course<number>;
  /** What had to be chosen, where it is an incident. */
  readonly choices?: readonly { readonly about: string; readonly says: string }[];
}

export interface Faults {
  /** Whole providers, regions and zones, then parts by themselves, then what steers, then pairs. */
  readonly faults: readonly Fault[];
  /** What the plan stands on and nothing can be failed of, because it stands at no address. */
  readonly nowhere: readonly string[];
}

/** Events that only together stop a journey, by their ids. The worst first. */
export type EventPair = readonly [string, string];

/** Pairs that are drilled: each takes as long as one fault. */
const MOST_PAIRS = 12;

/**
 * Every fault of a plan that can be injected: each provider, region and zone, each place by itself, what steers each switch together with
 * what it would steer away from, and the worst pairs. What would cut the same places is one fault, by its widest name.
 *
 * @param pairs cut sets of two, as they were solved
 */
export function faultsOf(model: Model, places: readonly Place[], pairs: readonly EventPair[]): Faults {
  const found = new Found();
  const nowhere: string[] = [];
  for (const { scope, kind, events } of scopesOf(model)) {
    const hit = hitBy(model, places, new Set(events));
    if (hit.length > 0) found.add(scope, kind, hit);
    else if (kind === 'provider') nowhere.push(scope);
  }
  for (const [i, place] of places.entries()) found.add(nameOf(place), 'part', [i]);
  for (const { name, wheel, first } of steeredBy(model, places)) {
    found.add(`steering of ${name}`, 'steering', wheel);
    if (first.length > 0) found.add(`${name} and its steering`, 'pair', union(first, wheel));
  }
  let added = 0;
  for (const pair of pairs) {
    if (added >= MOST_PAIRS) break;
    const both = pairOf(model, places, pair);
    if (both !== undefined && found.add(pair.join(' + '), 'pair', both)) added++;
  }
  return { faults: found.all, nowhere };
}

/** The fault that a name stands for, by its own name or one that comes to the same. */
export function faultNamed(faults: readonly Fault[], name: string): Fault | undefined {
  return faults.find((fault) => fault.name === name || fault.same.includes(name));
}

/** When which places of a fault fail. */
export function courseOf({ course, places }: Fault): Course<number> {
  return course ?? [{ at: 0, failing: new Map(places.map((place) => [place, 1])) }];
}

class Found {
  private readonly byPlaces = new Map<string, { fault: Fault; same: string[] }>();

  get all(): readonly Fault[] {
    return [...this.byPlaces.values()].map(({ fault, same }) => ({ ...fault, same }));
  }

  /** @returns whether nothing else cuts the same places */
  add(name: string, kind: Fault['kind'], places: readonly number[]): boolean {
    const key = places.join(',');
    const known = this.byPlaces.get(key);
    if (known === undefined) this.byPlaces.set(key, { fault: { name, kind, same: [], places }, same: [] });
    else if (known.fault.name !== name && !known.same.includes(name)) known.same.push(name);
    return known === undefined;
  }
}

function hitBy(model: Model, places: readonly Place[], events: ReadonlySet<number>): number[] {
  return positions(placesHit(model, places, (event) => events.has(event)));
}

/** Both events at once; undefined where one of them can be failed nowhere. */
function pairOf(model: Model, places: readonly Place[], pair: EventPair): number[] | undefined {
  const parts = pair.map((id) => {
    const event = model.events.findIndex((one) => one.id === id);
    return event < 0 ? [] : hitBy(model, places, new Set([event]));
  });
  return parts.some((part) => part.length === 0) ? undefined : union(...parts);
}

function nameOf({ uses, address }: Place): string {
  return uses.find(({ kind }) => kind !== 'steering')?.name ?? uses[0]?.name ?? address;
}

interface Steered {
  readonly service: number;
  readonly name: string;
  /** What only turns it, and serves nobody. */
  readonly wheel: readonly number[];
  /** Where its users come in first. */
  readonly first: readonly number[];
}

/** Services whose switches are steered by something that is at a place of its own. */
function steeredBy(model: Model, places: readonly Place[]): Steered[] {
  return model.services.flatMap(({ name, redundancy }, service): Steered[] => {
    const steering = redundancy?.kind === 'any' ? redundancy.failover?.steering : undefined;
    if (steering === undefined) return [];
    const below = reachedFrom(model, steering);
    const wheel = placesWith(
      places,
      (use) =>
        (use.kind === 'steering' && use.service === service) ||
        (use.kind === 'stands' && use.node !== undefined && below.has(keyOf(use.node))),
    );
    const first = placesWith(
      places,
      (use) => use.kind === 'edge' && use.service === service && use.alternative === 0,
    );
    return wheel.length === 0 ? [] : [{ service, name, wheel, first }];
  });
}

function placesWith(places: readonly Place[], fits: (use: Use) => boolean): number[] {
  return positions(places.map(({ uses }) => uses.some(fits)));
}

function positions(flags: readonly boolean[]): number[] {
  return flags.flatMap((is, i) => (is ? [i] : []));
}

function union(...sets: readonly (readonly number[])[]): number[] {
  return [...new Set(sets.flat())].sort((a, b) => a - b);
}
