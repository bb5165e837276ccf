import type { LiveSignals } from '../control/index.ts';
import { labelOf, type Model, type Node } from '../model/index.ts';
import { LEVEL_TOLERANCE } from '../policies/index.ts';

/** The level that is observed of a signal. */
export type LevelOf = (signal: number) => number;

/** What is seen to be below `usable` of what a requirement stands on: names, each once, the nearest first. */
export function causesOf(
  model: Model,
  node: Node,
  signals: LiveSignals,
  levelOf: LevelOf,
  usable: number,
): string[] {
  const found = new Set<string>();
  const seen = new Set<number>();
  const look = (signal: number, name: string): void => {
    if (levelOf(signal) < usable) found.add(name);
  };
  const visit = (at: Node): void => {
    if (at.kind === 'reference')
      look(signals.reference(at.reference, false), model.references[at.reference]?.name ?? '');
    if (at.kind === 'service' || at.kind === 'pool') visitService(at.service);
    else partsOf(at).forEach(visit);
  };
  const visitService = (index: number): void => {
    const service = model.services[index];
    if (service === undefined || seen.has(index)) return;
    seen.add(index);
    look(signals.service(index), service.name);
    for (const [i, member] of membersOf(service).entries())
      look(signals.member(index, i), `${service.name}: ${labelOf(model, member, i)}`);
    for (const part of [service.needs, service.redundancy]) if (part !== undefined) visit(part);
    for (const member of service.pool ?? []) visit(member.node);
  };
  visit(node);
  return [...found];
}

/**
 * Alternatives in use that do not carry what a mode asks of them, with what they carry.
 *
 * @param load that the mode asks. @unit share of full load
 */
export function narrowIn(
  model: Model,
  node: Node,
  load: number,
  inUse: (service: number) => number | undefined,
): string[] {
  const found: string[] = [];
  const seen = new Set<number>();
  const visit = (at: Node): void => {
    if (at.kind === 'service' || at.kind === 'pool') visitService(at.service);
    else partsOf(at).forEach(visit);
  };
  const visitService = (index: number): void => {
    const service = model.services[index];
    if (service === undefined || seen.has(index)) return;
    seen.add(index);
    const { redundancy, needs, pool = [] } = service;
    if (redundancy?.kind === 'any') {
      const used = inUse(index) ?? 0;
      const option = redundancy.options[used];
      if (option === undefined) return;
      if (option.carries < load - LEVEL_TOLERANCE) {
        const share = Number((100 * option.carries).toPrecision(3));
        found.push(`${service.name}: ${labelOf(model, option.node, used)} carries ${share} % of the load`);
      }
      visit(option.node);
    } else if (redundancy !== undefined) visit(redundancy);
    if (needs !== undefined) visit(needs);
    for (const member of pool) visit(member.node);
  };
  visit(node);
  return found;
}

/** What a requirement names, left to right; nothing of what stands behind a name. */
function partsOf(at: Node): readonly Node[] {
  switch (at.kind) {
    case 'all':
      return at.parts;
    case 'atLeast':
      return at.of;
    case 'any':
      return at.options.map(({ node }) => node);
    default:
      return [];
  }
}

/** The alternatives or members of a service, in order. */
export function membersOf({ redundancy, pool }: Model['services'][number]): readonly Node[] {
  if (pool !== undefined) return pool.map(({ node }) => node);
  if (redundancy === undefined) return [];
  return redundancy.kind === 'any' ? redundancy.options.map(({ node }) => node) : redundancy.of;
}

/** The level that is seen of an alternative or a member: its own, and that of the service that it is. */
export function memberLevel(
  signals: LiveSignals,
  levelOf: LevelOf,
  service: number,
  member: number,
  node: Node,
): number {
  const under = node.kind === 'service' ? levelOf(signals.service(node.service)) : 1;
  return Math.min(under, levelOf(signals.member(service, member)));
}
