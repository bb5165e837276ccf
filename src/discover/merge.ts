import type { Catalog } from '../catalog/index.ts';
import { eachReference, parseReference, requirementsOf, type Evidence, type Plan } from '../plan/index.ts';
import { draftEdges, withoutScope, type Draft, type DraftEdge } from './draft.ts';
import type { ConfirmedEdge, DiscoveryDrift } from './drift.ts';
import { isNear, isSameCapability } from './same-capability.ts';

/** Kinds of capabilities that show themselves from outside. */
const SHOWN = new Set([
  'cdn',
  'dns',
  'challenge',
  'certificates',
  'rpc',
  'email',
  'pages',
  'page-code',
  'tags',
  'relay',
  'status-page',
  'support',
]);
/** Of these a platform has one at a time for a part, or says which: another in its place is no addition. */
const ONE_OF = new Set(['cdn', 'dns', 'status-page', 'email', 'pages', 'challenge']);

interface PlanEdge {
  readonly service: string;
  readonly on: string;
}

/**
 * Holds what was found against a plan that exists: what of it was seen, what was not, what was seen besides, and what speaks against it. A
 * plan's services may be called anything, so an edge is the same where it leads to the same capability, at a place that holds the other.
 */
export function mergeDraft(plan: Plan, draft: Draft, catalog: Catalog): DiscoveryDrift {
  const kinds = kindsOf(plan, draft, catalog);
  const planned = planEdges(plan);
  const found = draftEdges(draft).filter(({ to }) => parseReference(to)?.capability !== undefined);
  const ofPlatform = found.filter(({ from }) => !from.includes('/'));
  const evidenceOf = evidenceIn(draft);
  const pairs = new Pairs(planned, ofPlatform, kinds);
  const confirmed: ConfirmedEdge[] = [];
  const left: PlanEdge[] = [];
  for (const edge of planned) {
    const seen = pairs.seenAs(edge);
    if (seen === undefined) left.push(edge);
    else confirmed.push({ ...edge, seen: seen.to, evidence: evidenceOf(seen) });
  }
  const unplanned = ofPlatform.filter(({ to }) => !pairs.isPlanned(to));
  const byKind = new Map<string, Set<string>>();
  for (const { to } of unplanned) {
    const kind = kinds.get(withoutScope(to)) ?? '';
    if (ONE_OF.has(kind)) byKind.set(kind, (byKind.get(kind) ?? new Set()).add(to));
  }
  const isReplaced = ({ on }: PlanEdge): boolean => byKind.has(kinds.get(withoutScope(on)) ?? '');
  const contradicted = left.filter(isReplaced).map((edge) => {
    const kind = kinds.get(withoutScope(edge.on)) ?? '';
    const seen = [...(byKind.get(kind) ?? [])];
    const why = `Of this kind (${kind}) ${seen.join(' and ')} was seen, and ${edge.on} was not.`;
    return { ...edge, seen, why };
  });
  return {
    schema: 'keelson.discovery-drift/1',
    plan: { name: plan.platform.name, file: plan.source.file },
    asOf: draft.asOf,
    confirmed,
    notSeen: left
      .filter((edge) => !isReplaced(edge))
      .map((edge) => ({ ...edge, wouldShow: SHOWN.has(kinds.get(withoutScope(edge.on)) ?? '') })),
    added: unplanned.map((edge) => ({ from: edge.from, on: edge.to, evidence: evidenceOf(edge) })),
    contradicted,
  };
}

/** What services of a plan need of providers, each once. */
function planEdges(plan: Plan): PlanEdge[] {
  const seen = new Map<string, PlanEdge>();
  const add = (service: string, on: string): void => {
    if (parseReference(on)?.capability !== undefined) seen.set(`${service} ${on}`, { service, on });
  };
  for (const { name, value } of plan.services ?? [])
    for (const requirement of requirementsOf(value)) eachReference(requirement, (on) => add(name, on));
  for (const { name, value } of plan.journeys)
    for (const { value: mode } of value.modes) eachReference(mode.needs, (on) => add(`journey ${name}`, on));
  return [...seen.values()];
}

/** What capabilities are in general, by name: the draft's, the plan's and the catalogue's. */
function kindsOf(plan: Plan, draft: Draft, catalog: Catalog): ReadonlyMap<string, string> {
  const kinds = new Map<string, string>();
  const add = (provider: string, capability: string, kind: string | null | undefined): void => {
    if (kind != null) kinds.set(`${provider}/${capability}`, kind);
  };
  for (const { name, capabilities } of draft.providers)
    for (const one of capabilities) add(name, one.name, one.kind);
  for (const { name, capabilities } of catalog.providers)
    for (const one of capabilities) add(name, one.name, one.kind);
  for (const { name, value } of plan.providers ?? [])
    for (const one of value.capabilities ?? []) add(name, one.name, one.value.kind);
  return kinds;
}

/** Kinds that are seen as one of another from outside: of a machine only that something of the vendor's is there. */
const HOSTS = new Set([
  'compute',
  'server',
  'containers',
  'load-balancer',
  'platform',
  'functions',
  'api-gateway',
  'object-storage',
]);

/** Which references of a plan and of a draft mean the same. Edges are many, what they lead to is not: each pair is looked at once. */
class Pairs {
  /** The first edge to each that was found. */
  private readonly firsts = new Map<string, DraftEdge>();
  private readonly byService = new Map<string, DraftEdge[]>();
  /** What is closest to what the plan needs: the capability before one that stands for it, then the place. */
  private readonly closest = new Map<string, ReadonlySet<string>>();
  private readonly known = new Set<string>();

  constructor(planned: readonly PlanEdge[], found: readonly DraftEdge[], kinds: ReadonlyMap<string, string>) {
    for (const edge of found) {
      if (!this.firsts.has(edge.to)) this.firsts.set(edge.to, edge);
      add(this.byService, edge.from, edge);
    }
    const byProvider = new Map<string, { readonly to: string; readonly reference: Reference }[]>();
    for (const to of this.firsts.keys()) {
      const reference = parseReference(to);
      if (reference !== undefined) add(byProvider, reference.provider, { to, reference });
    }
    for (const on of new Set(planned.map((edge) => edge.on))) {
      const reference = parseReference(on);
      if (reference === undefined) continue;
      const isHost = HOSTS.has(kinds.get(withoutScope(on)) ?? '');
      const same = (byProvider.get(reference.provider) ?? [])
        .filter((one) => isSame(reference, one.reference, isHost, kinds))
        .map(({ to }) => to);
      for (const to of same) this.known.add(to);
      const closeness = (to: string): number =>
        to === on ? 2 : withoutScope(to) === withoutScope(on) ? 1 : 0;
      const most = same.reduce((best, to) => Math.max(best, closeness(to)), 0);
      this.closest.set(on, new Set(same.filter((to) => closeness(to) === most)));
    }
  }

  /** Of the closest to what a service needs, that of a service of its name, or the first that was found. */
  seenAs({ service, on }: PlanEdge): DraftEdge | undefined {
    const closest = this.closest.get(on) ?? new Set();
    const own = this.byService.get(service)?.find(({ to }) => closest.has(to));
    const [first] = closest;
    return own ?? (first === undefined ? undefined : this.firsts.get(first));
  }

  /** Whether the plan needs what was found. */
  isPlanned(to: string): boolean {
    return this.known.has(to);
  }
}

function add<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

type Reference = NonNullable<ReturnType<typeof parseReference>>;

/** @param isHost of the planned one: on machines it would be seen as one of these */
function isSame(
  planned: Reference,
  seen: Reference,
  isHost: boolean,
  kinds: ReadonlyMap<string, string>,
): boolean {
  if (!isNear(planned, seen)) return false;
  if (isSameCapability(planned, seen)) return true;
  // Who knows the zone has not looked from outside, and knows what it is.
  if (!isHost || seen.scope.includes('/')) return false;
  const general = kinds.get(`${seen.provider}/${seen.capability}`);
  return general === 'compute' || general === 'server';
}

/** Of a service's evidence, what is of one of its edges; all of it where none says of which it is. */
function evidenceIn(draft: Draft): (edge: DraftEdge) => readonly Evidence[] {
  const services = new Map(draft.services.map(({ name, evidence }) => [name, evidence]));
  return ({ from, to }) => {
    const evidence = services.get(from) ?? [];
    const own = evidence.filter(({ note }) => note?.startsWith(`${to}:`) === true);
    const isMarked = evidence.some(({ note }) => /^[a-z0-9._-]+\/[a-z0-9._-]+(?:@[^:]+)?: /.test(note ?? ''));
    return own.length > 0 || isMarked ? own : evidence;
  };
}
