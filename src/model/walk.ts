import type { JourneyNode, Model, Node, ServiceNode } from './model.ts';

/** How a service is reached: on the way of users, or only through what steers a switch or lets a pool grow. */
export interface Reached {
  /** By users' requests, with the load of the first mode that reaches it. */
  readonly onPath: ReadonlyMap<number, number>;
  /** Through failover.needs or the needs of growth. */
  readonly inChange: ReadonlySet<number>;
  /** References read through failover.needs or the needs of growth. */
  readonly referencesInChange: ReadonlySet<number>;
  /** Pools with the amounts asked of them on the way of users, and the load of the first mode that asks. */
  readonly asked: readonly { readonly service: number; readonly amount: number; readonly load: number }[];
}

const known = new WeakMap<JourneyNode, { readonly model: Model; readonly reached: Reached }>();

/** Every service that one journey reaches, and how; found once. */
export function reachedByJourney(model: Model, journey: JourneyNode): Reached {
  const before = known.get(journey);
  if (before?.model === model) return before.reached;
  const reached = reachedBy(model, [journey]);
  known.set(journey, { model, reached });
  return reached;
}

/** Every service that journeys reach, and how. */
export function reachedBy(model: Model, journeys: readonly JourneyNode[]): Reached {
  const onPath = new Map<number, number>();
  const inChange = new Set<number>();
  const referencesInChange = new Set<number>();
  const asked = new Map<string, { service: number; amount: number; load: number }>();
  /** What a node stands on; nothing where that has been read before. */
  const enter = (node: Node, change: boolean, load: number): readonly Part[] => {
    if (node.kind === 'reference' && change) referencesInChange.add(node.reference);
    if (node.kind === 'pool' && !change) {
      const key = `${node.service}:${node.amount}`;
      if (!asked.has(key)) asked.set(key, { service: node.service, amount: node.amount, load });
    }
    if (node.kind !== 'service' && node.kind !== 'pool') return partsOf(node);
    const index = node.service;
    if (change ? inChange.has(index) : onPath.has(index)) return [];
    if (change) inChange.add(index);
    else onPath.set(index, load);
    const service = model.services[index];
    return service === undefined ? [] : partsOfService(service);
  };
  for (const { modes } of journeys)
    for (const { node: start, load } of modes) {
      // A stack of its own, so that depth costs nothing.
      const waiting: Part[] = [{ node: start, change: false }];
      for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
        const { node, change } = at;
        const parts = enter(node, change, load);
        for (let i = parts.length - 1; i >= 0; i--) {
          const part = parts[i];
          if (part !== undefined) waiting.push({ node: part.node, change: change || part.change });
        }
      }
    }
  return { onPath, inChange, referencesInChange, asked: [...asked.values()] };
}

/** For each service, the services that depend on it, itself included. */
export function dependents(model: Model): readonly ReadonlySet<number>[] {
  const above = model.services.map((_, i) => new Set([i]));
  const users = new Map<number, Set<number>>();
  const note = (node: Node, user: number): void => {
    if (node.kind === 'service' || node.kind === 'pool') {
      const known = users.get(node.service);
      if (known === undefined) users.set(node.service, new Set([user]));
      else known.add(user);
    } else for (const part of partsOf(node)) note(part.node, user);
  };
  for (const [i, service] of model.services.entries())
    for (const part of partsOfService(service)) note(part.node, i);
  for (const [i, found] of above.entries()) {
    const waiting = [i];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop())
      for (const user of users.get(at) ?? [])
        if (!found.has(user)) {
          found.add(user);
          waiting.push(user);
        }
  }
  return above;
}

/** What a requirement or a place of one is called among others: `service 3`, `reference 7`; nothing else has a name. */
export function keyOf(node: Node): string {
  if (node.kind === 'service' || node.kind === 'pool') return `service ${node.service}`;
  return node.kind === 'reference' ? `reference ${node.reference}` : '';
}

/** Every service and reference that a requirement stands on, at any depth, by `keyOf`. */
export function reachedFrom(model: Model, start: Node): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [start];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const key = keyOf(node);
    if (key !== '' && found.has(key)) continue;
    if (key !== '') found.add(key);
    const service =
      node.kind === 'service' || node.kind === 'pool' ? model.services[node.service] : undefined;
    for (const part of service === undefined ? partsOf(node) : partsOfService(service))
      waiting.push(part.node);
  }
  return found;
}

interface Part {
  readonly node: Node;
  /** It is needed only to change something. */
  readonly change: boolean;
}

function partsOfService(service: ServiceNode): Part[] {
  const parts: Part[] = [];
  if (service.needs !== undefined) parts.push({ node: service.needs, change: false });
  if (service.redundancy !== undefined) parts.push(...partsOf(service.redundancy));
  for (const member of service.pool ?? []) {
    parts.push({ node: member.node, change: false });
    if (member.needs !== undefined) parts.push({ node: member.needs, change: true });
  }
  return parts;
}

function partsOf(node: Node): Part[] {
  switch (node.kind) {
    case 'all':
      return node.parts.map((part) => ({ node: part, change: false }));
    case 'atLeast':
      return node.of.map((part) => ({ node: part, change: false }));
    case 'any': {
      const options = node.options.map((option) => ({ node: option.node, change: false }));
      const steering = node.failover?.steering;
      return steering === undefined ? options : [...options, { node: steering, change: true }];
    }
    default:
      return [];
  }
}
