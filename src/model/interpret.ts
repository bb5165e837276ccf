import { PROTECTIONS, type Protection } from '../plan/index.ts';
import type { JourneyNode, Model, ModeNode, Node, Option, ServiceNode } from './model.ts';

/**
 * What a truth is made of. The same reading of a plan gives formulas for the diagram, sets of single events, the modes
 * of one state of the world, or those of thirty-two at once, by the algebra it is given.
 */
export interface Algebra<T> {
  readonly never: T;
  readonly always: T;
  /** That an event has happened. */
  event(index: number): T;
  and(terms: readonly T[]): T;
  or(terms: readonly T[]): T;
  not(term: T): T;
  /** That the weights of the true terms add up to more than `slack`. */
  exceeds(weights: readonly number[], terms: readonly T[], slack: number): T;
}

/** Of one state: what has happened is said by who reads it. */
export const TRUTH: Omit<Algebra<boolean>, 'event'> = {
  never: false,
  always: true,
  and: (terms) => terms.every(Boolean),
  or: (terms) => terms.some(Boolean),
  not: (term) => !term,
  exceeds: (weights, terms, slack) =>
    weights.reduce((sum, weight, i) => sum + (terms[i] === true ? weight : 0), 0) > slack,
};

/** Where a requirement is read. */
interface Context {
  /** The load of the mode that asks. @unit share of full load */
  readonly load: number;
  /** Inside failover.needs or a pool's growth, where change edges carry too. */
  readonly change: boolean;
}

export interface InterpreterOptions<T> {
  /** A service, or the `pool` node of a service and an amount, taken as failed wherever it is reached. */
  readonly failed?: {
    readonly service: number;
    readonly amount: number | undefined;
    /** The reading in which it is not: shared by everything that does not depend on it. */
    readonly reader: Interpreter<T>;
    /** The services that depend on it, itself included. */
    readonly above: ReadonlySet<number>;
  };
  /** Services taken as working wherever they are reached. @default none */
  readonly spared?: ReadonlySet<number>;
}

/** Two loads closer than this are the same: percentages are not exact in binary. */
const LOAD_TOLERANCE = 1e-9;

const knownLoads = new WeakMap<Model, readonly number[]>();

/** What the alternatives of a model carry, rising. */
function carriedLoads(model: Model): readonly number[] {
  const known = knownLoads.get(model);
  if (known !== undefined) return known;
  const carried = new Set<number>();
  for (const { redundancy } of model.services)
    if (redundancy?.kind === 'any') for (const option of redundancy.options) carried.add(option.carries);
  const loads = [...carried].sort((a, b) => a - b);
  knownLoads.set(model, loads);
  return loads;
}

/** The meaning of a model: when requirements have failed, what protections are present, when a mode does not work. */
export class Interpreter<T> {
  private readonly model: Model;
  private readonly algebra: Algebra<T>;
  private readonly options: InterpreterOptions<T>;
  private readonly services = new Map<number, T>();
  private readonly references = new Map<number, T>();
  private readonly presences = new Map<number, T>();
  private readonly loads: number[] = [];
  private readonly modes = new Map<ModeNode, { failed: T; requirement: T; missing: Map<Protection, T> }>();

  constructor(model: Model, algebra: Algebra<T>, options: InterpreterOptions<T> = {}) {
    this.model = model;
    this.algebra = algebra;
    this.options = options;
  }

  /** That what a mode needs has failed, protections aside. */
  requirementFailed(mode: ModeNode): T {
    return this.mode(mode).requirement;
  }

  /** That a needed protection is absent from what a mode needs, while that works. */
  protectionMissing(mode: ModeNode, protection: Protection): T {
    return this.mode(mode).missing.get(protection) ?? this.algebra.never;
  }

  /** That any protection the mode needs is absent. */
  anyProtectionMissing(mode: ModeNode): T {
    return this.algebra.or([...this.mode(mode).missing.values()]);
  }

  /** That a mode does not work: what it needs has failed, or it is refused for want of a protection. */
  modeFailed(mode: ModeNode): T {
    return this.mode(mode).failed;
  }

  private mode(mode: ModeNode): { failed: T; requirement: T; missing: ReadonlyMap<Protection, T> } {
    const known = this.modes.get(mode);
    if (known !== undefined) return known;
    const { algebra } = this;
    const context = { load: this.canonical(mode.load), change: false };
    const requirement = this.failed(mode.node, context);
    const missing = new Map(
      mode.need.map((protection) => [protection, algebra.not(this.present(mode.node, protection, context))]),
    );
    const failed = mode.missing === 'serve' ? requirement : algebra.or([requirement, ...missing.values()]);
    const read = { failed, requirement, missing };
    this.modes.set(mode, read);
    return read;
  }

  /** For each mode of a journey, that it and every better one does not work. */
  modesFailedSoFar(journey: JourneyNode): T[] {
    const result: T[] = [];
    let before = this.algebra.always;
    for (const mode of journey.modes) {
      before = this.algebra.and([before, this.modeFailed(mode)]);
      result.push(before);
    }
    return result;
  }

  /** That what every mode of a journey needs has failed, protections aside. */
  everyRequirementFailed(journey: JourneyNode): T {
    return this.algebra.and(journey.modes.map((mode) => this.requirementFailed(mode)));
  }

  /**
   * The stages through which a redundancy is kept up: `failed[j]` is that no alternative (or stage of growth) up to j
   * does it. Stage 0 is the first alternative, or a pool before anything has grown. `gapHours[j]` is what reaching stage
   * j takes. The service's own events and needs are left aside: they do not make it switch.
   */
  stages(
    service: ServiceNode,
    amount: number | undefined,
    load: number,
  ): { failed: T[]; gapHours: number[] } {
    const context = { load: this.canonical(load), change: false };
    const failed: T[] = [];
    const gapHours: number[] = [];
    if (service.pool !== undefined && amount !== undefined) {
      const growing = service.pool.filter((member) => member.grow > 0);
      const times = [...new Set(growing.map((member) => member.after))].sort((a, b) => a - b);
      for (const time of [Number.NEGATIVE_INFINITY, ...times]) {
        failed.push(this.poolShort(service, amount, context, time));
        gapHours.push(Math.max(0, time));
      }
    } else if (service.redundancy?.kind === 'any') {
      const { options, failover } = service.redundancy;
      for (let count = 1; count <= options.length; count++) {
        failed.push(this.anyFailed(options.slice(0, count), failover, context));
        gapHours.push(count === 1 ? 0 : (failover?.gapHours ?? 0));
      }
    }
    return { failed, gapHours };
  }

  /** That a requirement has failed. */
  failed(node: Node, context: Context): T {
    const { algebra } = this;
    switch (node.kind) {
      case 'reference':
        return this.referenceFailed(node.reference, context.change);
      case 'service':
        return this.serviceFailed(node.service, context);
      case 'all':
        return algebra.or(node.parts.map((part) => this.failed(part, context)));
      case 'any':
        return this.anyFailed(node.options, node.failover, context);
      case 'atLeast': {
        // At least k of n work unless more than n − k have failed.
        const terms = node.of.map((part) => this.failed(part, context));
        return algebra.exceeds(new Array<number>(terms.length).fill(1), terms, terms.length - node.atLeast);
      }
      default:
        return this.poolFailed(node.service, node.amount, context);
    }
  }

  private referenceFailed(index: number, change: boolean): T {
    const key = index * 2 + (change ? 1 : 0);
    const known = this.references.get(key);
    if (known !== undefined) return known;
    const reference = this.model.references[index];
    const events = (change ? reference?.eventsInChange : reference?.events) ?? [];
    const result = this.algebra.or(events.map((event) => this.algebra.event(event)));
    this.references.set(key, result);
    return result;
  }

  private serviceFailed(index: number, context: Context): T {
    if (this.options.failed?.service === index && this.options.failed.amount === undefined)
      return this.algebra.always;
    if (this.options.spared?.has(index) === true) return this.algebra.never;
    if (this.isBeside(index)) return this.options.failed?.reader.serviceFailed(index, context) as T; // isBeside has seen it
    const key = this.key(index, context, 0);
    const known = this.services.get(key);
    if (known !== undefined) return known;
    const service = this.model.services[index];
    if (service === undefined) throw new RangeError(`There is no service ${index}.`);
    const parts = [this.ownFailed(service)];
    if (service.needs !== undefined) parts.push(this.failed(service.needs, context));
    if (service.redundancy !== undefined) parts.push(this.failed(service.redundancy, context));
    const result = this.algebra.or(parts);
    this.services.set(key, result);
    return result;
  }

  /**
   * Loads that the same alternatives carry mean the same: each is read as the least that some alternative carries and
   * that is no less, so that a ladder of loads is not read rung by rung.
   */
  canonical(load: number): number {
    for (const carried of carriedLoads(this.model)) if (carried + LOAD_TOLERANCE >= load) return carried;
    return Number.POSITIVE_INFINITY;
  }

  /** Whether a service does not depend on the one taken as failed: then the reading without it holds. */
  private isBeside(index: number): boolean {
    const { failed } = this.options;
    return failed !== undefined && !failed.above.has(index);
  }

  private key(index: number, { load, change }: Context, extra: number): number {
    let at = this.loads.indexOf(load);
    if (at < 0) at = this.loads.push(load) - 1;
    return ((index * 8 + extra) * 64 + at) * 2 + (change ? 1 : 0);
  }

  private ownFailed(service: ServiceNode): T {
    return this.algebra.or(service.own.map((event) => this.algebra.event(event)));
  }

  /** F = F1 ∧ (S ∨ N ∨ ⋀ i≥2 (Fi ∨ Ui)). */
  private anyFailed(
    options: readonly Option[],
    failover: Extract<Node, { kind: 'any' }>['failover'],
    context: Context,
  ): T {
    const { algebra } = this;
    const [first, ...later] = options.map((option) => this.optionFailed(option, context));
    if (first === undefined) return algebra.always;
    if (later.length === 0) return first;
    return algebra.and([first, algebra.or([this.switchFailed(failover, context), algebra.and(later)])]);
  }

  /** That an alternative has failed, is not ready, or does not carry the load. */
  private optionFailed(option: Option, context: Context): T {
    if (option.carries + LOAD_TOLERANCE < context.load) return this.algebra.always;
    const failed = this.failed(option.node, context);
    return option.standby === undefined
      ? failed
      : this.algebra.or([failed, this.algebra.event(option.standby)]);
  }

  private switchFailed(failover: Extract<Node, { kind: 'any' }>['failover'], context: Context): T {
    if (failover === null) return this.algebra.never;
    const terms: T[] = [];
    if (failover.switch !== undefined) terms.push(this.algebra.event(failover.switch));
    if (failover.steering !== undefined)
      terms.push(this.failed(failover.steering, { load: context.load, change: true }));
    return this.algebra.or(terms);
  }

  private poolFailed(index: number, amount: number, context: Context): T {
    const { algebra, options } = this;
    if (
      options.failed?.service === index &&
      (options.failed.amount === undefined || options.failed.amount === amount)
    )
      return algebra.always;
    const service = this.model.services[index];
    if (service === undefined) throw new RangeError(`There is no service ${index}.`);
    const parts = [
      this.ownFailed(service),
      this.poolShort(service, amount, context, Number.POSITIVE_INFINITY),
    ];
    if (service.needs !== undefined) parts.push(this.failed(service.needs, context));
    return algebra.or(parts);
  }

  /** That the working members of a pool, grown as far as `within` allows, do not add up to `amount`. */
  private poolShort(service: ServiceNode, amount: number, context: Context, within: number): T {
    const weights: number[] = [];
    const terms: T[] = [];
    let total = 0;
    const add = (weight: number, failed: T): void => {
      if (weight <= 0) return;
      total += weight;
      weights.push(weight);
      terms.push(failed);
    };
    for (const member of service.pool ?? []) {
      const failed = this.failed(member.node, context);
      add(member.capacity, failed);
      if (member.after > within) continue;
      const stuck =
        member.needs === undefined ? [] : [this.failed(member.needs, { load: context.load, change: true })];
      add(member.grow, this.algebra.or([failed, ...stuck]));
    }
    if (total < amount) return this.algebra.always;
    return this.algebra.exceeds(weights, terms, total - amount);
  }

  /** That a protection is on the path of a requirement that works. */
  private present(node: Node, protection: Protection, context: Context): T {
    const { algebra } = this;
    switch (node.kind) {
      case 'reference':
        return this.model.references[node.reference]?.protects.has(protection) === true
          ? algebra.always
          : algebra.never;
      case 'service':
        return this.presentInService(node.service, protection, context);
      case 'all':
        return algebra.or(node.parts.map((part) => this.present(part, protection, context)));
      case 'any':
        return this.presentInUse(node, protection, context);
      case 'atLeast':
        return this.presentInWorking(node.of, protection, context);
      default: {
        const members = this.model.services[node.service]?.pool?.map((member) => member.node) ?? [];
        return algebra.or([
          this.presentBeside(node.service, protection, context),
          this.presentInWorking(members, protection, context),
        ]);
      }
    }
  }

  private presentInService(index: number, protection: Protection, context: Context): T {
    if (this.isBeside(index))
      return this.options.failed?.reader.presentInService(index, protection, context) as T; // likewise
    const key = this.key(index, context, PROTECTIONS.indexOf(protection));
    const known = this.presences.get(key);
    if (known !== undefined) return known;
    const redundancy = this.model.services[index]?.redundancy;
    const beside = this.presentBeside(index, protection, context);
    const result =
      redundancy === undefined
        ? beside
        : this.algebra.or([beside, this.present(redundancy, protection, context)]);
    this.presences.set(key, result);
    return result;
  }

  /** By the service itself or by what it needs besides its redundancy. */
  private presentBeside(index: number, protection: Protection, context: Context): T {
    const service = this.model.services[index];
    if (service?.protects.has(protection) === true) return this.algebra.always;
    return service?.needs === undefined
      ? this.algebra.never
      : this.present(service.needs, protection, context);
  }

  /** Those of the alternative in use. */
  private presentInUse(node: Extract<Node, { kind: 'any' }>, protection: Protection, context: Context): T {
    const { algebra } = this;
    const each = node.options.map((option) => this.present(option.node, protection, context));
    const [first] = each;
    if (first === undefined) return algebra.never;
    if (each.every((one) => one === first) && (first === algebra.always || first === algebra.never))
      return first;
    const terms: T[] = [];
    let before = algebra.always;
    for (const [i, option] of node.options.entries()) {
      const failed = this.optionFailed(option, context);
      terms.push(algebra.and([before, algebra.not(failed), each[i] ?? algebra.never]));
      before = algebra.and([before, failed]);
      if (i === 0) before = algebra.and([before, algebra.not(this.switchFailed(node.failover, context))]);
    }
    return algebra.or(terms);
  }

  /** Those that every working member has. */
  private presentInWorking(members: readonly Node[], protection: Protection, context: Context): T {
    const { algebra } = this;
    return algebra.and(
      members.map((member) => {
        const present = this.present(member, protection, context);
        return present === algebra.always ? present : algebra.or([this.failed(member, context), present]);
      }),
    );
  }
}
