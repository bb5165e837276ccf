import type { Model } from '../model/index.ts';
import { Admission, RateLimit, RetryBudget } from '../policies/index.ts';
import type { Random } from '../random.ts';
import type { Pools } from './chain/pools.ts';
import { Chooser } from './gateway/choose.ts';
import { Deadlines } from './gateway/deadlines.ts';
import type { GatewayParts } from './gateway/parts.ts';
import type { Upstream } from './gateway/upstream.ts';
import type { Lasting } from './lasting.ts';
import type { Live } from './live.ts';
import type { Seen } from './seen.ts';
import type { Served } from './servable.ts';
import { tokensOf, type Session } from './session-keys.ts';
import type { Way } from './targets.ts';
import type { Time } from '../time.ts';

/** What a gateway is put together from. */
export interface GatewaySources {
  readonly model: Model;
  readonly options: { readonly served: Served };
  readonly time: Time;
  readonly live: Live;
  readonly pools: Pools;
  readonly upstreams: readonly Upstream[];
  readonly sessions: readonly Session[];
  readonly seen: Seen;
  readonly lasting: Lasting;
  readonly random: Random;
  /** By service, how often its writer has moved. */
  readonly epochs: ReadonlyMap<number, number>;
}

export const CONCURRENT = 1_000;
const BODY = 1_000_000;
/** Attempts that may fail at once and be made again at once. */
const BURST = 100;
/** @unit s */
const RETRY_AFTER = 10;

/** Everything that the requests of a gateway stand on. */
export function gatewayParts({
  model,
  options: { served },
  time,
  live,
  pools,
  upstreams,
  sessions,
  seen,
  lasting,
  random,
  epochs,
}: GatewaySources): GatewayParts {
  const { limits } = model.plan;
  const { fronts } = served;
  if (fronts === undefined) throw new RangeError('What was made ready for a steerer is no gateway’s.');
  const clients = limits?.clients;
  const monotonic = (): number => performance.now();
  const inUse = (service: number): number | undefined => live.controller.inUse(service);
  return {
    routes: served.routes,
    journeys: served.journeys,
    forwarding: {
      chooser: new Chooser({ upstreams, inUse, draw: random }),
      budget: new RetryBudget({ burst: BURST }),
      deadlines: new Deadlines(monotonic),
      now: monotonic,
    },
    wallNow: () => time.now(),
    sockets: lasting.sockets,
    modes: live.modes,
    tokens: tokensOf(model, sessions),
    fronts,
    admission: new Admission({ concurrent: limits?.concurrent ?? CONCURRENT }),
    clients:
      clients === undefined
        ? undefined
        : new RateLimit({
            perSecond: clients.perSecond,
            burst: clients.burst ?? Math.max(1, Math.ceil(2 * clients.perSecond)),
          }),
    keys: lasting.keys,
    snapshots: lasting.snapshots,
    pages: served.pages,
    pools,
    mostBody: limits?.body ?? BODY,
    epochOf: epochsOf(model, epochs),
    retryAfterS: (journey) => {
      const held = live.held(journey);
      const { mode, offered } = live.standing(journey);
      // What somebody holds down is back when that ends; what is down by itself, nobody knows when.
      if (held === undefined || mode <= offered) return RETRY_AFTER;
      return Math.min(3600, Math.max(1, Math.ceil((held.until - time.now()) / 1000)));
    },
    onEnded: seen.onEnded,
    traceOf: seen.traceOf,
  };
}

/** How often the writer behind a way has moved; undefined for ways without one. */
function epochsOf(
  model: Model,
  epochs: ReadonlyMap<number, number>,
): (way: Way | undefined) => string | undefined {
  const writers = new Map<Way, number | undefined>();
  return (way) => {
    if (way === undefined) return undefined;
    if (!writers.has(way)) writers.set(way, writerOf(way, model));
    const writer = writers.get(way);
    return writer === undefined ? undefined : String(epochs.get(writer) ?? 0);
  };
}

function writerOf(way: Way | undefined, model: Model): number | undefined {
  if (way === undefined || way.kind === 'target') return undefined;
  if (way.kind === 'any' && way.service !== undefined && model.services[way.service]?.lagHours !== undefined)
    return way.service;
  for (const one of way.ways) {
    const found = writerOf(one, model);
    if (found !== undefined) return found;
  }
  return undefined;
}
