import type { Named, Reader } from '../document/index.ts';
import { checkChains } from './check-chain.ts';
import { checkServing } from './check-serving.ts';
import { checkDrilling } from './check-drilling.ts';
import type { Evidence, Outages, Provider } from './provider.ts';
import { eachName, requirementsOf } from './needs.ts';
import { isServiceName } from './reference.ts';
import type { Alternative, Requirement } from './requirement.ts';
import { redundancyOf, type Journey, type PlanValue, type Service } from './schema.ts';

/** What a plan can get wrong that its shape cannot say, as far as it is known without the catalogue. */
export function checkPlan(plan: PlanValue, reader: Reader): void {
  new PlanCheck(plan, reader).run();
}

/** Services that may stand on each other, one on the next: what reads a plan goes down them. */
const MAX_HEIGHT = 200;
/** Circles that are named: one mended often mends others. */
const MAX_CIRCLES = 20;

class PlanCheck {
  private readonly plan: PlanValue;
  private readonly reader: Reader;
  private readonly services = new Map<string, Named<Service>>();
  private readonly used = new Set<string>();
  private readonly right = new WeakSet<Requirement>();
  /** By service, those that it needs. */
  private readonly needs = new Map<string, readonly string[]>();
  private readonly currency: string;

  constructor(plan: PlanValue, reader: Reader) {
    this.plan = plan;
    this.reader = reader;
    for (const service of plan.services ?? []) this.services.set(service.name, service);
    this.currency = plan.platform.currency ?? 'USD';
  }

  run(): void {
    const { peak } = this.plan.platform;
    if (peak !== undefined && peak.broken === undefined && peak.from % 24 === peak.to % 24)
      this.reader.report('peak-without-length', peak.offset, {});
    for (const journey of this.plan.journeys) this.journey(journey);
    for (const service of this.services.values()) this.service(service);
    for (const { value } of this.plan.providers ?? []) this.provider(value);
    checkServing(this.plan, this.services, this.reader);
    checkChains(this.plan, this.services, this.reader);
    checkDrilling(this.plan, this.reader);
    this.findCyclesAndDepth();
    // A name that is misspelt somewhere makes what it meant look unused.
    if (this.reader.errors === 0) this.findUnused();
  }

  private journey({ value }: Named<Journey>): void {
    let before: { name: string; worth: number } | undefined;
    for (const { name, value: mode, offset: at } of value.modes) {
      if (before === undefined) {
        if (mode.worth !== undefined && mode.worth !== 1)
          this.reader.report('worth-of-first', at, { mode: name });
      } else if (mode.worth === undefined) {
        if (mode.broken?.includes('worth') !== true) this.reader.report('worth-missing', at, { mode: name });
      } else if (mode.worth > before.worth) {
        this.reader.report('worth-rises', at, { mode: name, before: before.name });
      }
      before = { name, worth: mode.worth ?? 1 };
      this.requirement(mode.needs);
    }
    if (value.broken?.includes('loss') === true) return;
    let last = -1;
    for (const step of value.loss ?? []) {
      if (step.after <= last) this.reader.report('loss-steps-order', step.offset, {});
      last = step.after;
      this.money(step.rate);
    }
  }

  private service({ name, value, offset }: Named<Service>): void {
    const { reader } = this;
    const isGood = (...keys: string[]): boolean => !keys.some((key) => value.broken?.includes(key));
    const forms = (['any', 'of', 'pool'] as const).filter((form) => value[form] !== undefined);
    if (forms.length > 1) reader.report('several-redundancies', offset, { found: forms });
    if (isGood('of', 'atLeast')) {
      if (value.atLeast !== undefined && value.of === undefined)
        reader.report('at-least-without-of', offset, {});
      if (value.of !== undefined && value.atLeast === undefined)
        reader.report('of-without-at-least', offset, {});
      this.count(value.atLeast, value.of, offset);
    }
    const alternatives = value.any?.length ?? 0;
    if (isGood('any', 'failover', 'state')) {
      if (value.failover !== undefined && alternatives < 2)
        reader.report('failover-without-alternatives', value.failover.offset, { service: name });
      if (value.failover === undefined && alternatives > 1)
        reader.report('failover-unsaid', offset, { service: name });
      if (value.state !== undefined) this.state(name, value, value.state.offset);
    }
    if (value.verify === 'quorum' && isGood('of', 'atLeast', 'verify')) {
      if (value.of === undefined) reader.report('quorum-without-members', offset, { service: name });
      else if (value.atLeast === 1) reader.report('quorum-of-one', offset, { service: name });
    }
    if (value.needs !== undefined) this.requirement(value.needs);
    for (const part of value.all ?? []) this.requirement(part);
    this.alternatives(value.any ?? []);
    for (const part of value.of ?? []) this.requirement(part);
    for (const member of value.pool ?? []) {
      this.requirement(member.use);
      if (member.needs !== undefined) this.requirement(member.needs);
      else if ((member.grow ?? 0) > 0) reader.report('growth-without-needs', member.offset, { pool: name });
    }
    if (value.failover?.needs !== undefined) this.requirement(value.failover.needs);
    if (value.cost !== undefined) this.money(value.cost);
    if (isGood('outages')) this.outages(value.outages);
    if (isGood('evidence')) for (const one of value.evidence ?? []) this.evidence(one, name);
  }

  private state(name: string, value: Service, at: number): void {
    const form = redundancyOf(value);
    if (form === 'atLeast' || form === 'pool') this.reader.report('two-writers', at, { service: name });
    else if ((value.any?.length ?? 0) < 2)
      this.reader.report('state-without-alternatives', at, { service: name });
  }

  private provider(value: Provider): void {
    this.outages(value.outages);
    for (const { value: place } of value.scopes ?? []) this.outages(place.outages);
    for (const { value: capability } of value.capabilities ?? []) {
      this.outages(capability.outages);
      for (const { value: place } of capability.at ?? []) this.outages(place.outages);
      if (capability.evidence !== undefined) this.evidence(capability.evidence);
      for (const need of capability.needs ?? []) {
        if (need.from != null && need.until != null && need.from >= need.until)
          this.reader.report('evidence-order', need.offset, { from: need.from, until: need.until });
        if (need.evidence !== undefined) this.evidence(need.evidence);
      }
    }
  }

  private alternatives(any: readonly Alternative[]): void {
    const seen = new Set<string>();
    for (const [i, alternative] of any.entries()) {
      this.requirement(alternative.use);
      if (i === 0 && alternative.ready !== undefined)
        this.reader.report('ready-of-first', alternative.offset, {});
      if (alternative.cost !== undefined) this.money(alternative.cost);
      this.once(seen, alternative.use);
    }
  }

  /** What an alias stands for is the same requirement wherever it is named: one that nothing is wrong with is looked at once. */
  private requirement(requirement: Requirement): void {
    if (this.right.has(requirement)) return;
    const before = this.reader.reports;
    this.look(requirement);
    if (requirement.kind !== 'name' && this.reader.reports === before) this.right.add(requirement);
  }

  private look(requirement: Requirement): void {
    switch (requirement.kind) {
      case 'name':
        if (requirement.name !== '') this.name(requirement.name, requirement.offset);
        return;
      case 'all':
        for (const part of requirement.parts) this.requirement(part);
        return;
      case 'any':
      case 'atLeast': {
        if (requirement.kind === 'atLeast')
          this.count(requirement.atLeast, requirement.of, requirement.offset);
        const seen = new Set<string>();
        for (const part of requirement.of) {
          this.requirement(part);
          if (requirement.kind === 'any') this.once(seen, part);
        }
        return;
      }
      default:
        this.pool(requirement);
    }
  }

  private name(name: string, at: number): void {
    if (!isServiceName(name)) return;
    this.used.add(name);
    const found = this.services.get(name);
    if (found === undefined) this.unknown(name, at);
    else if (found.value.pool !== undefined) this.reader.report('pool-without-amount', at, { pool: name });
  }

  private pool({ pool, atLeast, offset }: Extract<Requirement, { kind: 'from' }>): void {
    if (pool === '') return;
    this.used.add(pool);
    const found = this.services.get(pool);
    if (found === undefined) {
      this.unknown(pool, offset);
      return;
    }
    if (found.value.broken?.includes('pool') === true) return;
    const members = found.value.pool;
    if (members === undefined) {
      this.reader.report('not-a-pool', offset, { name: pool });
      return;
    }
    const now = members.reduce((sum, member) => sum + member.capacity, 0);
    const grown = members.reduce((sum, member) => sum + member.capacity + (member.grow ?? 0), 0);
    if (atLeast > grown) this.reader.report('pool-too-small', offset, { pool, asked: atLeast, has: grown });
    else if (atLeast > now)
      this.reader.report('pool-relies-on-growth', offset, { pool, asked: atLeast, has: now });
  }

  private count(atLeast: number | undefined, of: readonly unknown[] | undefined, at: number): void {
    if (atLeast !== undefined && of !== undefined && of.length > 0 && atLeast > of.length)
      this.reader.report('at-least-of-fewer', at, { atLeast, of: of.length });
  }

  private once(seen: Set<string>, requirement: Requirement): void {
    if (requirement.kind !== 'name' || requirement.name === '') return;
    if (seen.has(requirement.name))
      this.reader.report('same-alternative', requirement.offset, { name: requirement.name });
    seen.add(requirement.name);
  }

  private unknown(name: string, at: number): void {
    // Where no service could be read at all, that is said once, and not of every name.
    if (this.services.size === 0 && this.plan.broken?.includes('services') === true) return;
    this.reader.report('unknown-service', at, {
      name,
      nearest: this.reader.nearest(name, this.services.keys()),
    });
  }

  private money({ currency, offset }: { readonly currency: string; readonly offset: number }): void {
    if (
      currency !== '' &&
      currency !== this.currency &&
      this.plan.platform.broken?.includes('currency') !== true
    )
      this.reader.report('currency-mixed', offset, { found: currency, expected: this.currency });
  }

  private outages(outages: Outages | undefined): void {
    if (outages?.kind !== 'stated' || outages.interval === undefined || (outages.broken ?? []).length > 0)
      return;
    const { low, high, offset } = outages.interval;
    if (low > outages.rate || high < outages.rate)
      this.reader.report('interval-order', offset, { low, high, rate: outages.rate });
  }

  private evidence({ from, until, offset, broken }: Evidence, service?: string): void {
    const now = this.plan.platform.asOf;
    if (broken !== undefined) return;
    if (from != null && until != null && from >= until)
      this.reader.report('evidence-order', offset, { from, until });
    else if (service === undefined) return;
    else if (until != null && until <= now) this.reader.report('evidence-past', offset, { service, until });
    else if (from != null && from > now) this.reader.report('evidence-ahead', offset, { service, from });
  }

  /** Depth-first over services with an explicit stack; each circle is named once, with its path. */
  private findCyclesAndDepth(): void {
    const done = new Set<string>();
    const depthOf = new Map<string, number>();
    const heights = new Map<string, number>();
    let circles = 0;
    for (const start of this.services.keys()) {
      if (done.has(start)) continue;
      const path = [{ name: start, rest: [...this.neededBy(start)] }];
      depthOf.set(start, 0);
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const next = top.rest.pop();
        const depth = next === undefined ? undefined : depthOf.get(next);
        if (next === undefined) {
          done.add(top.name);
          heights.set(top.name, this.heightOf(top.name, heights));
          depthOf.delete(top.name);
          path.pop();
        } else if (depth !== undefined) {
          if (++circles > MAX_CIRCLES) return;
          const circle = path.slice(depth).map((step) => step.name);
          const at = this.services.get(next)?.offset ?? 0;
          this.reader.report('service-cycle', at, { path: shorten([...circle, next]) });
        } else if (!done.has(next)) {
          depthOf.set(next, path.length);
          path.push({ name: next, rest: [...this.neededBy(next)] });
        }
      }
    }
    if (circles > 0) return;
    // Said where it becomes so, not of all that stands on it.
    for (const [name, height] of heights)
      if (height === MAX_HEIGHT + 1)
        this.reader.report('services-too-deep', this.services.get(name)?.offset ?? 0, { limit: MAX_HEIGHT });
  }

  /** How many services stand on each other from one down, where those below it are known. */
  private heightOf(name: string, heights: ReadonlyMap<string, number>): number {
    let height = 1;
    for (const below of this.neededBy(name)) height = Math.max(height, (heights.get(below) ?? 0) + 1);
    return height;
  }

  private findUnused(): void {
    const reached = new Set<string>();
    const waiting: string[] = [];
    const reach = (name: string): void => {
      if (this.services.has(name) && !reached.has(name)) {
        reached.add(name);
        waiting.push(name);
      }
    };
    for (const { value } of this.plan.journeys)
      for (const { value: mode } of value.modes) eachName(mode.needs, reach);
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
      for (const next of this.neededBy(name)) reach(next);
    for (const [name, { offset }] of this.services)
      if (!reached.has(name) && this.plan.journeys.length > 0)
        this.reader.report('service-unused', offset, { service: name });
  }

  private neededBy(name: string): readonly string[] {
    const known = this.needs.get(name);
    if (known !== undefined) return known;
    const value = this.services.get(name)?.value;
    const found = new Set<string>();
    if (value !== undefined)
      for (const requirement of requirementsOf(value))
        eachName(requirement, (next) => {
          if (this.services.has(next)) found.add(next);
        });
    const needs = [...found];
    this.needs.set(name, needs);
    return needs;
  }
}

function shorten(circle: readonly string[]): readonly string[] {
  return circle.length <= 12
    ? circle
    : [...circle.slice(0, 6), `(${circle.length - 11} more)`, ...circle.slice(-5)];
}
