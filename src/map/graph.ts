import type { Model, Node, Offer } from '../model/index.ts';

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
    const { model } = this;
    for (const [index, { name }] of model.journeys.entries())
      this.boxes.push({
        kind: 'journey',
        id: `journey:${name}`,
        label: name,
        parent: -1,
        index,
        fails: null,
      });
    for (const [index, { name }] of model.services.entries())
      this.boxes.push({ kind: 'service', id: name, label: name, parent: -1, index, fails: name });
    const capabilityEvents = this.capabilityEvents();
    for (const [index, offer] of model.offers.entries())
      this.offers.push(this.offer(index, offer, capabilityEvents));
    for (const [i, { modes }] of model.journeys.entries())
      for (const { node } of modes) this.connect(i, node, 'needs', 0);
    for (const i of model.services.keys()) this.service(i);
    for (const [i, { needs, needsInChange }] of model.offers.entries()) {
      for (const need of needs) this.edge(this.offers[i] ?? -1, this.offers[need] ?? -1, 'inner', 0);
      for (const need of needsInChange)
        this.edge(this.offers[i] ?? -1, this.offers[need] ?? -1, 'inner-change', 0);
    }
    return { boxes: this.boxes, edges: this.edges };
  }

  /** By provider and capability, the scopes of its events. */
  private capabilityEvents(): ReadonlyMap<
    string,
    readonly { readonly id: string; readonly scope: string }[]
  > {
    const found = new Map<string, { id: string; scope: string }[]>();
    for (const { id, kind, provider, capability, scope } of this.model.events) {
      if (kind !== 'capability') continue;
      const key = `${provider}/${capability}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, [{ id, scope }]);
      else known.push({ id, scope });
    }
    return found;
  }

  private offer(index: number, offer: Offer, events: ReturnType<MapBuilder['capabilityEvents']>): number {
    const parent = this.place(offer.provider, offer.scope);
    if (offer.capability === null) return parent;
    const event = events
      .get(`${offer.provider}/${offer.capability}`)
      ?.find(({ scope }) => scope === '' || scope === offer.scope || offer.scope.startsWith(`${scope}/`));
    const box: Box = {
      kind: 'capability',
      id: offer.name,
      label: offer.capability,
      parent,
      index,
      fails: event?.id ?? null,
    };
    return this.boxes.push(box) - 1;
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
    const place = this.boxes.push({ kind, id, label, parent, index: -1, fails: id }) - 1;
    this.places.set(id, place);
    return place;
  }

  private service(index: number): void {
    const service = this.model.services[index];
    const from = this.firstService + index;
    if (service === undefined) return;
    if (service.needs !== undefined) this.connect(from, service.needs, 'needs', 0);
    const { redundancy } = service;
    if (redundancy?.kind === 'any') {
      for (const [i, { node }] of redundancy.options.entries())
        this.connect(from, node, 'alternative', i + 1);
      const steering = redundancy.failover?.steering;
      if (steering !== undefined) this.connect(from, steering, 'steers', 0);
    } else for (const part of redundancy?.of ?? []) this.connect(from, part, 'member', 0);
    for (const member of service.pool ?? []) {
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
        this.edge(
          from,
          this.offers[this.model.references[node.reference]?.offer ?? -1] ?? -1,
          kind,
          position,
        );
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
    if (from < 0 || to < 0 || this.seen.has(key)) return;
    this.seen.add(key);
    this.edges.push({ from, to, kind, position });
  }
}
