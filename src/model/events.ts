import type { Catalog, CatalogCapability, CatalogProvider } from '../catalog/index.ts';
import { parseReference, type Outages, type Protection, type Reference } from '../plan/index.ts';
import type { Reader } from '../document/index.ts';
import type { Chance } from './chance.ts';
import { carriesFailure, carrySame } from './inner-needs.ts';
import type { ModelEvent, Offer, ReferenceNode, Target } from './model.ts';
import {
  assumedRate,
  countedRate,
  countsTowardsCapability,
  countsTowardsPlace,
  statedRate,
  unavailability,
  type Rate,
} from './rates.ts';
import { levelOf, recordAt } from './records.ts';

export interface MeanOutage {
  readonly rate: number;
  readonly mean: number;
}

/** What is known of an event: how often it begins, or the chance that it is so when it matters. Neither: it never happens by itself. */
export interface EventFigures {
  readonly rate?: Rate | undefined;
  readonly chance?: number;
  /** How that chance was measured; undefined where it is only stated. */
  readonly drilled?: Chance | undefined;
}

/** What is wrong with a reference, for the caller to report at its place. */
export interface ReferenceProblem {
  /** It is wrong with something that the reference needs inside. */
  readonly inner?: boolean;
  /** Says it, looking up near names with what it is given. */
  readonly report: (reader: Reader, offset: number) => void;
}

/** Numbers the events and the references of one model, each once. */
export class EventTable {
  readonly events: ModelEvent[] = [];
  readonly references: ReferenceNode[] = [];
  readonly offers: Offer[] = [];
  readonly targets: Target[] = [];
  private readonly offerByName = new Map<string, number>();
  private readonly byId = new Map<string, number>();
  private readonly referenceByName = new Map<string, number | ReferenceProblem>();
  private readonly targetById = new Map<string, number>();
  private readonly placesByProvider = new Map<string, Set<string>>();
  private readonly providers: ReadonlyMap<string, CatalogProvider>;
  private readonly catalog: Catalog;
  private readonly asOf: string;
  private readonly assumed: MeanOutage;

  constructor(catalog: Catalog, asOf: string, assumedCapability: MeanOutage) {
    this.catalog = catalog;
    this.asOf = asOf;
    this.assumed = assumedCapability;
    this.providers = new Map(catalog.providers.map((provider) => [provider.name, provider]));
  }

  /**
   * A table for a plan that differs in its services only: what is known of providers is kept with its numbers, events of
   * the plan's own are made anew.
   */
  continued(): EventTable {
    const table = new EventTable(this.catalog, this.asOf, this.assumed);
    table.events.push(...this.events);
    table.references.push(...this.references);
    table.offers.push(...this.offers);
    for (const [name, index] of this.offerByName) table.offerByName.set(name, index);
    table.targets.push(...this.targets);
    for (const [id, index] of this.byId) if (this.events[index]?.provider !== null) table.byId.set(id, index);
    for (const [name, known] of this.referenceByName) table.referenceByName.set(name, known);
    for (const [id, index] of this.targetById) table.targetById.set(id, index);
    return table;
  }

  /** An event of the plan itself. Without a rate or a chance it never happens, but can be named. */
  own(id: string, kind: ModelEvent['kind'], service: string, what: EventFigures): number {
    return this.add(id, { kind, provider: null, capability: null, scope: '', service }, what);
  }

  target(id: string, handles: readonly string[]): number {
    const known = this.targetById.get(id);
    if (known !== undefined) return known;
    const index = this.targets.push({ id, handles }) - 1;
    this.targetById.set(id, index);
    return index;
  }

  /** The number of a reference, or what is wrong with it. */
  reference(name: string): number | ReferenceProblem {
    const known = this.referenceByName.get(name);
    if (known !== undefined) return known;
    const made = this.makeReference(name);
    this.referenceByName.set(name, made);
    return made;
  }

  /** What is wrong with the name of an inner need, by itself. */
  missing(use: string): ReferenceProblem | undefined {
    const reference = parseReference(use.replace(/@same$/, ''));
    const provider = this.providers.get(reference?.provider ?? '');
    if (reference === undefined || provider === undefined) return this.noProvider(reference?.provider ?? use);
    if (reference.capability === undefined) return undefined;
    const capability = provider.capabilities.find((one) => one.name === reference.capability);
    return capability === undefined ? noCapability(reference.capability, provider) : undefined;
  }

  /** A known place that a mistyped one most likely means. */
  nearestPlace(
    name: string,
    near: (scope: string, known: readonly string[]) => string | undefined,
  ): string | undefined {
    const { provider = '', scope = '' } = parseReference(name) ?? {};
    const known = this.placesKnown(provider);
    if (scope === '' || known.size === 0 || known.has(scope)) return undefined;
    return near(scope, [...known]);
  }

  /** Every place of a provider that some record names, with the regions of its zones. */
  private placesKnown(name: string): ReadonlySet<string> {
    const known = this.placesByProvider.get(name) ?? new Set<string>();
    const provider = this.providers.get(name);
    if (known.size === 0 && provider !== undefined) {
      const scopes = [...provider.scopes, ...provider.capabilities.flatMap((capability) => capability.at)];
      for (const { scope } of scopes) {
        known.add(scope);
        known.add(scope.split('/')[0] ?? scope);
      }
      this.placesByProvider.set(name, known);
    }
    return known;
  }

  private makeReference(name: string): number | ReferenceProblem {
    const reached = this.follow(name, false);
    if ('report' in reached) return reached;
    const changing = this.follow(name, true);
    if ('report' in changing) return changing;
    const parsed = parseReference(name);
    const capability = this.capability(parsed);
    return (
      this.references.push({
        name,
        provider: parsed?.provider ?? '',
        capability: parsed?.capability ?? null,
        scope: parsed?.scope ?? '',
        kind: capability?.kind ?? null,
        offer: this.offer(name),
        events: reached.events,
        eventsInChange: changing.events,
        protects: new Set<Protection>(capability?.protects ?? []),
        targets: reached.targets,
      }) - 1
    );
  }

  /**
   * Everything that a reference stands on, through the inner needs of the catalogue. Needs are all hard ands of single
   * events, so the walk collects a set and circles are harmless.
   */
  private follow(start: string, change: boolean): { events: number[]; targets: number[] } | ReferenceProblem {
    const events = new Set<number>();
    const targets = new Set<number>();
    const seen = new Set<string>();
    const waiting = [start];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      const reference = parseReference(name);
      const provider = this.providers.get(reference?.provider ?? '');
      if (reference === undefined || provider === undefined)
        return { ...this.noProvider(reference?.provider ?? name), inner: name !== start };
      for (const event of this.placesOf(provider, reference.scope)) events.add(event);
      if (reference.capability === undefined) continue;
      const capability = provider.capabilities.find((one) => one.name === reference.capability);
      if (capability === undefined)
        return { ...noCapability(reference.capability, provider), inner: name !== start };
      const own = this.capabilityEvent(provider, capability, reference, name);
      if (typeof own !== 'number') return own;
      events.add(own);
      if (capability.handles.length > 0)
        targets.add(this.target(`compromise:${provider.name}/${capability.name}`, capability.handles));
      for (const need of capability.needs) {
        if (need.use === '' || !carriesFailure(need, capability.plane, this.asOf, change)) continue;
        const next = carrySame(need.use, reference.scope);
        if (next === undefined)
          return {
            report: (reader, offset) =>
              reader.report('same-without-scope', offset, { name: need.use, by: name }),
          };
        waiting.push(next);
      }
    }
    return { events: [...events].sort(rising), targets: [...targets].sort(rising) };
  }

  /** The number of an offer whose needs have been followed without a problem, with all that it needs. */
  private offer(start: string): number {
    const waiting: { offered: CatalogCapability; scope: string; offer: number }[] = [];
    const add = (name: string): number => {
      const known = this.offerByName.get(name);
      if (known !== undefined) return known;
      const reference = parseReference(name);
      const { provider = '', capability = null, scope = '' } = reference ?? {};
      const offered = this.capability(reference);
      const plane = offered?.plane ?? 'data';
      const offer =
        this.offers.push({ name, provider, capability, scope, plane, needs: [], needsInChange: [] }) - 1;
      this.offerByName.set(name, offer);
      if (offered !== undefined) waiting.push({ offered, scope, offer });
      return offer;
    };
    const index = add(start);
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { offered, scope, offer } = next;
      const needs: number[] = [];
      const needsInChange: number[] = [];
      for (const need of offered.needs) {
        const name = need.use === '' ? undefined : carrySame(need.use, scope);
        if (name === undefined || !carriesFailure(need, offered.plane, this.asOf, true)) continue;
        const always = carriesFailure(need, offered.plane, this.asOf, false);
        (always ? needs : needsInChange).push(add(name));
      }
      const made = this.offers[offer];
      if (made !== undefined) this.offers[offer] = { ...made, needs, needsInChange };
    }
    return index;
  }

  /** The events `p`, `p@r` and `p@r/z`; those without a record never happen by themselves, but can be named. */
  private placesOf(provider: CatalogProvider, scope: string): number[] {
    const found = [this.placeEvent(provider, '', provider.outages)];
    const parts = scope === '' ? [] : scope.split('/');
    for (let i = 1; i <= parts.length; i++) {
      const place = parts.slice(0, i).join('/');
      const record = provider.scopes.find((one) => one.scope === place);
      found.push(this.placeEvent(provider, place, record?.outages ?? null));
    }
    return found;
  }

  private placeEvent(provider: CatalogProvider, scope: string, outages: Outages | null): number {
    const id = scope === '' ? provider.name : `${provider.name}@${scope}`;
    const known = this.byId.get(id);
    if (known !== undefined) return known;
    const rate = outages === null ? undefined : this.rateOf(outages, provider, countsTowardsPlace(id));
    const shape = {
      kind: scope === '' ? 'provider' : 'place',
      provider: provider.name,
      capability: null,
      scope,
      service: null,
    } as const;
    return this.add(id, shape, rate === undefined ? {} : { rate });
  }

  private capabilityEvent(
    provider: CatalogProvider,
    capability: CatalogCapability,
    reference: Reference,
    name: string,
  ): number | ReferenceProblem {
    const per = levelOf(capability);
    const parts = reference.scope === '' ? 0 : reference.scope.split('/').length;
    if ((per === 'region' && parts < 1) || (per === 'zone' && parts < 2))
      return { report: (reader, offset) => reader.report('scope-too-broad', offset, { name, per }) };
    const scope =
      per === 'global' ? '' : per === 'region' ? (reference.scope.split('/')[0] ?? '') : reference.scope;
    const id = `${provider.name}/${capability.name}${scope === '' ? '' : `@${scope}`}`;
    const known = this.byId.get(id);
    if (known !== undefined) return known;
    const { record, at } = recordAt(capability, scope);
    const own = capability.at.map((one) => one.scope);
    const counts = countsTowardsCapability(provider.name, capability.name, at, own);
    const rate = record === null ? this.assumption() : this.rateOf(record, provider, counts);
    const shape = {
      kind: 'capability',
      provider: provider.name,
      capability: capability.name,
      scope,
      service: null,
    } as const;
    return this.add(id, shape, rate === undefined ? {} : { rate });
  }

  private rateOf(
    outages: Outages,
    provider: CatalogProvider,
    counts: Parameters<typeof countedRate>[3],
  ): Rate | undefined {
    switch (outages.kind) {
      case 'none':
        return undefined;
      case 'stated':
        return statedRate(outages);
      default:
        return (
          countedRate(this.catalog, provider, outages, counts, this.asOf, this.assumed.mean) ??
          this.assumption()
        );
    }
  }

  private assumption(): Rate {
    return assumedRate(this.assumed, 'assumed: nothing is recorded of it (assumptions: capability-outages)');
  }

  private add(
    id: string,
    shape: Pick<ModelEvent, 'kind' | 'provider' | 'capability' | 'scope' | 'service'>,
    { rate, chance, drilled }: EventFigures,
  ): number {
    const known = this.byId.get(id);
    if (known !== undefined) return known;
    const probability = chance ?? (rate === undefined ? 0 : unavailability(rate));
    const frequency = rate === undefined ? 0 : rate.ratePerYear * (1 - probability);
    const index = this.events.push({ id, ...shape, probability, frequency, rate, chance: drilled }) - 1;
    this.byId.set(id, index);
    return index;
  }

  private capability(reference: Reference | undefined): CatalogCapability | undefined {
    const provider = this.providers.get(reference?.provider ?? '');
    return provider?.capabilities.find((one) => one.name === reference?.capability);
  }

  private noProvider(name: string): ReferenceProblem {
    const catalog = this.catalog.counted.length > 0;
    const known = this.providers;
    return {
      report: (reader, offset) =>
        reader.report('unknown-provider', offset, {
          name,
          catalog,
          nearest: reader.nearest(name, known.keys()),
        }),
    };
  }
}

function noCapability(name: string, provider: CatalogProvider): ReferenceProblem {
  return {
    report(reader, offset) {
      const known = provider.capabilities.map((one) => one.name);
      const near = reader.nearest(name, known);
      reader.report('unknown-capability', offset, { name, provider: provider.name, known, nearest: near });
    },
  };
}

function rising(a: number, b: number): number {
  return a - b;
}
