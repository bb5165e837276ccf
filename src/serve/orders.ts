import { labelOf } from '../model/index.ts';
import type { Hold } from '../policies/index.ts';
import { MS_PER_HOUR } from '../units.ts';
import { membersOf } from './causes.ts';
import type { ActionResult } from './seeing/admin.ts';
import type { ApproveOrder, DrainOrder, ModeOrder } from './seeing/admin-orders.ts';
import type { Serving } from './serving.ts';

/** A hand on the lever of a journey; without a time of its own it is let go after an hour. */
export function holdMode(serving: Serving, order: ModeOrder): ActionResult {
  const { journey, mode, pinned, reason, by, forMs } = order;
  const { model, live, time } = serving;
  const index = model.journeys.findIndex(({ name }) => name === journey);
  const modes = model.journeys[index]?.modes.map(({ name }) => name) ?? [];
  if (index < 0)
    return refused(
      `There is no journey ${journey}. There are: ${model.journeys.map(({ name }) => name).join(', ')}.`,
    );
  if (serving.role === 'steerer')
    return refused(`The mode of ${journey} is held by the gateway, not here: no request comes by.`);
  if (mode === null) {
    if (live.held(index) === undefined) return refused(`Nobody holds ${journey}.`);
    live.hold(index, undefined);
    return done(serving, 'lever', `${by} has let ${journey} go: ${reason}`);
  }
  const number = mode === 'down' && !modes.includes('down') ? modes.length : modes.indexOf(mode);
  if (number < 0) return refused(`${journey} has no mode ${mode}. It has: ${[...modes, 'down'].join(', ')}.`);
  // It is the time of the drill that a person counts by, where there is one.
  const until = time.now() + (forMs ?? MS_PER_HOUR) / serving.lasting.clock.speed;
  const before = live.held(index);
  const hold: Hold = { mode: number, isPinned: pinned, until, reason, by };
  live.hold(index, hold);
  const how = pinned ? `pinned ${journey} to ${mode}` : `held ${journey} at ${mode} or below`;
  const instead =
    before === undefined
      ? ''
      : `, in place of ${before.isPinned ? 'a pin to' : 'a hold at'} ${modes[before.mode] ?? 'down'} by ${before.by ?? 'somebody'}`;
  return done(
    serving,
    'lever',
    `${by} has ${how} until ${new Date(until).toISOString()}${instead}: ${reason}`,
  );
}

/** A person agrees to a switch, or with `to` makes one. */
export function approve(serving: Serving, { service, by, reason, to }: ApproveOrder): ActionResult {
  const { model, live, conducted, role } = serving;
  const index = model.services.findIndex(({ name }) => name === service);
  const node = model.services[index];
  if (node === undefined || live.controller.failoverOf(index) === undefined)
    return refused(`There is no service ${service} with alternatives. There are: ${switched(serving)}.`);
  if (!conducted.has(index)) {
    const other = role === 'gateway' ? 'steerer' : 'gateway';
    return refused(`${service} is switched by the ${other}, not here.`);
  }
  if (to === null) {
    if (!live.approve(index)) return refused(`No switch of ${service} waits for anybody.`);
    return done(serving, 'service', `${by} has approved the switch of ${service}: ${reason}`);
  }
  const names = membersOf(node).map((member, i) => labelOf(model, member, i));
  const number = names.indexOf(to);
  if (number < 0) return refused(`${service} has no alternative ${to}. It has: ${names.join(', ')}.`);
  if (!live.send(index, number))
    return refused(`${service} cannot go to ${to} now: ${whyNot(serving, index, number)}.`);
  return done(serving, 'service', `${by} moves ${service} to ${to}: ${reason}`);
}

/** Takes a part out of use: who can only be served by it is moved first, what is under way there ends by itself. */
export function drain(
  serving: Serving,
  { target, isBack, by, reason }: DrainOrder & { readonly target: string },
): ActionResult {
  const { upstreams, live, role } = serving;
  if (role === 'steerer') return refused('The steerer has no parts: they are drained at the gateway.');
  const part = upstreams.filter((one) => one.target.part === target);
  if (part.length === 0) {
    const names = [...new Set(upstreams.map((one) => one.target.part))].join(', ');
    return refused(`There is no part ${target}. There are: ${names}.`);
  }
  if (isBack) {
    if (!part.some(({ isDrained }) => isDrained)) return refused(`${target} is not drained.`);
    for (const upstream of part) upstream.isDrained = false;
    for (const upstream of part) serving.onUpstream(upstream);
    return done(serving, 'service', `${by} lets ${target} have requests again: ${reason}`);
  }
  if (part.every(({ isDrained }) => isDrained)) return refused(`${target} is drained already.`);
  const [arriving] = serving.arriving(target);
  if (arriving !== undefined) return refused(`${arriving} is being moved to ${target}.`);
  const leaving = serving.leaving(target);
  for (const { name, service, to } of leaving) {
    if (to === undefined)
      return refused(
        `${name} is on ${target}, and no other alternative of it works${drainedWords(serving, service)}.`,
      );
    const kind = live.controller.failoverOf(service)?.pending?.kind;
    if (kind === 'switching' || kind === 'moving')
      return refused(`${name} is on ${target}, and is being moved already.`);
  }
  const moves = new Map(
    leaving.flatMap(({ service, to }) => (to === undefined ? [] : [[service, to] as const])),
  );
  const [worse] = serving.worsened(target, moves);
  if (worse !== undefined) {
    const { journey, from, to } = worse;
    return refused(
      `Without ${target} ${journey} would go from ${from} to ${to}. Where that is meant, hold it there first: keelson mode ${journey} ${to}`,
    );
  }
  const sent: string[] = [];
  for (const { name, service, to, toName } of leaving) {
    // One that was moved may be what the next would have gone to.
    if (to === undefined || !live.send(service, to)) {
      const others = sent.map((one) => `, ${one} all the same`).join('');
      return refused(`${name} cannot go to ${toName} now, and ${target} is not drained${others}.`);
    }
    sent.push(`${name} goes to ${toName}`);
  }
  for (const upstream of part) upstream.isDrained = true;
  for (const upstream of part) serving.onUpstream(upstream);
  return done(serving, 'service', `${[`${by} has ${target} drained`, ...sent].join(', ')}: ${reason}`);
}

/** Services whose switches are made here. */
function switched({ model, live, conducted }: Serving): string {
  const found = model.services.filter(
    (_, i) => conducted.has(i) && live.controller.failoverOf(i) !== undefined,
  );
  return found.length === 0 ? 'none here' : found.map(({ name }) => name).join(', ');
}

function whyNot(serving: Serving, service: number, to: number): string {
  const failover = serving.live.controller.failoverOf(service);
  if (failover?.inUse === to) return 'it is there';
  if (serving.isDrained(service, to)) return 'that is drained';
  return failover?.isHealthy(to) === false ? 'that does not work' : 'it is being moved already';
}

/** Alternatives that are out of use because a person has taken them out. */
function drainedWords(serving: Serving, service: number): string {
  const node = serving.model.services[service];
  const members = node === undefined ? [] : membersOf(node);
  const names = members.flatMap((member, i) =>
    serving.isDrained(service, i) ? [labelOf(serving.model, member, i)] : [],
  );
  return names.length === 0 ? '' : `; drained: ${names.join(', ')}`;
}

function done(serving: Serving, kind: 'lever' | 'service', words: string): ActionResult {
  serving.did(kind, words);
  return { kind: 'done', words };
}

function refused(words: string): ActionResult {
  return { kind: 'refused', words };
}
