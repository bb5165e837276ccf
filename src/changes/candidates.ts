import type { Catalog } from '../catalog/index.ts';
import type { Model, ReferenceNode } from '../model/index.ts';
import {
  chainMembersOf,
  parseReference,
  requirementsOf,
  type Failover,
  type Plan,
  type Requirement,
  type Service,
} from '../plan/index.ts';
import { formatShare, HOURS_PER_YEAR } from '../units.ts';
import { freeName, mapReferences, named, referencesIn, withService, type Candidate } from './candidate.ts';
import { otherProvider, otherRegion, steeringElsewhere } from './elsewhere.ts';
import { steeringOnWhatItSteers, type SharedFate } from './shared-fate.ts';

export interface Ground {
  readonly model: Model;
  readonly catalog: Catalog;
  /** The share of all loss that each event stands for. */
  readonly weights: ReadonlyMap<string, number>;
  readonly sharedFate: readonly SharedFate[];
}

/** How a switch is taken to be made where a change adds one. @unit hours */
const ASSUMED_FAILOVER = { detect: 1 / 60, switch: 1 / 120, spread: 2 / 60, success: 0.98 } as const;
const ASSUMED_SWITCH = 'the switch: 60 s to detect, 30 s to make, 2 m of spread, 98 % success';
/** A standby that is drilled. */
const DRILLED = 0.99;
/** What stands for a smaller share of the loss is not worth a change. */
const LEAST_WEIGHT = 0.005;

/** Every change worth trying, the most promising services first. */
export function candidatesFor(ground: Ground): Candidate[] {
  const { plan } = ground.model;
  const weighed = (plan.services ?? []).map((service) => ({
    ...service,
    weight: weightOfService(ground, service.name, service.value),
  }));
  return [
    ...weighed
      .sort((a, b) => b.weight - a.weight)
      .flatMap(({ name, value }) => [
        ...duplicates(ground, name, value),
        ...readier(ground, name, value),
        ...fasterSwitch(plan, name, value),
        ...verified(ground, name, value),
      ]),
    ...steeredElsewhere(ground),
    ...splitFates(ground),
    ...furtherRungs(ground),
  ];
}

/** A second provider, or a second site, for a service that has neither. */
function duplicates(ground: Ground, name: string, value: Service): Candidate[] {
  const { plan } = ground.model;
  if (
    value.any !== undefined ||
    value.of !== undefined ||
    value.pool !== undefined ||
    value.state !== undefined
  )
    return [];
  const references = [value.needs, ...(value.all ?? [])].flatMap((part) =>
    part === undefined ? [] : referencesIn(part),
  );
  if (references.length === 0 || weightOf(ground, references, name) < LEAST_WEIGHT) return [];
  const providers = new Set(references.map(providerOf));
  const first = freeName(plan, name);
  const second = freeName(
    withService(plan, name, (same) => same, [[first, value]]),
    name,
  );
  const copyOf = (change: (reference: string) => string): Service => ({
    ...value,
    ...(value.needs === undefined ? {} : { needs: mapReferences(value.needs, change) }),
    ...(value.all === undefined ? {} : { all: value.all.map((part) => mapReferences(part, change)) }),
  });
  const build = (change: (reference: string) => string, failover: Failover): Plan =>
    withService(
      plan,
      name,
      ({ front }) => ({
        ...(front === undefined ? {} : { front }),
        outages: { kind: 'none' },
        any: [
          { use: named(first), offset: 0 },
          { use: named(second), offset: 0 },
        ],
        failover,
        offset: 0,
      }),
      [
        [first, value],
        [second, copyOf(change)],
      ],
    );
  const steering = value.front === true ? steeringElsewhere(ground.catalog, providers) : undefined;
  const failover: Failover = {
    ...ASSUMED_FAILOVER,
    ...(steering === undefined ? {} : { needs: named(steering) }),
    offset: 0,
  };
  const outside = steering === undefined ? '' : `, steered by ${steering}`;
  const found: Candidate[] = [];
  // A copy costs what the original does, where the plan says that.
  const costPerYear = value.cost === undefined ? null : value.cost.amount * HOURS_PER_YEAR;
  const common = { service: name, journey: null, touches: [name], costPerYear } as const;
  const byProvider = [...providers].map((provider) => {
    const own = references.filter((reference) => providerOf(reference) === provider);
    return otherProvider(ground.catalog, own, providers);
  });
  if (byProvider.every((one) => one !== undefined)) {
    const change = new Map(byProvider.flatMap((one) => [...(one?.change ?? [])]));
    const to = [...new Set(byProvider.map((one) => one?.provider ?? ''))].join(' and ');
    found.push({
      ...common,
      kind: 'second-provider',
      change: `${name} on a second provider: ${to} beside ${[...providers].join(' and ')}${outside}`,
      assumes: [ASSUMED_SWITCH, 'the second is as ready and as large as the first'],
      plan: build((reference) => change.get(reference) ?? reference, failover),
    });
  }
  if (references.some((reference) => otherRegion(reference) !== undefined))
    found.push({
      ...common,
      kind: 'second-site',
      change: `${name} a second time, in another region of ${[...new Set(references.filter((reference) => otherRegion(reference) !== undefined).map(providerOf))].join(' and ')}${outside}`,
      assumes: [ASSUMED_SWITCH, 'the second is as ready and as large as the first'],
      plan: build((reference) => otherRegion(reference) ?? reference, failover),
    });
  return found;
}

/** A standby that is drilled until it is ready. */
function readier({ model: { plan }, weights }: Ground, name: string, value: Service): Candidate[] {
  return (value.any ?? []).flatMap(({ ready, use }, i): Candidate[] => {
    if (
      i === 0 ||
      ready === undefined ||
      ready >= DRILLED ||
      (weights.get(`${name}:standby-${i + 1}`) ?? 0) < LEAST_WEIGHT
    )
      return [];
    const any = (value.any ?? []).map((alternative, j) =>
      i === j ? { ...alternative, ready: DRILLED } : alternative,
    );
    return [
      {
        kind: 'ready-standby',
        change: `drill ${describe(use, i)}, the standby of ${name}, until it is ready ${formatShare(DRILLED)} of the time instead of ${formatShare(ready)}`,
        service: name,
        journey: null,
        costPerYear: null,
        assumes: [`regular drills keep it ready ${formatShare(DRILLED)} of the time`],
        touches: [name],
        plan: withService(plan, name, (service) => ({ ...service, any })),
        chance: { event: `${name}:standby-${i + 1}`, chance: 1 - DRILLED },
      },
    ];
  });
}

/** A switch that nobody has to approve first. */
function fasterSwitch(plan: Plan, name: string, value: Service): Candidate[] {
  const { failover } = value;
  if (failover?.approve === undefined || failover.approve === 0) return [];
  return [
    {
      kind: 'faster-switch',
      change: `switch ${name} without waiting for approval`,
      service: name,
      journey: null,
      costPerYear: null,
      assumes: ['the switch succeeds as often as with approval'],
      touches: [name],
      plan: withService(plan, name, (service) => ({ ...service, failover: { ...failover, approve: 0 } })),
    },
  ];
}

/** Answers that are checked, so that no source need be trusted. */
function verified(ground: Ground, name: string, value: Service): Candidate[] {
  if (value.verify !== undefined) return [];
  const references = [...(value.any ?? []).map(({ use }) => use), ...(value.of ?? [])].flatMap(referencesIn);
  const reads = references.filter((reference) =>
    ground.model.references.some((one) => one.name === reference && one.kind === 'rpc'),
  );
  if (reads.length === 0 && value.jsonrpc === undefined) return [];
  // What is written cannot be checked by proof before it is done.
  if (value.of === undefined && /write|submit|send|broadcast|relay/.test(name)) return [];
  const common = {
    kind: 'verify',
    service: name,
    journey: null,
    costPerYear: null,
    touches: [name],
  } as const;
  const { plan } = ground.model;
  if (value.of !== undefined && (value.atLeast ?? 1) > 1)
    return [
      {
        ...common,
        change: `compare the answers of ${name} and serve only what a quorum says`,
        assumes: [],
        plan: withService(plan, name, (service) => ({ ...service, verify: 'quorum' })),
      },
    ];
  const { jsonrpc } = value;
  if (jsonrpc === undefined)
    return [
      {
        ...common,
        change: `check the answers of ${name} by proof, so that no source need be trusted`,
        assumes: ['what is read can be proved against a block header that is trusted'],
        plan: withService(plan, name, (service) => ({ ...service, verify: 'proof' })),
      },
    ];
  const trusted = ownNode(ground, value);
  if (trusted === undefined) return [];
  return [
    {
      ...common,
      change: `check the answers of ${name} by proof against headers of ${trusted}, and trust nobody else`,
      assumes: ['reads that nothing proves, such as eth_call, can be done without'],
      plan: withService(plan, name, (service) => ({
        ...service,
        verify: 'proof',
        jsonrpc: { ...jsonrpc, trusted },
      })),
    },
  ];
}

/** A member of a pool of nodes that is a service with a url and stands on nobody's RPC: whose headers could be believed. */
function ownNode({ model }: Ground, value: Service): string | undefined {
  const services = new Map((model.plan.services ?? []).map((one) => [one.name, one.value]));
  const rpc = new Set(model.references.flatMap(({ name, kind }) => (kind === 'rpc' ? [name] : [])));
  for (const { use } of chainMembersOf(value, (name) => services.get(name))) {
    const own = use.kind === 'name' ? services.get(use.name) : undefined;
    if (use.kind !== 'name' || own?.url === undefined) continue;
    if (
      !requirementsOf(own)
        .flatMap(referencesIn)
        .some((reference) => rpc.has(reference))
    )
      return use.name;
  }
  return undefined;
}

/** A steering wheel that does not stand on what it steers away from. */
function steeredElsewhere({ model, catalog }: Ground): Candidate[] {
  return steeringOnWhatItSteers(model).flatMap(({ service, events }): Candidate[] => {
    const { name = '' } = model.services[service] ?? {};
    const value = model.plan.services?.find((one) => one.name === name)?.value;
    const { failover } = value ?? {};
    const avoid = new Set(events.map(providerOf));
    const steering = steeringElsewhere(catalog, avoid);
    if (failover === undefined || steering === undefined) return [];
    return [
      {
        kind: 'steer-elsewhere',
        change: `steer ${name} by ${steering}, which does not stand on ${[...avoid].join(' and ')}`,
        service: name,
        journey: null,
        costPerYear: null,
        assumes: [],
        touches: [name],
        plan: withService(model.plan, name, (service_) => ({
          ...service_,
          failover: { ...failover, needs: named(steering) },
        })),
      },
    ];
  });
}

/** An alternative that no longer stands on what takes another one down. */
function splitFates({ model, catalog, sharedFate }: Ground): Candidate[] {
  return sharedFate.flatMap(({ service, events }): Candidate[] => {
    const value = model.plan.services?.find((one) => one.name === service)?.value;
    const members = value?.any?.map(({ use }) => use) ?? value?.of ?? [];
    const last = members.length - 1;
    const shared = new Set(events);
    // The last alternative that stands on the shared event directly is the one to move.
    for (let i = last; i > 0; i--) {
      const use = members[i];
      if (use === undefined || value === undefined) continue;
      const hit = referencesIn(use).filter((reference) => standsOn(model, reference, shared));
      const [first] = hit;
      if (first === undefined) continue;
      const other = otherProvider(catalog, hit, new Set(members.flatMap(referencesIn).map(providerOf)));
      // Another region is no way out of what takes a whole provider.
      const everywhere = events.some((event) => !event.includes('@'));
      const elsewhere = (reference: string): string | undefined =>
        other?.change.get(reference) ?? (everywhere ? undefined : otherRegion(reference));
      const change = (reference: string): string =>
        hit.includes(reference) ? (elsewhere(reference) ?? reference) : reference;
      const moved = mapReferences(use, change);
      if (change(first) === first) continue;
      return [
        {
          kind: 'split-fate',
          change: `move ${first} of ${service} to ${change(first)}, away from ${events[0] ?? ''}`,
          service,
          journey: null,
          costPerYear: null,
          assumes: ['it is as ready and as large there'],
          touches: [service],
          plan: withService(model.plan, service, (one) => ({
            ...one,
            ...(one.any === undefined
              ? {}
              : {
                  any: one.any.map((alternative, j) =>
                    j === i ? { ...alternative, use: moved } : alternative,
                  ),
                }),
            ...(one.of === undefined ? {} : { of: one.of.map((part, j) => (j === i ? moved : part)) }),
          })),
        },
      ];
    }
    return [];
  });
}

/** A further mode that does without one thing that the last one needs, worth a quarter as much. */
function furtherRungs({ model }: Ground): Candidate[] {
  const { plan } = model;
  return plan.journeys.flatMap((journey): Candidate[] => {
    const last = journey.value.modes.at(-1);
    if (last === undefined || journey.value.loss === undefined) return [];
    const needs = last.value.needs;
    if (needs.kind !== 'all' || needs.parts.length < 2) return [];
    const worth = (last.value.worth ?? 1) / 4;
    return needs.parts.flatMap((dropped, i): Candidate[] => {
      if (!canDoWithout(model, journey.name, dropped)) return [];
      const parts = needs.parts.filter((_, j) => j !== i);
      const name = `without-${i + 1}`;
      const mode = { ...last, name, value: { ...last.value, worth, needs: { ...needs, parts } } };
      const journeys = plan.journeys.map((one) =>
        one === journey ? { ...one, value: { ...one.value, modes: [...one.value.modes, mode] } } : one,
      );
      const candidate: Candidate = {
        kind: 'further-rung',
        change: `a further rung for ${journey.name} that does without ${describe(dropped, i)}`,
        service: null,
        journey: journey.name,
        costPerYear: null,
        assumes: [`the rung is worth ${formatShare(worth)}, a quarter of the one above it`],
        touches: [],
        plan: { ...plan, journeys },
      };
      return [candidate];
    });
  });
}

/** Not without what lets users in, keeps their keys or money, or is the journey itself: that would be no service, or no safety. */
function canDoWithout(model: Model, journey: string, part: Requirement): boolean {
  if (part.kind !== 'name' || part.name === journey) return false;
  const service = model.plan.services?.find(({ name }) => name === part.name)?.value;
  if (service === undefined || service.front === true || service.protects !== undefined) return false;
  const below = [service.needs, ...(service.any ?? []).map(({ use }) => use), ...(service.of ?? [])];
  const references = below.flatMap((one) => (one === undefined ? [] : referencesIn(one)));
  if (model.references.some(({ name, protects }) => protects.size > 0 && references.includes(name)))
    return false;
  return !(service.handles ?? []).some((handled) => handled !== 'content');
}

/** What a service itself, its switch and what it refers to directly stand for. */
function weightOfService(ground: Ground, name: string, value: Service): number {
  const own = [value.needs, ...(value.all ?? []), ...(value.any ?? []).map(({ use }) => use)];
  const references = own.flatMap((part) => (part === undefined ? [] : referencesIn(part)));
  const events = [`${name}:switch`, ...(value.any ?? []).map((_, i) => `${name}:standby-${i + 1}`)];
  const drawn = events.reduce((sum, event) => sum + (ground.weights.get(event) ?? 0), 0);
  return drawn + weightOf(ground, references, name);
}

function weightOf({ model, weights }: Ground, references: readonly string[], service: string): number {
  let sum = weights.get(service) ?? 0;
  for (const reference of references) {
    const node = nodeOf(model, reference);
    for (const event of node?.events ?? []) sum += weights.get(model.events[event]?.id ?? '') ?? 0;
  }
  return sum;
}

const byName = new WeakMap<Model, ReadonlyMap<string, ReferenceNode>>();

function nodeOf(model: Model, reference: string): ReferenceNode | undefined {
  const known = byName.get(model) ?? new Map(model.references.map((one) => [one.name, one]));
  byName.set(model, known);
  return known.get(reference);
}

function standsOn(model: Model, reference: string, events: ReadonlySet<string>): boolean {
  return nodeOf(model, reference)?.events.some((event) => events.has(model.events[event]?.id ?? '')) === true;
}

function providerOf(reference: string): string {
  return parseReference(reference)?.provider ?? reference;
}

/** A requirement in a few words. */
function describe(requirement: Requirement, position: number): string {
  switch (requirement.kind) {
    case 'name':
      return requirement.name;
    case 'from':
      return requirement.pool;
    case 'all': {
      const [first] = requirement.parts;
      return first === undefined ? `alternative ${position + 1}` : describe(first, position);
    }
    default:
      return `alternative ${position + 1}`;
  }
}
