import type { referenceSignals } from '../control/index.ts';
import { encloses, type Model, type Offer } from '../model/index.ts';
import type { PlacedEffect } from './effects.ts';

/** A signal that takes another level. */
export interface LevelChange {
  /** @unit ms */
  readonly at: number;
  readonly signal: number;
  readonly level: number;
}

/** What an incident does to what a plan stands on. */
export interface IncidentLevels {
  /** In the order of time. */
  readonly changes: readonly LevelChange[];
  /** By reference or service that is reached: its lowest level. */
  readonly lowest: ReadonlyMap<string, number>;
}

/**
 * The level of every reference and service of a plan over an incident. An effect reaches what is at or under its scope and
 * says all that happened to it; what no effect reaches fails with what it needs inside the catalogue.
 */
export function levelsOf(
  model: Model,
  signals: ReturnType<typeof referenceSignals>,
  effects: readonly PlacedEffect[],
): IncidentLevels {
  const services = new Map(model.services.map(({ name }, i) => [name, i]));
  // What has no time says nothing: it neither hits nor shields.
  const onProviders = effects.filter(({ name, isPlaced }) => !services.has(name) && isPlaced);
  const watched: Watched[] = [];
  const reach = new Reach(model, onProviders);
  for (const [i, { name, offer }] of model.references.entries()) {
    const usual = reach.from(offer, false);
    const inChange = reach.from(offer, true);
    if (usual.length > 0) watched.push({ signal: signals.reference(i, false), name, effects: usual });
    if (inChange.length > 0) watched.push({ signal: signals.reference(i, true), name, effects: inChange });
  }
  for (const effect of effects) {
    const service = services.get(effect.name);
    if (service !== undefined)
      watched.push({ signal: signals.service(service), name: effect.name, effects: [effect] });
  }
  return over(merge(watched));
}

/** Every offer that an effect reaches, by itself or through what it needs, and from when on it has which level. */
export function offerSteps(
  model: Model,
  effects: readonly PlacedEffect[],
): { readonly name: string; readonly steps: readonly Omit<LevelChange, 'signal'>[] }[] {
  const reach = new Reach(
    model,
    effects.filter(({ isPlaced }) => isPlaced),
  );
  return model.offers.flatMap(({ name }, offer) => {
    const felt = reach.from(offer, false);
    return felt.length === 0 ? [] : [{ name, steps: stepsOf(felt) }];
  });
}

interface Watched {
  readonly signal: number;
  readonly name: string;
  readonly effects: readonly PlacedEffect[];
}

/** Several effects on one service count together. */
function merge(watched: readonly Watched[]): Watched[] {
  const bySignal = new Map<number, Watched>();
  for (const one of watched) {
    const known = bySignal.get(one.signal);
    bySignal.set(
      one.signal,
      known === undefined ? one : { ...one, effects: [...known.effects, ...one.effects] },
    );
  }
  return [...bySignal.values()];
}

function over(watched: readonly Watched[]): IncidentLevels {
  const changes: LevelChange[] = [];
  const lowest = new Map<string, number>();
  const known = new Map<string, readonly Omit<LevelChange, 'signal'>[]>();
  const numbers = new Map<PlacedEffect, number>();
  for (const { signal, name, effects } of watched) {
    // Many references feel the same effects.
    const key = effects.map((effect) => numberOf(effect, numbers)).join(' ');
    const steps = known.get(key) ?? stepsOf(effects);
    known.set(key, steps);
    for (const { at, level } of steps) changes.push({ at, signal, level });
    const worst = steps.reduce((least, { level }) => Math.min(least, level), 1);
    lowest.set(name, Math.min(lowest.get(name) ?? 1, worst));
  }
  // Stable: of one moment in the order in which they are watched.
  return { changes: changes.sort((a, b) => a.at - b.at), lowest };
}

function numberOf(effect: PlacedEffect, numbers: Map<PlacedEffect, number>): number {
  const known = numbers.get(effect) ?? numbers.size;
  numbers.set(effect, known);
  return known;
}

/** When a level changes and to what: one less the worst severity of what goes on. */
function stepsOf(effects: readonly PlacedEffect[]): Omit<LevelChange, 'signal'>[] {
  const edges = effects.flatMap(({ phases }) =>
    phases.flatMap(({ from, to, severity }) => [
      { at: from, severity, by: 1 },
      { at: to, severity, by: -1 },
    ]),
  );
  edges.sort((a, b) => a.at - b.at);
  const present = new Map<number, number>();
  const steps: Omit<LevelChange, 'signal'>[] = [];
  let level = 1;
  for (const [i, { at, severity, by }] of edges.entries()) {
    const count = (present.get(severity) ?? 0) + by;
    if (count === 0) present.delete(severity);
    else present.set(severity, count);
    if (edges[i + 1]?.at === at) continue;
    let worst = 0;
    for (const one of present.keys()) if (one > worst) worst = one;
    if (1 - worst === level) continue;
    level = 1 - worst;
    steps.push({ at, level });
  }
  return steps;
}

/** Which effects a reference feels. */
class Reach {
  private readonly model: Model;
  private readonly effects: readonly PlacedEffect[];
  private readonly direct = new Map<number, readonly PlacedEffect[]>();

  constructor(model: Model, effects: readonly PlacedEffect[]) {
    this.model = model;
    this.effects = effects;
  }

  /** Those that reach an offer itself, else those that reach what it needs, and so on. */
  from(start: number, change: boolean): PlacedEffect[] {
    const found = new Set<PlacedEffect>();
    const seen = new Set<number>([start]);
    const waiting = [start];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const offer = this.model.offers[at];
      const own = this.directly(at);
      for (const effect of own) found.add(effect);
      if (own.length > 0 || offer === undefined) continue;
      for (const need of change ? [...offer.needs, ...offer.needsInChange] : offer.needs)
        if (!seen.has(need)) {
          seen.add(need);
          waiting.push(need);
        }
    }
    return [...found];
  }

  private directly(index: number): readonly PlacedEffect[] {
    const known = this.direct.get(index);
    if (known !== undefined) return known;
    const offer = this.model.offers[index];
    const own = offer === undefined ? [] : this.effects.filter((effect) => reaches(effect, offer));
    this.direct.set(index, own);
    return own;
  }
}

/** Whether an offer is at or under what an effect names. */
export function reaches({ name, scope }: PlacedEffect, offer: Offer): boolean {
  const [provider, capability] = name.split('/');
  if (provider !== offer.provider) return false;
  if (capability !== undefined && capability !== offer.capability) return false;
  return encloses(scope, offer.scope);
}
