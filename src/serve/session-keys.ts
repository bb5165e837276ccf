import type { LiveSignals } from '../control/index.ts';
import type { Model, Node } from '../model/index.ts';
import type { Jwt } from '../plan/index.ts';
import { MS_PER_HOUR } from '../units.ts';
import { fetchKeysFrom, KeySet, Tokens } from './sessions/index.ts';
import { servicesOf } from './targets.ts';
import { agentTo, NO_VIA } from './via.ts';
import type { Time } from '../time.ts';

/** A service whose tokens are checked. */
export interface Session {
  readonly service: number;
  readonly name: string;
  readonly keys: KeySet;
  readonly tokens: Tokens;
  readonly signal: number;
}

/** The services of a plan that say how tokens are checked. @param now the wall clock, in ms */
export function sessionsOf(model: Model, signals: LiveSignals, now: () => number, via = NO_VIA): Session[] {
  const services = servicesOf(model.plan);
  return model.services.flatMap(({ name }, service): Session[] => {
    const jwt = services.get(name)?.jwt;
    if (jwt === undefined) return [];
    const keys = new KeySet({
      fetchKeys: fetchKeysFrom(jwt.keys, agentTo(jwt.keys, via)),
      source: jwt.keys,
      now,
      ...(jwt.refresh === undefined ? {} : { refreshMs: jwt.refresh * MS_PER_HOUR }),
      ...(jwt.stale === undefined ? {} : { staleMs: Math.max(1, jwt.stale * MS_PER_HOUR) }),
    });
    const tokens = new Tokens({
      keys,
      issuer: jwt.issuer,
      audience: jwt.audience,
      algorithms: algorithmsOf(jwt),
      now,
    });
    return [{ service, name, keys, tokens, signal: signals.service(service) }];
  });
}

function algorithmsOf({ algorithms = ['ES256', 'RS256', 'EdDSA'] }: Jwt): string[] {
  // Both names of one: RFC 9864 gave it its second.
  return algorithms.flatMap((one) => (one === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [one]));
}

/** By journey and mode, what checks its tokens: the first service with tokens that the mode stands on in any way. */
export function tokensOf(model: Model, sessions: readonly Session[]): (Tokens | undefined)[][] {
  const byService = new Map(sessions.map(({ service, tokens }) => [service, tokens]));
  return model.journeys.map(({ modes }) => modes.map(({ node }) => firstTokens(model, node, byService)));
}

function firstTokens(model: Model, start: Node, byService: ReadonlyMap<number, Tokens>): Tokens | undefined {
  const seen = new Set<number>();
  const waiting: Node[] = [start];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.kind === 'all') waiting.push(...node.parts);
    else if (node.kind === 'atLeast') waiting.push(...node.of);
    else if (node.kind === 'any') waiting.push(...node.options.map((option) => option.node));
    else if (node.kind === 'service' || node.kind === 'pool') {
      const found = byService.get(node.service);
      if (found !== undefined) return found;
      if (seen.has(node.service)) continue;
      seen.add(node.service);
      const service = model.services[node.service];
      for (const part of [service?.needs, service?.redundancy]) if (part !== undefined) waiting.push(part);
      for (const member of service?.pool ?? []) waiting.push(member.node);
    }
  }
  return undefined;
}

/** Keeps the keys of sessions fresh, and tells while they can be used. */
export class KeyKeeper {
  private readonly sessions: readonly Session[];
  private readonly time: Time;
  private readonly onLevel: (session: Session, level: number) => void;
  private readonly onKeys: () => void;
  private readonly callOffs = new Map<Session, () => void>();
  private isStopped = false;

  constructor(
    sessions: readonly Session[],
    time: Time,
    told: { readonly onLevel: (session: Session, level: number) => void; readonly onKeys: () => void },
  ) {
    this.sessions = sessions;
    this.time = time;
    this.onLevel = told.onLevel;
    this.onKeys = told.onKeys;
  }

  /** Resolves once every issuer has been asked once. */
  async start(): Promise<void> {
    await Promise.all(this.sessions.map((session) => this.refresh(session)));
  }

  stop(): void {
    this.isStopped = true;
    for (const callOff of this.callOffs.values()) callOff();
  }

  private async refresh(session: Session): Promise<void> {
    const { keys } = session;
    const before = keys.version;
    await keys.refresh();
    if (this.isStopped) return;
    if (keys.version !== before) this.onKeys();
    this.watch(session);
  }

  /** Until keys are due, or until they can no longer be used, whichever is first. */
  private watch(session: Session): void {
    const { keys } = session;
    this.onLevel(session, keys.level());
    const now = this.time.now();
    const { state } = keys;
    const end = 'untilMs' in state ? state.untilMs : Number.POSITIVE_INFINITY;
    const refreshAt = Math.max(keys.wakeAtMs, now + 1_000);
    const call = end < refreshAt && end > now ? () => this.watch(session) : () => void this.refresh(session);
    const wait = Math.max(10, Math.min(refreshAt, end > now ? end : Number.POSITIVE_INFINITY) - now);
    this.callOffs.set(session, this.time.after(wait, call));
  }
}
