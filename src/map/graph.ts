import {
  encloses,
  type Model,
  type ModelEvent,
  type Node,
  type Offer,
  type ServiceNode,
} from '../model/index.ts';

/**
 * What a platform stands on, as boxes and edges: journeys, services, what providers offer, and the zones, regions and providers
 * in which that lies. Plain data, in the order of the plan, so that the same plan gives the same map.
 */
export interface PlatformMap {
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
}

export interface Box {
  readonly kind: BoxKind;
  /** Unique among boxes: `journey:login`, `edge`, `aws/ec2@us-east-1/use1-az4`, `aws@us-east-1`. */
  readonly id: string;
  /** What stands in it: the name without what the boxes around it say already. */
  readonly label: string;
  /** The box in which it lies; -1 for none. */
  readonly parent: number;
  /** Its number among the journeys, services or offers of the model; -1 for places. */
  readonly index: number;
  /** The event or scope that stands for its failure, as `--without` takes it; null where nothing does. */
  readonly fails: string | null;
}

export type BoxKind = 'journey' | 'service' | 'capability' | 'provider' | 'region' | 'zone';

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
  /** Which alternative it is, from 1; 0 for other edges. */
  readonly position: number;
}

/**
 * needs: it must work. alternative: one of several, in order of preference. member: one of several, all active.
 * steers: a switch is made by it. grows: a pool grows by it. inner: what a provider's offer needs itself.
 */
export type EdgeKind = 'needs' | 'alternative' | 'member' | 'steers' | 'grows' | 'inner' | 'inner-change';

/** The map of a model. Time and size grow with the names in the plan. */
export function mapOf(model: Model): PlatformMap {
  return new MapBuilder(model).build();
}

class MapBuilder {
  private readonly model: Model;
  private readonly boxes: Box[] = [];
  private readonly edges: Edge[] = [];
  private readonly seen = new Set<string>();
  private readonly places = new Map<string, number>();
  private readonly firstService: number;
  private readonly offers: number[] = [];

  constructor(model: Model) {
    this.model = model;
    this.firstService = model.journeys.length;
  }

  build(): PlatformMap {
    const { journeys, services, offers } = this.model;
    for (const [index, { name }] of journeys.entries())
      this.box({ kind: 'journey', id: `journey:${name}`, label: name, parent: -1, index, fails: null });
    for (const [index, { name }] of services.entries())
      this.box({ kind: 'service', id: name, label: name, parent: -1, index, fails: name });
    const events = this.capabilityEvents();
    for (const [index, offer] of offers.entries()) this.offers.push(this.offer(index, offer, events));
    for (const [i, { modes }] of journeys.entries())
      for (const { node } of modes) this.connect(i, node, 'needs', 0);
    for (const [i, service] of services.entries()) this.service(this.firstService + i, service);
    for (const [i, { needs, needsInChange }] of offers.entries()) {
      for (const need of needs) this.edge(this.offerBox(i), this.offerBox(need), 'inner', 0);
      for (const need of needsInChange) this.edge(this.offerBox(i), this.offerBox(need), 'inner-change', 0);
    }
    return { boxes: this.boxes, edges: this.edges };
  }

  /** @returns its number */
  private box(box: Box): number {
    return this.boxes.push(box) - 1;
  }

  private offerBox(offer: number | undefined): number {
    return this.offers[offer ?? -1] ?? -1;
  }

  private capabilityEvents(): ReadonlyMap<string, readonly ModelEvent[]> {
    const found = new Map<string, ModelEvent[]>();
    for (const event of this.model.events) {
      if (event.kind !== 'capability') continue;
      const key = `${event.provider}/${event.capability}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, [event]);
      else known.push(event);
    }
    return found;
  }

  /** A capability's box in its place; of a place, the place's. */
  private offer(
    index: number,
    { name, provider, capability, scope }: Offer,
    events: ReturnType<MapBuilder['capabilityEvents']>,
  ): number {
    const parent = this.place(provider, scope);
    if (capability === null) return parent;
    const event = events.get(`${provider}/${capability}`)?.find((one) => encloses(one.scope, scope));
    return this.box({
      kind: 'capability',
      id: name,
      label: capability,
      parent,
      index,
      fails: event?.id ?? null,
    });
  }

  /** The box of a provider, or of a region or zone of it, with those around it. */
  private place(provider: string, scope: string): number {
    const id = scope === '' ? provider : `${provider}@${scope}`;
    const known = this.places.get(id);
    if (known !== undefined) return known;
    const parts = scope === '' ? [] : scope.split('/');
    const parent = parts.length === 0 ? -1 : this.place(provider, parts.slice(0, -1).join('/'));
    const kind = (['provider', 'region', 'zone'] as const)[Math.min(parts.length, 2)] ?? 'zone';
    const label = parts.at(-1) ?? provider;
    const place = this.box({ kind, id, label, parent, index: -1, fails: id });
    this.places.set(id, place);
    return place;
  }

  private service(from: number, { needs, redundancy, pool }: ServiceNode): void {
    if (needs !== undefined) this.connect(from, needs, 'needs', 0);
    if (redundancy?.kind === 'any') {
      for (const [i, { node }] of redundancy.options.entries())
        this.connect(from, node, 'alternative', i + 1);
      const steering = redundancy.failover?.steering;
      if (steering !== undefined) this.connect(from, steering, 'steers', 0);
    } else for (const part of redundancy?.of ?? []) this.connect(from, part, 'member', 0);
    for (const member of pool ?? []) {
      this.connect(from, member.node, 'member', 0);
      if (member.needs !== undefined) this.connect(from, member.needs, 'grows', 0);
    }
  }

  /** Edges to all names in a requirement. */
  private connect(from: number, node: Node, kind: EdgeKind, position: number): void {
    switch (node.kind) {
      case 'service':
      case 'pool':
        this.edge(from, this.firstService + node.service, kind, position);
        return;
      case 'reference':
        this.edge(from, this.offerBox(this.model.references[node.reference]?.offer), kind, position);
        return;
      case 'all':
        for (const part of node.parts) this.connect(from, part, kind, position);
        return;
      case 'atLeast':
        for (const part of node.of) this.connect(from, part, kind === 'needs' ? 'member' : kind, position);
        return;
      default:
        for (const [i, { node: option }] of node.options.entries())
          this.connect(
            from,
            option,
            kind === 'needs' ? 'alternative' : kind,
            kind === 'needs' ? i + 1 : position,
          );
    }
  }

  private edge(from: number, to: number, kind: EdgeKind, position: number): void {
    const key = `${from} ${to} ${kind} ${position}`;
    if (from < 0 || to < 0 || from === to || this.seen.has(key)) return;
    this.seen.add(key);
    this.edges.push({ from, to, kind, position });
  }
}
