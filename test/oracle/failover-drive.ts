/** A failover that is driven through moments: what it decides, and what it tells. */
import { Failover, type FailoverOptions, type FailoverStep } from '../../src/policies/failover.ts';

/** What is observed from a moment on. Times are in no unit: a failover only adds them. */
export interface Moment {
  readonly at: number;
  readonly health: readonly number[];
  /** @default true */
  readonly canSteer?: boolean;
}

interface Move {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

export interface Drive {
  readonly moves: readonly Move[];
  readonly steps: readonly FailoverStep[];
  readonly failover: Failover;
}

interface DriveOptions {
  /** Moments at which it is stepped although nothing has changed. */
  readonly extra?: readonly number[];
  /** Steps each time twice. */
  readonly twice?: boolean;
  /** Called after each step. */
  readonly onStepped?: (now: number, failover: Failover) => void;
}

/** Settles at the first moment, then steps at every other one and whenever the failover asks for it. */
export function drive(
  options: FailoverOptions,
  moments: readonly Moment[],
  { extra = [], twice = false, onStepped }: DriveOptions = {},
): Drive {
  const steps: FailoverStep[] = [];
  const failover = new Failover({ ...options, onStep: (step) => steps.push(step) });
  const changes = [...moments].sort((a, b) => a.at - b.at);
  const others = [...extra].sort((a, b) => a - b);
  let present = changes.shift() ?? { at: 0, health: options.carries.map(() => 1) };
  failover.settle(present.at, present.health);
  const step = (now: number): void => {
    for (let i = 0; i < (twice ? 2 : 1); i++) failover.step(now, present.health, present.canSteer !== false);
    onStepped?.(now, failover);
  };
  step(present.at);
  for (let guard = 0; ; guard++) {
    if (guard > 10_000) throw new Error('The failover never rests.');
    const [change] = changes;
    const due = Math.min(change?.at ?? Number.POSITIVE_INFINITY, failover.wakeAt);
    const other = others[0] ?? Number.POSITIVE_INFINITY;
    if (other < due) {
      others.shift();
      if (other >= present.at) step(other);
      continue;
    }
    if (due === Number.POSITIVE_INFINITY) break;
    if (change !== undefined && change.at === due) {
      present = change;
      changes.shift();
      if (changes[0]?.at === due) continue;
    }
    step(due);
  }
  const moves = steps
    .filter(({ kind }) => kind === 'in-use' || kind === 'back')
    .map(({ now, from, to }) => ({ at: now, from, to }));
  return { moves, steps, failover };
}

export const told = ({ steps }: Drive): string[] => steps.map(({ kind, now, to }) => `${now} ${kind} ${to}`);

export const TWO = [1, 1];
/** 60 + 300 + 30 + 120 ÷ 2 = 450. */
export const TIMES = { detectMs: 60, approveMs: 300, switchMs: 30, spreadMs: 120 };
export const ALL_WELL: Moment = { at: 0, health: [1, 1, 1] };
