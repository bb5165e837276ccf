import { EMPTY_CATALOG, overlay, type Catalog } from '../catalog/index.ts';
import { Reader } from '../document/index.ts';
import {
  chainPoolOf,
  encloses,
  isServiceName,
  parseReference,
  trustedOf,
  type Failover,
  type Plan,
  type Requirement,
  type Service,
} from '../plan/index.ts';
import type { Problem } from '../problems.ts';
import { chanceOf } from './chance.ts';
import { EventTable } from './events.ts';
import type { FailoverNode, JourneyNode, Model, Node, ServiceNode } from './model.ts';
import { nodeWarnings } from './nodes.ts';
import { assumedRate, statedRate } from './rates.ts';

export interface BuiltModel {
  /** Undefined when any problem is an error. */
  readonly model: Model | undefined;
  readonly problems: readonly Problem[];
}

const DEFAULT_SERVICE = { rate: 1, mean: 0.5 };
const DEFAULT_CAPABILITY = { rate: 1, mean: 1 };

/**
 * Gives a plan its meaning: names are resolved against the plan and the catalogue, events numbered, rates taken as of the
 * plan's day.
 */
export function buildModel(plan: Plan, catalog: Catalog): BuiltModel {
  const { model, problems } = new ModelBuilder(plan, tableFor(plan, catalog), true).build();
  if (model === undefined) return { model, problems };
  return { model, problems: [...problems, ...nodeWarnings(plan, knownTo(plan, catalog))] };
}

/**
 * The model of a plan that differs from another's only in its services and journeys, made from what is known already.
 * Warnings are not looked for. Undefined when the plan makes no sense.
 */
export function rebuildModel(plan: Plan, like: Model): Model | undefined {
  const table = tables.get(like);
  return table === undefined ? undefined : new ModelBuilder(plan, table.continued(), false).build().model;
}

const tables = new WeakMap<Model, EventTable>();

/** What a plan knows of providers: the catalogue, unless it wants none, with its own laid over it. */
export function knownTo(plan: Plan, catalog: Catalog): Catalog {
  return overlay(plan.catalog === 'none' ? EMPTY_CATALOG : catalog, plan.providers ?? []);
}

function tableFor(plan: Plan, catalog: Catalog): EventTable {
  return new EventTable(
    knownTo(plan, catalog),
    plan.platform.asOf,
    plan.assumptions?.['capability-outages'] ?? DEFAULT_CAPABILITY,
  );
}

/** Names of providers and what they offer that a plan with other errors gets wrong too. */
export function wrongReferences(partial: Plan, catalog: Catalog): readonly Problem[] {
  const about: readonly string[] = [
    'unknown-provider',
    'unknown-capability',
    'scope-too-broad',
    'same-without-scope',
    'unknown-scope',
  ];
  return buildModel(partial, catalog).problems.filter(({ code }) => about.includes(code));
}

class ModelBuilder {
  private readonly plan: Plan;
  private readonly table: EventTable;
  private readonly reader: Reader;
  private readonly warns: boolean;
  private readonly serviceIndex = new Map<string, number>();
  private readonly assumedService: { rate: number; mean: number };

  constructor(plan: Plan, table: EventTable, warns: boolean) {
    this.plan = plan;
    this.table = table;
    this.warns = warns;
    this.reader = new Reader(plan.source);
    this.assumedService = plan.assumptions?.['service-outages'] ?? DEFAULT_SERVICE;
    for (const [i, { name }] of (plan.services ?? []).entries()) this.serviceIndex.set(name, i);
  }

  build(): BuiltModel {
    const { plan, table, reader } = this;
    const services = (plan.services ?? []).map(({ name, value, offset }) =>
      this.service(name, value, offset),
    );
    const journeys = plan.journeys.map((journey) => this.journey(journey));
    const providers = new Set(table.references.map((reference) => reference.provider));
    for (const { name, offset } of plan.services ?? [])
      if (providers.has(name)) reader.report('name-of-provider', offset, { name });
    this.checkInnerNeeds();
    const failed = reader.errors > 0;
    const model: Model = {
      plan,
      events: table.events,
      references: table.references,
      offers: table.offers,
      services,
      journeys,
      targets: table.targets,
    };
    if (!failed) tables.set(model, table);
    return { model: failed ? undefined : model, problems: reader.problems };
  }

  private journey({ name, value, offset }: Plan['journeys'][number]): JourneyNode {
    return {
      name,
      offset,
      tier: value.tier ?? 'important',
      slo: value.slo ?? null,
      loss: value.loss?.map((step) => ({ afterHours: step.after, perHour: step.rate.amount })) ?? null,
      usable: value.usable ?? 0.9,
      ladder: { down: value.ladder?.down ?? 0, up: value.ladder?.up ?? 0 },
      reopen: value.reopen === undefined ? null : { after: value.reopen.after, step: value.reopen.step },
      backlog:
        value.backlog === undefined ? null : { share: value.backlog.share, overHours: value.backlog.over },
      modes: value.modes.map((mode) => {
        const protections = mode.value.protections ??
          value.protections ?? { need: [], missing: 'refuse' as const };
        return {
          name: mode.name,
          offset: mode.offset,
          worth: mode.value.worth ?? 1,
          load: mode.value.load ?? 1,
          node: this.node(mode.value.needs),
          need: [...new Set(protections.need)],
          missing: protections.missing,
        };
      }),
    };
  }

  private service(name: string, value: Service, offset: number): ServiceNode {
    const own = [this.table.own(name, 'service', name, this.outages(value))];
    if (value.maintenance !== undefined) {
      const { rate, mean } = value.maintenance;
      own.push(
        this.table.own(`${name}:maintenance`, 'maintenance', name, {
          rate: statedRate({ kind: 'stated', rate, mean }),
        }),
      );
    }
    const trusted = trustedOf(value).map((part) => this.node(part));
    const needs = [
      ...[...(value.needs === undefined ? [] : [value.needs]), ...(value.all ?? [])].map((part) =>
        this.node(part),
      ),
      ...trusted,
    ];
    const verifies = value.verify !== undefined && value.verify !== 'quorum';
    const handles = value.handles ?? [];
    return {
      name,
      offset,
      own,
      needs: needs.length === 0 ? undefined : needs.length === 1 ? needs[0] : { kind: 'all', parts: needs },
      redundancy: this.redundancy(name, value),
      pool: value.pool?.map((member) => ({
        node: this.node(member.use),
        capacity: member.capacity,
        grow: member.grow ?? 0,
        after: member.after ?? 0,
        needs: member.needs === undefined ? undefined : this.node(member.needs),
      })),
      protects: new Set(value.protects ?? []),
      target: handles.length > 0 ? this.table.target(`compromise:${name}`, handles) : undefined,
      verifier: verifies ? this.table.target(`compromise:${name}:verifier`, []) : undefined,
      headers: trusted[0],
      lagHours: value.state === undefined ? undefined : (value.state.lag ?? 0),
    };
  }

  private outages({ outages }: Service): Parameters<EventTable['own']>[3] {
    if (outages === undefined)
      return {
        rate: assumedRate(
          this.assumedService,
          'assumed: the plan does not say (assumptions: service-outages)',
        ),
      };
    return outages.kind === 'stated' ? { rate: statedRate(outages) } : {};
  }

  private redundancy(name: string, value: Service): ServiceNode['redundancy'] {
    if (value.of !== undefined) {
      const of = value.of.map((part) => this.node(part));
      return { kind: 'atLeast', atLeast: value.atLeast ?? 1, of, quorum: isCompared(value) };
    }
    if (value.any === undefined) return undefined;
    const options = value.any.map((alternative, i) => {
      const ready = i === 0 ? 1 : (alternative.ready ?? 1);
      const standby =
        ready < 1
          ? this.table.own(`${name}:standby-${i + 1}`, 'standby', name, {
              chance: 1 - ready,
              drilled: chanceOf(this.plan, name, i + 1, ready),
            })
          : undefined;
      return { node: this.node(alternative.use), carries: alternative.carries ?? 1, standby };
    });
    return {
      kind: 'any',
      options,
      failover: options.length < 2 ? null : this.failover(name, value.failover),
    };
  }

  private failover(name: string, value: Failover | undefined): FailoverNode {
    const success = value?.success ?? 1;
    const times = {
      detect: value?.detect ?? 0,
      approve: value?.approve ?? 0,
      switch: value?.switch ?? 0,
      spread: value?.spread ?? 0,
      hold: value?.hold ?? 0,
    };
    return {
      switch:
        success < 1
          ? this.table.own(`${name}:switch`, 'switch', name, {
              chance: 1 - success,
              drilled: chanceOf(this.plan, name, null, success),
            })
          : undefined,
      steering: value?.needs === undefined ? undefined : this.node(value.needs),
      gapHours: times.detect + times.approve + times.switch + times.spread / 2,
      times,
    };
  }

  /** A place that no record knows, but which is spelt nearly like one that some does. */
  private checkPlace(name: string, offset: number): void {
    const near = this.table.nearestPlace(name, (scope, known) => this.reader.nearest(scope, known));
    const scope = name.slice(name.indexOf('@') + 1);
    if (near !== undefined) this.reader.report('unknown-scope', offset, { scope, nearest: near });
  }

  /** The inner needs of the plan's own providers: each must name something. */
  private checkInnerNeeds(): void {
    for (const { value } of this.plan.providers ?? [])
      for (const { value: capability } of value.capabilities ?? [])
        for (const { use, offset } of capability.needs ?? []) {
          const found = use === '' ? undefined : this.table.missing(use);
          if (found !== undefined) found.report(this.reader, offset);
        }
  }

  private node(requirement: Requirement): Node {
    switch (requirement.kind) {
      case 'name':
        return this.named(requirement.name, requirement.offset);
      case 'all':
        return { kind: 'all', parts: requirement.parts.map((part) => this.node(part)) };
      case 'any':
        return {
          kind: 'any',
          options: requirement.of.map((part) => ({
            node: this.node(part),
            carries: Number.POSITIVE_INFINITY,
            standby: undefined,
          })),
          failover: null,
        };
      case 'atLeast':
        return {
          kind: 'atLeast',
          atLeast: requirement.atLeast,
          of: requirement.of.map((part) => this.node(part)),
          quorum: false,
        };
      default:
        return {
          kind: 'pool',
          service: this.serviceIndex.get(requirement.pool) ?? 0,
          amount: requirement.atLeast,
        };
    }
  }

  private named(name: string, offset: number): Node {
    if (isServiceName(name)) return { kind: 'service', service: this.serviceIndex.get(name) ?? 0 };
    const found = this.table.reference(name);
    if (typeof found === 'number') {
      if (this.warns) this.checkPlace(name, offset);
      return { kind: 'reference', reference: found };
    }
    // What is wrong with an inner need of the plan's own providers is said there.
    if (found.inner !== true) found.report(this.reader, offset);
    return { kind: 'all', parts: [] };
  }
}

/** Whether members have to say the same: their answers, or of chain reads under proof their headers or what nothing proves. */
function isCompared(value: Service): boolean {
  if (value.verify === 'quorum') return true;
  const pool = chainPoolOf(value);
  return pool?.verify === 'proof' && (pool.trusted === undefined || pool.unproved === 'quorum');
}

/** What `scope` stands for: `cloudflare`, `aws@us-east-1`, `aws/ec2@us-east-1/use1-az4`, a service, or an event's own id. */
export function eventsUnder(model: Model, scope: string): number[] {
  const exact = model.events.findIndex((event) => event.id === scope && event.provider === null);
  if (exact >= 0) return [exact];
  const wanted = parseReference(scope);
  if (wanted === undefined) return [];
  const found: number[] = [];
  for (const [i, event] of model.events.entries()) {
    if (event.provider !== wanted.provider) continue;
    if (wanted.capability !== undefined && wanted.capability !== event.capability) continue;
    if (encloses(wanted.scope, event.scope)) found.push(i);
  }
  return found;
}

export type {
  FailoverNode,
  FailoverTimes,
  JourneyNode,
  Model,
  ModelEvent,
  ModeNode,
  Node,
  Offer,
  Option,
  PoolMemberNode,
  ReferenceNode,
  ServiceNode,
} from './model.ts';
export { encloses, PROTECTIONS, type Protection } from '../plan/index.ts';
export { Interpreter, TRUTH, type Algebra } from './interpret.ts';
export { laneAlgebra } from './lanes.ts';
export { dependents, keyOf, reachedBy, reachedFrom, reachedByJourney, type Reached } from './walk.ts';
export { labelOf } from './label.ts';
export { scopesOf, type Scope } from './scopes.ts';
export { carriesFailure, carrySame } from './inner-needs.ts';
export { recordAt } from './records.ts';
export { CompromiseReader, type CompromiseWithout } from './compromise.ts';
export { describeRecord, drawRate, unavailability, type Basis, type Rate } from './rates.ts';
export { betaIntegral, betaQuantile, gammaQuantile } from './quantiles.ts';
export { detailOf, drawChance, isReplacing, shareOf, withDrills, type Chance } from './chance.ts';
