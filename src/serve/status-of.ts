import type { LiveSignals } from '../control/index.ts';
import { labelOf, type Model, type Node } from '../model/index.ts';
import type { Failover, FailoverStep } from '../policies/index.ts';
import { causesOf, memberLevel, membersOf, narrowIn } from './causes.ts';
import type { EdgeWatch } from './edges.ts';
import { protectionsOn } from './fronts.ts';
import type { Upstream } from './gateway/upstream.ts';
import type { Live } from './live.ts';
import {
  STATUS_SCHEMA,
  type AlternativeStatus,
  type Finding,
  type HistoryEntry,
  type JourneyStatus,
  type ServiceStatus,
  type Status,
  type SteeringStatus,
  type Waiting,
} from './seeing/status.ts';
import type { RequestCounts } from './seen.ts';
import type { Steering } from './steering.ts';
import { servicesOf } from './targets.ts';

/** Everything that a status is read from. */
export interface StatusSources {
  readonly role: Status['role'];
  readonly model: Model;
  readonly signals: LiveSignals;
  readonly live: Live;
  readonly upstreams: readonly Upstream[];
  readonly edges: readonly EdgeWatch[];
  readonly steering: Steering;
  readonly counts: (journey: number) => RequestCounts;
  /** Services whose switches this process makes. */
  readonly conducts: (service: number) => boolean;
  /** By service, the last step of its switch. */
  readonly lastSteps: ReadonlyMap<number, FailoverStep>;
  /** By service, when its users last came to where they are. @unit ms */
  readonly movedAt: ReadonlyMap<number, number>;
  readonly startedAt: number;
  /** Of the clock that is decided by. @default 1 */
  readonly speed?: number;
  /** How many addresses are reached elsewhere. @default 0 */
  readonly via?: number;
  readonly pools: Status['pools'];
  readonly findings: readonly Finding[];
  readonly history: readonly HistoryEntry[];
  readonly isReady: () => boolean;
  readonly now: () => number;
}

/** How all stands at this moment. */
export function statusOf(sources: StatusSources): Status {
  const { role, model, startedAt, now, pools, findings, history, speed = 1, via = 0 } = sources;
  return {
    schema: STATUS_SCHEMA,
    role,
    ...(speed === 1 ? {} : { speed }),
    ...(via === 0 ? {} : { via }),
    plan: { name: model.plan.platform.name, digest: model.plan.digest ?? '' },
    offered: null,
    startedAt: moment(startedAt),
    now: moment(now()),
    live: true,
    ready: sources.isReady(),
    journeys: model.journeys.map((_, i) => journeyStatus(sources, i)),
    services: model.services.flatMap((_, i) => serviceStatus(sources, i) ?? []),
    pools,
    findings,
    history,
  };
}

function journeyStatus(sources: StatusSources, index: number): JourneyStatus {
  const { model, live, signals, counts, upstreams } = sources;
  const journey = model.journeys[index];
  const { mode, level, isExposed, since, offered } = live.standing(index);
  const hold = live.held(index);
  const modes = journey?.modes ?? [];
  const better = modes.slice(0, offered);
  const below = (levelOf: (signal: number) => number): ReadonlySet<string> =>
    new Set(better.flatMap(({ node }) => causesOf(model, node, signals, levelOf, journey?.usable ?? 0.9)));
  const names = [...below((signal) => live.level(signal))];
  const out = new Set(upstreams.flatMap(({ isDrained, target }) => (isDrained ? [target.signal] : [])));
  const drained = below((signal) => (out.has(signal) ? 0 : 1));
  const why = names.map((name) => `${name} ${drained.has(name) ? 'is drained' : 'does not work'}.`);
  if (why.length === 0) {
    const narrow = better.flatMap(({ node, load }) =>
      narrowIn(model, node, load, (service) => live.controller.inUse(service)),
    );
    why.push(...new Set(narrow.map((words) => `${words}, and more is asked of it.`)));
  }
  if (better.length > 0 && why.length === 0)
    why.push('It waits: for a switch, for hysteresis or for reopening in steps.');
  return {
    name: journey?.name ?? '',
    tier: journey?.tier ?? 'important',
    mode: modes[mode]?.name ?? null,
    modes: modes.map(({ name }) => name),
    level,
    since: moment(since),
    why,
    held:
      hold === undefined
        ? null
        : {
            mode: modes[hold.mode]?.name ?? 'down',
            pinned: hold.isPinned,
            reason: hold.reason ?? '',
            by: hold.by ?? '',
            until: moment(hold.until),
          },
    exposed: isExposed ? (modes[mode]?.need ?? []) : [],
    requests: counts(index),
  };
}

function serviceStatus(sources: StatusSources, index: number): ServiceStatus | undefined {
  const { model, live, lastSteps, movedAt, startedAt, steering } = sources;
  const service = model.services[index];
  if (service === undefined) return undefined;
  const members = membersOf(service);
  const value = servicesOf(model.plan).get(service.name);
  const alternatives =
    members.length > 0
      ? members.map((member, i) => alternativeStatus(sources, index, i, member))
      : isMember(model, index)
        ? []
        : aloneStatus(sources, index);
  if (alternatives.length === 0) return undefined;
  const failover = live.controller.failoverOf(index);
  const step = lastSteps.get(index);
  const steered = steering.state(index);
  const name = (i: number | undefined): string | null =>
    i === undefined ? null : (alternatives[i]?.name ?? null);
  return {
    name: service.name,
    kind:
      value?.front === true
        ? 'front'
        : service.pool !== undefined
          ? 'pool'
          : service.redundancy?.kind === 'any'
            ? 'any'
            : service.redundancy === undefined
              ? 'single'
              : 'at-least',
    inUse: failover === undefined ? null : name(failover.inUse),
    since: moment(movedAt.get(index) ?? startedAt),
    waiting: failover === undefined ? null : waitingOf(sources, index, failover, step, name),
    alternatives,
    steering:
      steered === undefined
        ? null
        : ({
            ok: steered.ok,
            why: steered.why ?? null,
            inForce: name(steered.inForce),
            checkedAt: steered.checkedAt === undefined ? null : moment(steered.checkedAt),
          } satisfies SteeringStatus),
  };
}

const knownMembers = new WeakMap<Model, ReadonlySet<number>>();

/** Whether a service is shown among the alternatives or members of another. */
function isMember(model: Model, index: number): boolean {
  let members = knownMembers.get(model);
  if (members === undefined) {
    const nodes = model.services.flatMap(membersOf);
    members = new Set(nodes.flatMap((node) => (node.kind === 'service' ? [node.service] : [])));
    knownMembers.set(model, members);
  }
  return members.has(index);
}

function waitingOf(
  { conducts }: StatusSources,
  service: number,
  { pending }: Failover,
  step: FailoverStep | undefined,
  name: (alternative: number) => string | null,
): Waiting | null {
  if (pending === undefined || step === undefined || !conducts(service)) return null;
  const to = name(pending.to) ?? 'another alternative';
  const since = moment(step.now);
  switch (pending.kind) {
    case 'detecting':
      return {
        kind: 'detecting',
        since,
        words: 'The one in use does not work; it is given time to come back.',
      };
    case 'approving':
      return { kind: 'approval', since, words: `Somebody has to approve the switch to ${to}.` };
    case 'switching':
    case 'moving':
      return { kind: 'switching', since, words: `Users are being moved to ${to}.` };
    default:
      return step.kind === 'refused'
        ? { kind: 'holding', since, words: 'No other alternative would do.' }
        : { kind: 'steering', since, words: `What moves users does not work; then they go to ${to}.` };
  }
}

function alternativeStatus(
  sources: StatusSources,
  service: number,
  member: number,
  node: Node,
): AlternativeStatus {
  const { model, live, signals, upstreams, edges } = sources;
  const watch = edges.find(({ edge }) => edge.service === service && edge.alternative === member);
  const upstream = upstreams.find(({ target }) => {
    if (target.signal === signals.member(service, member)) return true;
    return node.kind === 'service' && target.signal === signals.service(node.service);
  });
  return {
    name: labelOf(model, node, member),
    url: watch?.edge.url.href ?? upstream?.target.origin ?? null,
    level: memberLevel(signals, (signal) => live.level(signal), service, member, node),
    probe: watch === undefined ? lastProbe(upstream) : edgeProbe(watch),
    traffic: trafficOf(sources, upstream),
    protections: protectionsOn(model, node),
    inFlight: upstream?.underWay ?? 0,
    part: upstream?.target.part ?? null,
    drained: upstream?.isDrained ?? false,
  };
}

function aloneStatus(sources: StatusSources, service: number): AlternativeStatus[] {
  const { model, live, signals, upstreams } = sources;
  const upstream = upstreams.find(({ target }) => target.signal === signals.service(service));
  if (upstream === undefined) return [];
  return [
    {
      name: model.services[service]?.name ?? '',
      url: upstream.target.origin,
      level: live.level(signals.service(service)),
      probe: lastProbe(upstream),
      traffic: trafficOf(sources, upstream),
      protections: [],
      inFlight: upstream.underWay,
      part: upstream.target.part,
      drained: upstream.isDrained,
    },
  ];
}

function trafficOf({ pools }: StatusSources, upstream: Upstream | undefined): AlternativeStatus['traffic'] {
  if (upstream === undefined || upstream.requests === 0) return null;
  const { target, traffic, requests } = upstream;
  const nodes = pools.flatMap((pool) => pool.nodes).filter(({ name }) => name === target.name);
  if (nodes.length === 0) return { level: traffic, requests };
  // What pools ask of a node they judge themselves: this is what came of their calls.
  const calls = nodes.reduce((sum, one) => sum + one.calls, 0);
  const failed = nodes.flatMap(({ failures }) => Object.values(failures)).reduce((sum, one) => sum + one, 0);
  return calls === 0 ? null : { level: Math.max(0, 1 - failed / calls), requests: calls };
}

function lastProbe(upstream: Upstream | undefined): AlternativeStatus['probe'] {
  const last = upstream?.lastProbe;
  if (last === undefined) return null;
  return { ok: last.isGood, at: moment(last.at), ms: last.tookMs, why: last.why ?? null };
}

function edgeProbe({ state }: EdgeWatch): AlternativeStatus['probe'] {
  const { last } = state;
  if (last === undefined) return null;
  const why = state.isOriginBlamed
    ? `${last.words ?? ''} (so does the origin: not blamed)`
    : (last.words ?? null);
  return { ok: last.isGood, at: moment(last.at), ms: last.ms, why };
}

function moment(ms: number): string {
  return new Date(ms).toISOString();
}
