import { labelOf, type Model, type ServiceNode } from '../../model/index.ts';
import type { Service } from '../../plan/index.ts';
import type { Place } from '../place.ts';
import type { Door } from '../users.ts';
import type { ProtectionDrill } from './result.ts';

/** A service of which each alternative can be asked by itself. */
export interface DrilledPath {
  /** As a number of the model. */
  readonly service: number;
  readonly alternatives: readonly DrilledAlternative[];
}

export interface DrilledAlternative {
  /** As people call it. */
  readonly name: string;
  /** In the plan, from 0. */
  readonly alternative: number;
  /** How it is reached past whatever chooses among alternatives. */
  readonly doors: readonly AlternativeDoor[];
}

export interface AlternativeDoor extends Door {
  /** What stands before every path there, without a slash at its end. @default nothing */
  readonly basePath?: string;
}

export interface DrilledPaths {
  readonly paths: readonly DrilledPath[];
  readonly leftOut: ProtectionDrill['leftOut'];
}

/**
 * The alternatives that users' requests come by: those of fronts, each at the addresses that resolvers would answer; where a plan has none,
 * those of services that requests are sent to. What is only asked beside, such as a provider's challenge or a node of a chain, gets no samples.
 *
 * @param places where a plan has what
 */
export function drilledPathsOf(model: Model, places: readonly Place[]): DrilledPaths {
  const values = new Map((model.plan.services ?? []).map(({ name, value }) => [name, value]));
  const leftOut: { name: string; why: string }[] = [];
  const pathOf = (
    [service, { name, redundancy }]: [number, ServiceNode],
    doorsOf: (alternative: number) => readonly AlternativeDoor[],
  ): DrilledPath[] => {
    if (redundancy?.kind !== 'any') return [];
    const alternatives = redundancy.options.map(({ node }, alternative) => ({
      name: labelOf(model, node, alternative),
      alternative,
      doors: doorsOf(alternative),
    }));
    for (const one of alternatives)
      if (one.doors.length === 0)
        leftOut.push({
          name: `${name}.any[${one.alternative + 1}]`,
          why: 'the plan does not say where it is',
        });
    const reached = alternatives.filter(({ doors }) => doors.length > 0);
    return reached.length === 0 ? [] : [{ service, alternatives: reached }];
  };
  const all = [...model.services.entries()];
  const fronts = all.filter(([, { name }]) => values.get(name)?.front === true);
  if (fronts.length > 0) {
    const paths = fronts.flatMap((one) =>
      pathOf(one, (i) => edgeDoors(places, values.get(one[1].name), one[0], i)),
    );
    return { paths, leftOut };
  }
  const routed = new Set(model.plan.journeys.flatMap(({ value }) => routesOf(value).map(({ to }) => to)));
  const paths = all
    .filter(([, { name }]) => routed.has(name) && values.get(name)?.jsonrpc === undefined)
    .flatMap((one) => pathOf(one, (i) => partDoors(values, values.get(one[1].name), i)));
  return { paths, leftOut };
}

function routesOf({ match = [], modes }: Model['plan']['journeys'][number]['value']): { to?: string }[] {
  return [...match, ...modes.flatMap(({ value }) => value.allow ?? [])];
}

function edgeDoors(
  places: readonly Place[],
  value: Service | undefined,
  service: number,
  alternative: number,
): AlternativeDoor[] {
  if (value?.url === undefined) return [];
  const origin = new URL(new URL(value.url).origin);
  return places
    .filter(({ uses }) =>
      uses.some((use) => use.kind === 'edge' && use.service === service && use.alternative === alternative),
    )
    .map(({ address }) => ({ origin, at: hostAndPort(address) }));
}

function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}

/** At its own `url`, or at that of the one service that it is. */
function partDoors(
  values: ReadonlyMap<string, Service>,
  value: Service | undefined,
  alternative: number,
): AlternativeDoor[] {
  const said = value?.any?.[alternative];
  const used = said?.use.kind === 'name' ? values.get(said.use.name) : undefined;
  const text = said?.url ?? used?.url;
  if (text === undefined) return [];
  const url = new URL(text);
  return [{ origin: new URL(url.origin), at: undefined, basePath: url.pathname.replace(/\/$/, '') }];
}
