import type { Model } from '../../model/index.ts';
import { chainPoolOf, type ChainPool as PlannedPool } from '../../plan/index.ts';
import { servicesOf, targetsOf, type Target, type Targets, type Way } from '../targets.ts';
import { addressOf, NO_VIA, type Via } from '../via.ts';
import type { NodePlace } from './node-link.ts';

/** A pool of nodes as the plan has it, with everything looked up. */
export interface ServedPool {
  readonly service: number;
  readonly name: string;
  /** The way of requests that are the pool's to answer. */
  readonly way: Way;
  readonly plan: PlannedPool;
  /** By member, the nodes that it leads to. */
  readonly members: readonly (readonly Target[])[];
  /** Whose headers are believed; undefined: those on which members agree. */
  readonly trusted: readonly Target[] | undefined;
}

/** Every pool of a plan that leads anywhere. */
export function servedPoolsOf(model: Model, targets: Targets): ServedPool[] {
  const services = servicesOf(model.plan);
  return model.services.flatMap(({ name }, service) => {
    const value = services.get(name);
    const plan = value === undefined ? undefined : chainPoolOf(value);
    const way = plan === undefined ? undefined : targets.to(name);
    if (plan === undefined || way === undefined) return [];
    const members =
      way.kind === 'target'
        ? [[way.target]]
        : way.ways.map((one) => (one === undefined ? [] : targetsOf(one)));
    const trusted = plan.trusted === undefined ? undefined : targets.to(plan.trusted);
    return [
      { service, name, way, plan, members, trusted: trusted === undefined ? undefined : targetsOf(trusted) },
    ];
  });
}

/**
 * Where the nodes of pools are, by the number of their target.
 *
 * @throws KeelsonError `secret-missing`
 */
export function placesOf(
  pools: readonly ServedPool[],
  secretAt: (where: string) => string,
  via = NO_VIA,
): ReadonlyMap<number, NodePlace> {
  const targets = pools.flatMap(({ members, trusted = [] }) => [...members.flat(), ...trusted]);
  return new Map(targets.map((target) => [target.index, placeOf(target, secretAt, via)]));
}

function placeOf(
  { origin, basePath, node }: Target,
  secretAt: (where: string) => string,
  via: Via,
): NodePlace {
  const key = node?.key === undefined ? '' : `/${secretAt(node.key)}`;
  const path = `${basePath}${key}`;
  return {
    origin,
    path: path === '' ? '/' : path,
    authorization: node?.token === undefined ? undefined : `Bearer ${secretAt(node.token)}`,
    websocket: node?.websocket === undefined ? undefined : `${node.websocket.replace(/\/+$/, '')}${key}`,
    websocketReached: node?.websocket === undefined ? undefined : via.get(addressOf(node.websocket)),
  };
}

/** Where the secrets of nodes are found. */
export function nodeSecretsOf({ plan }: Model): string[] {
  return (plan.services ?? []).flatMap(({ value }) =>
    [value, ...(value.any ?? [])].flatMap(({ node }) => [node?.key ?? [], node?.token ?? []].flat()),
  );
}
