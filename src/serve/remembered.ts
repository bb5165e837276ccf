import type { Progress } from '../control/index.ts';
import { labelOf, type Model } from '../model/index.ts';
import type { Hold } from '../policies/index.ts';
import { membersOf } from './causes.ts';
import type { Upstream } from './gateway/upstream.ts';
import { ownOf, type Kept } from './kept.ts';
import type { Live } from './live.ts';
import type { Session } from './session-keys.ts';

/** What has to be known to keep how all stands. */
export interface Keepable {
  readonly model: Model;
  readonly live: Live;
  readonly upstreams: readonly Upstream[];
  readonly sessions: readonly Session[];
  /** By service with state, how often its writer has moved. */
  readonly epochs: ReadonlyMap<number, number>;
  /** Services whose switches this process makes. */
  readonly conducted: ReadonlySet<number>;
}

/** How all stands, by names. */
export function keptOf({ model, live, upstreams, sessions, epochs, conducted }: Keepable): Kept {
  const inUse: Record<string, string> = {};
  const moved: Record<string, number> = {};
  const placed: string[] = [];
  for (const [i, node] of model.services.entries()) {
    const failover = live.controller.failoverOf(i);
    const member = failover === undefined ? undefined : membersOf(node)[failover.inUse];
    if (failover !== undefined && member !== undefined && conducted.has(i)) {
      inUse[node.name] = labelOf(model, member, failover.inUse);
      if (failover.isPlaced) placed.push(node.name);
    }
    if (node.lagHours !== undefined) moved[node.name] = epochs.get(i) ?? 0;
  }
  const modes: Record<string, string | null> = {};
  const held: Record<string, Kept['held'][string]> = {};
  for (const [i, journey] of model.journeys.entries()) {
    modes[journey.name] = journey.modes[live.standing(i).offered]?.name ?? null;
    const hold = live.held(i);
    if (hold === undefined) continue;
    const { mode, isPinned, until, reason = '', by = '' } = hold;
    held[journey.name] = { mode: journey.modes[mode]?.name ?? null, isPinned, until, reason, by };
  }
  const keys = sessions.flatMap((session) => {
    const snapshot = session.keys.snapshot();
    return snapshot === undefined ? [] : [[session.name, snapshot] as const];
  });
  return {
    schema: 'keelson.serve-state/1',
    inUse,
    modes,
    held,
    epochs: moved,
    keys: Object.fromEntries(keys),
    drained: upstreams.flatMap(({ isDrained, target }) => (isDrained ? [target.name] : [])),
    placed,
  };
}

/** What was kept, by numbers of this plan; names that it no longer has are left out. */
export function progressIn(model: Model, { inUse, modes, placed = [] }: Kept): Progress {
  const alternatives = new Map<number, number>();
  for (const [i, node] of model.services.entries()) {
    const label = ownOf(inUse, node.name);
    if (node.redundancy?.kind !== 'any' || label === undefined) continue;
    const number = membersOf(node).findIndex((member, m) => labelOf(model, member, m) === label);
    if (number >= 0) alternatives.set(i, number);
  }
  const offered = new Map<number, number>();
  for (const [i, journey] of model.journeys.entries()) {
    const mode = ownOf(modes, journey.name);
    if (mode === undefined) continue;
    const number =
      mode === null ? journey.modes.length : journey.modes.findIndex(({ name }) => name === mode);
    if (number >= 0) offered.set(i, number);
  }
  const byPeople = model.services.flatMap(({ name }, i) => (placed.includes(name) ? [i] : []));
  return { inUse: alternatives, modes: offered, placed: new Set(byPeople) };
}

/** Levers that still hold, by journey. @param now in ms since 1970 */
export function holdsIn(model: Model, { held }: Kept, now: number): Map<number, Hold> {
  const found = new Map<number, Hold>();
  for (const [i, { name, modes }] of model.journeys.entries()) {
    const hold = ownOf(held, name);
    if (hold === undefined || hold.until <= now) continue;
    const mode = hold.mode === null ? modes.length : modes.findIndex((one) => one.name === hold.mode);
    if (mode >= 0) found.set(i, { ...hold, mode });
  }
  return found;
}
