import {
  keyOf,
  PROTECTIONS,
  reachedFrom,
  type Model,
  type Node,
  type Protection,
} from '../../model/index.ts';
import type { Exposure } from './result.ts';

/** While users are on one alternative of a service, and it was seen to lack something that the plan says it has. */
export interface Lacking {
  readonly service: number;
  readonly alternative: number;
  readonly protections: ReadonlySet<Protection>;
}

type Protections = ReadonlySet<Protection>;
const NONE: Protections = new Set();

/** Protections on the path of a requirement whatever is in use of what is not said, as `Interpreter.present` has them while all is well. */
export function protectionsOn(model: Model, node: Node, at?: Lacking): Protections {
  const known = new Map<number, Protections>();
  const on = (part: Node): Protections => {
    switch (part.kind) {
      case 'reference':
        return model.references[part.reference]?.protects ?? NONE;
      case 'all':
        return union(part.parts.map(on));
      case 'any':
        return common(part.options.map((option) => on(option.node)));
      case 'atLeast':
        return common(part.of.map(on));
      default: {
        const before = known.get(part.service);
        if (before !== undefined) return before;
        const found = onService(part.service);
        known.set(part.service, found);
        return found;
      }
    }
  };
  const onService = (index: number): Protections => {
    const service = model.services[index];
    if (service === undefined) return NONE;
    const { protects, needs, redundancy, pool } = service;
    const beside = [protects, ...(needs === undefined ? [] : [on(needs)])];
    const isHere = at?.service === index && redundancy?.kind === 'any';
    const option = isHere ? redundancy.options[at.alternative]?.node : undefined;
    const among = option ?? redundancy;
    const all = union([
      ...beside,
      ...(among === undefined ? [] : [on(among)]),
      common((pool ?? []).map((member) => on(member.node))),
    ]);
    return isHere ? new Set([...all].filter((one) => !at.protections.has(one))) : all;
  };
  return on(node);
}

/** What the plan says that users are protected with while they are on an alternative. */
export function claimsOf(model: Model, service: number, alternative: number): readonly Protection[] {
  const on = protectionsOn(model, { kind: 'service', service }, { service, alternative, protections: NONE });
  return PROTECTIONS.filter((one) => on.has(one));
}

/** What of a plan says that a protection is there: references and services that bring it. */
export function claimants(model: Model, start: Node, protection: Protection): readonly Node[] {
  const found = new Map<string, Node>();
  const seen = new Set<string>();
  const look = (node: Node): void => {
    const key = keyOf(node);
    if (key !== '' && seen.has(key)) return;
    if (key !== '') seen.add(key);
    if (node.kind === 'reference') {
      if (model.references[node.reference]?.protects.has(protection) === true) found.set(key, node);
      return;
    }
    if (node.kind === 'all') node.parts.forEach(look);
    if (node.kind === 'any') for (const option of node.options) look(option.node);
    if (node.kind === 'atLeast') node.of.forEach(look);
    if (node.kind !== 'service' && node.kind !== 'pool') return;
    const service = model.services[node.service];
    if (service?.protects.has(protection) === true)
      found.set(key, { kind: 'service', service: node.service });
    for (const part of [service?.needs, service?.redundancy]) if (part !== undefined) look(part);
    for (const member of service?.pool ?? []) look(member.node);
  };
  look(start);
  return [...found.values()];
}

/** Journeys whose users are without a protection that the plan says they need, while they are on an alternative that lacks it. */
export function exposuresOf(model: Model, lacking: Lacking, protection: Protection): readonly Exposure[] {
  const key = `service ${lacking.service}`;
  return model.journeys.flatMap(({ name, modes }) =>
    (['refuse', 'serve'] as const).flatMap((missing): Exposure[] => {
      const exposed = modes.filter(
        (mode) =>
          mode.missing === missing &&
          mode.need.includes(protection) &&
          reachedFrom(model, mode.node).has(key) &&
          !protectionsOn(model, mode.node, lacking).has(protection),
      );
      return exposed.length === 0
        ? []
        : [{ journey: name, modes: exposed.map((mode) => mode.name), missing }];
    }),
  );
}

function union(all: readonly Protections[]): Protections {
  return new Set(all.flatMap((one) => [...one]));
}

/** What each has; nothing of none. */
function common([first, ...rest]: readonly Protections[]): Protections {
  return first === undefined
    ? NONE
    : new Set([...first].filter((one) => rest.every((other) => other.has(one))));
}
