import { labelOf } from '../model/index.ts';
import { LEVEL_TOLERANCE, ShareTrial } from '../policies/index.ts';
import { membersOf } from './causes.ts';
import type { Ended } from './gateway/parts.ts';
import { USABLE } from './gateway/upstream.ts';
import { ownOf, type Kept } from './kept.ts';
import type { Lasting } from './lasting.ts';
import { keptOf } from './remembered.ts';
import type { Health } from './seeing/admin.ts';
import type { OfferedPlan, Status } from './seeing/status.ts';
import { Serving, type Servable } from './serving.ts';

export interface TrialSettings {
  /** Of requests that a new plan is tried on; 0: it is not tried. 0 to 1. */
  readonly share: number;
  /** @unit ms */
  readonly lastsMs: number;
}

/** What came of a plan that was offered. */
export type Succeeded =
  | { readonly kind: 'loaded'; readonly words: string }
  /** It was not tried: it would move a writer without a switch. */
  | { readonly kind: 'held-back'; readonly words: string }
  /** It did harm while it was tried. */
  | { readonly kind: 'taken-back'; readonly words: string }
  /** Nothing is said against it: it was no moment to try it. */
  | PutOff;

interface PutOff {
  readonly kind: 'put-off';
  readonly words: string;
  /** It has moved users who must all be at one place, and the one in force has not. Again and again that is no chance. */
  readonly hasMoved: boolean;
}

interface OnTrial {
  readonly serving: Serving;
  /** Where all was by the one in force when it began. */
  readonly inUse: Kept['inUse'];
  readonly trial: ShareTrial;
  /** The same of answers that refuse: a limit too low does no less harm than a part that fails. */
  readonly refusals: ShareTrial;
  /** Settles it before its time. */
  readonly settle: (outcome: Succeeded) => void;
  /** Since when a core journey, or a part, has been down by it alone. @unit ms since 1970 */
  downSince: number | undefined;
}

/** A plan that was in force, or was tried, and may still have requests. @unit ms of `since` */
interface Retired {
  readonly serving: Serving;
  readonly since: number;
}

/** How often is looked whether something is under way at a plan that was. @unit ms */
const SWEEP_MS = 250;
/** WebSockets of a plan that was are ended after this; their clients connect again, by the plan in force. @unit ms */
const RETIRED_MS = 600_000;
/** Of more plans than so many, WebSockets of the oldest are ended before that. */
const MOST_RETIRED = 8;
/** How often what a plan decides while it is tried is held against what is in force. @unit ms */
const LOOK_MS = 100;
/** As `alpha` of a trial: what clients do wrong comes in bursts. @unit probability */
const REFUSED_ALPHA = 1e-6;
/** Two programs that ask the same part do not see at the same moment that it is gone. @unit ms */
const DOWN_MS = 1_000;

/**
 * The plans of one process, one after the other: one is in force, one may be tried on a share of requests, and those before end what they
 * have begun. No request is dropped when one follows another. Unless it is forced, none moves users who must all be at one place.
 */
export class Succession {
  readonly lasting: Lasting;
  /** What is known of a plan that is not in force. */
  offered: OfferedPlan | null = null;
  private current: Serving;
  private onTrial: OnTrial | undefined;
  private retired: readonly Retired[] = [];
  private readonly trial: TrialSettings;
  private isBusy = false;
  private isStopped = false;

  /** @param first the plan that the process begins with */
  constructor(first: Servable, lasting: Lasting, trial: TrialSettings) {
    this.current = new Serving(first, lasting);
    this.lasting = lasting;
    this.trial = trial;
    this.lasting.registry.gaugeFrom(
      'keelson_plan_offered',
      'A plan that was offered and is not in force: 1, by what came of it.',
      ['state'],
      (say) => {
        if (this.offered !== null) say(1, this.offered.state);
      },
    );
    this.current.onDecided = () => this.look();
  }

  get inForce(): Serving {
    return this.current;
  }

  start(): Promise<void> {
    return this.current.start();
  }

  status(): Status {
    return { ...this.current.status(), offered: this.offered };
  }

  health(): Health {
    return this.current.health();
  }

  /** As `Serving.stop`; what is being tried is given up. */
  async stop(withinMs: number, lingerMs = 0): Promise<void> {
    this.isStopped = true;
    this.giveUpTrial('It is being stopped.');
    await this.current.stop(withinMs, lingerMs);
    for (const { serving } of this.retired) serving.destroy();
  }

  /** What is known of a plan that is not in force, for those who look. */
  tell(offered: OfferedPlan | null): void {
    this.offered = offered;
    this.lasting.changed();
  }

  /** Whatever is being tried is no longer wanted. @param why in one sentence */
  giveUpTrial(why: string): void {
    const { onTrial } = this;
    if (onTrial !== undefined) this.settle(onTrial, putOff(why));
  }

  /**
   * Puts a plan in the place of the one in force. Unless it is forced, one that would move a writer without a switch is not taken, and any other
   * is tried first, beside that one, on a share of requests: it fails when it answers worse or refuses more, or when a core journey is down,
   * or nothing of a part works, by it alone. While it is tried both must agree on who is where: a switch, a hand on a lever or a part that
   * is drained puts it off. A steerer has nothing to try it on.
   *
   * @param onTrial called once it is being tried
   */
  async offer(
    next: Servable,
    { isForced, onTrial = () => {} }: { readonly isForced: boolean; readonly onTrial?: () => void },
  ): Promise<Succeeded> {
    if (this.isBusy) return putOff('Another plan is being put in force.');
    this.isBusy = true;
    try {
      if (isForced) return await this.force(next);
      const moved = writersLost(this.current, next);
      if (moved !== undefined) return { kind: 'held-back', words: moved };
      if (this.lasting.gateway === undefined || this.trial.share <= 0) return await this.force(next);
      return await this.try(next, onTrial);
    } finally {
      this.isBusy = false;
    }
  }

  /** Without a trial, and as it would be after a restart, but that nothing is dropped. */
  private async force(next: Servable): Promise<Succeeded> {
    for (let i = 0; ; i++) {
      const { inUse } = keptOf(this.current);
      const fresh = await this.begin(next);
      if (this.isStopped) {
        fresh.destroy();
        return putOff('It is being stopped.');
      }
      // What was done meanwhile is taken up by the next one; somebody who does something all the time is not waited for.
      if (i === 4 || disagreement(this.current, fresh, inUse) === undefined) {
        this.swap(fresh);
        return { kind: 'loaded', words: 'It is in force, without having been tried.' };
      }
      fresh.destroy();
    }
  }

  private async try(next: Servable, told: () => void): Promise<Succeeded> {
    const { lasting, current } = this;
    const { gateway } = lasting;
    const { inUse } = keptOf(current);
    const fresh = await this.begin(next);
    const { gate } = fresh;
    const differ = this.isStopped ? putOff('It is being stopped.') : disagreement(current, fresh, inUse);
    if (gate === undefined || gateway === undefined || differ !== undefined) {
      fresh.destroy();
      return differ ?? putOff('Nothing comes by here that it could be tried on.');
    }
    const trial = new ShareTrial(lasting.time.now(), this.trial);
    const refusals = new ShareTrial(lasting.time.now(), { ...this.trial, alpha: REFUSED_ALPHA });
    const outcome = await new Promise<Succeeded>((settle) => {
      this.onTrial = { serving: fresh, inUse, trial, refusals, settle, downSince: undefined };
      gate.heard = (ended) => this.record(true, ended);
      if (current.gate !== undefined) current.gate.heard = (ended) => this.record(false, ended);
      fresh.onDecided = () => this.look();
      gateway.try(gate, this.trial.share);
      told();
      this.lookAgain(trial);
    });
    gate.heard = undefined;
    if (current.gate !== undefined) current.gate.heard = undefined;
    if (outcome.kind === 'loaded') this.swap(fresh);
    else this.retire(fresh);
    return outcome;
  }

  /** A plan beside the one in force, once it has seen what that has seen. */
  private async begin(next: Servable): Promise<Serving> {
    const fresh = new Serving(next, this.lasting, this.current);
    try {
      await fresh.start();
      await fresh.seenOnce();
      return fresh;
    } catch (error) {
      fresh.destroy();
      throw error;
    }
  }

  private swap(fresh: Serving): void {
    const before = this.current;
    before.onDecided = () => {};
    before.giveUpForce();
    this.current = fresh;
    fresh.onDecided = () => this.look();
    fresh.putInForce(before);
    this.retire(before);
  }

  private record(isNew: boolean, ended: Ended): void {
    if (ended.outcome === 'left') return;
    const { trial, refusals } = this.onTrial ?? {};
    const now = this.lasting.time.now();
    trial?.record(isNew, isWell(ended));
    refusals?.record(isNew, !isRefusal(ended));
    if (isNew && [trial, refusals].some((one) => one?.verdict(now).kind === 'failed')) this.look();
  }

  private lookAgain(trial: ShareTrial): void {
    this.look();
    if (this.onTrial?.trial === trial) this.lasting.time.after(LOOK_MS, () => this.lookAgain(trial));
  }

  /** Whether what is tried may go on; and those that were follow the one in force. */
  private look(): void {
    for (const { serving } of this.retired) serving.follow(this.current);
    const { onTrial } = this;
    const outcome = onTrial === undefined ? undefined : this.outcomeOf(onTrial);
    if (onTrial !== undefined && outcome !== undefined) this.settle(onTrial, outcome);
  }

  /** From this moment on no request goes by what was tried. */
  private settle(onTrial: OnTrial, outcome: Succeeded): void {
    this.lasting.gateway?.try(undefined);
    this.onTrial = undefined;
    onTrial.settle(outcome);
  }

  private outcomeOf(onTrial: OnTrial): Succeeded | undefined {
    const { serving, inUse, trial, refusals } = onTrial;
    const now = this.lasting.time.now();
    const differ = disagreement(this.current, serving, inUse);
    if (differ !== undefined) return differ;
    const down = downOnlyBy(serving, this.current) ?? failingOnlyBy(serving, this.current);
    onTrial.downSince = down === undefined ? undefined : (onTrial.downSince ?? now);
    if (down !== undefined && now - (onTrial.downSince ?? now) >= DOWN_MS)
      return { kind: 'taken-back', words: down };
    const refused = refusals.verdict(now);
    if (refused.kind === 'failed')
      return {
        kind: 'taken-back',
        words: `Of ${refused.requests} requests that it was tried on, ${refused.bad} were refused; by the plan in force fewer were.`,
      };
    const verdict = trial.verdict(now);
    const { kind } = verdict;
    // What is down is not in force before it is known whether it stays so.
    if (kind === 'going' || (kind === 'passed' && down !== undefined)) return undefined;
    return kind === 'failed'
      ? {
          kind: 'taken-back',
          words: `Of ${verdict.requests} requests that it was tried on, ${verdict.bad} were not served well; by the plan in force fewer were.`,
        }
      : {
          kind: 'loaded',
          words: `It is in force: ${verdict.requests} requests that it was tried on were served as well as the others.`,
        };
  }

  private retire(serving: Serving): void {
    this.retired = [...this.retired, { serving, since: this.lasting.time.now() }];
    if (this.retired.length === 1) this.sweep();
  }

  /** Requests have deadlines of their own and are waited for; WebSockets have none. */
  private sweep(): void {
    const now = this.lasting.time.now();
    for (const [i, one] of this.retired.entries()) {
      const isLongAgo = now - one.since > RETIRED_MS || i < this.retired.length - MOST_RETIRED;
      if (isLongAgo) one.serving.gate?.close();
      if ((one.serving.gate?.underWay ?? 0) === 0) this.end(one);
    }
    if (this.retired.length > 0 && !this.isStopped) this.lasting.time.after(SWEEP_MS, () => this.sweep());
  }

  private end(one: Retired): void {
    this.retired = this.retired.filter((other) => other !== one);
    one.serving.destroy();
  }
}

function putOff(words: string, hasMoved = false): PutOff {
  return { kind: 'put-off', words, hasMoved };
}

/** A request counts against a plan where it was not answered, or where nobody knows it. What clients do wrong is not the plan's. */
function isWell({ outcome, status, why }: Ended): boolean {
  return outcome !== 'failed' && outcome !== 'unknown' && status < 500 && why !== 'no-route';
}

/** Clients do as much that is wrong by either plan. */
function isRefusal({ status }: Ended): boolean {
  return status >= 400 && status < 500;
}

/** A core journey that is down by one plan and not by the other. */
function downOnlyBy(fresh: Serving, current: Serving): string | undefined {
  for (const [i, { name, tier, modes }] of fresh.model.journeys.entries()) {
    const other = current.model.journeys.findIndex((one) => one.name === name);
    if (tier !== 'core' || other < 0 || fresh.live.standing(i).mode < modes.length) continue;
    const isDown = current.live.standing(other).mode >= (current.model.journeys[other]?.modes.length ?? 0);
    if (!isDown) return `${name} is down by it, and not by the plan in force.`;
  }
  return undefined;
}

/**
 * A part of which nothing works as the one plan says where it is, and which works as the other says: others may stand in for it, so that
 * requests do not show it. What fails now and then is for the trial: by what is tried so few requests come that two slow ones look like many.
 */
function failingOnlyBy(fresh: Serving, current: Serving): string | undefined {
  for (const { target, level, isDrained } of fresh.upstreams) {
    if (isDrained || level > 0) continue;
    const other = current.upstreams.find((one) => one.target.name === target.name);
    if (other !== undefined && other.level >= USABLE - LEVEL_TOLERANCE)
      return `${target.name} does not work by it, and does by the plan in force.`;
  }
  return undefined;
}

/**
 * Why two plans cannot serve beside each other now: a writer, or what a wheel moves, is being switched or is not at the same place by both; or
 * a person has done something since. Where users can be at two places at once, they may be.
 *
 * @param began where all was by the one in force when the other came beside it
 */
function disagreement(current: Serving, fresh: Serving, began: Kept['inUse']): PutOff | undefined {
  for (const serving of [current, fresh])
    for (const service of atOnePlace(serving)) {
      const pending = serving.live.controller.failoverOf(service)?.pending;
      const name = serving.model.services[service]?.name ?? '';
      if (pending !== undefined)
        return serving === current
          ? putOff(`${name} is being switched.`)
          : putOff(`${name} is being switched by it, and not by the plan in force.`, true);
    }
  const [a, b] = [keptOf(current), keptOf(fresh)];
  const single = new Set(atOnePlace(current).map((service) => current.model.services[service]?.name));
  const moved = Object.keys(a.inUse).find((name) => single.has(name) && areApart(a, b, name, fresh));
  if (moved !== undefined)
    return ownOf(began, moved) === ownOf(a.inUse, moved)
      ? putOff(`${moved} was switched by it, and not by the plan in force.`, true)
      : putOff(`${moved} has been switched.`);
  if (!isSubset(a.held, b.held, fresh)) return putOff('Somebody has put a hand on a lever.');
  const drained = a.drained?.filter((name) => fresh.upstreams.some(({ target }) => target.name === name));
  if (String(drained) !== String(b.drained)) return putOff('A part has been drained, or let back.');
  return undefined;
}

/** Services whose users must all be at one place. */
function atOnePlace({ conducted, model, steering }: Serving): number[] {
  return [...conducted].filter(
    (service) =>
      model.services[service]?.lagHours !== undefined ||
      steering.steered.some((one) => one.service === service),
  );
}

function areApart(a: Kept, b: Kept, name: string, fresh: Serving): boolean {
  const there = ownOf(b.inUse, name);
  const here = ownOf(a.inUse, name);
  if (there === undefined || here === undefined) return false;
  return there !== here && alternativesOf(fresh, name).includes(here);
}

/** Whether every hold of journeys that both have is the same one. */
function isSubset(held: Kept['held'], other: Kept['held'], fresh: Serving): boolean {
  return fresh.model.journeys.every(
    ({ name }) => JSON.stringify(ownOf(held, name)) === JSON.stringify(ownOf(other, name)),
  );
}

/** A writer would be somewhere else at once, without a switch. */
function writersLost(current: Serving, next: Servable): string | undefined {
  for (const [name, label] of Object.entries(keptOf(current).inUse)) {
    const service = current.model.services.find((one) => one.name === name);
    if (service?.lagHours === undefined) continue;
    const node = next.model.services.find((one) => one.name === name);
    if (node === undefined || alternativesOf(next, name).includes(label)) continue;
    return `${name} is on ${label}, which the plan no longer has: its writer would move without a switch. First: keelson approve ${name} --to …`;
  }
  return undefined;
}

function alternativesOf({ model }: Pick<Servable, 'model'>, name: string): string[] {
  const node = model.services.find((one) => one.name === name);
  return node === undefined ? [] : membersOf(node).map((member, i) => labelOf(model, member, i));
}
