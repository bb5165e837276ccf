import type { Model } from '../model/index.ts';
import type { Drilling } from '../plan/index.ts';
import type { Time } from '../time.ts';
import type { RunningAdmin } from './admin.ts';
import type { Again } from './diagnosis/index.ts';
import type { Fault } from './faults.ts';
import type { Predict } from './foresee.ts';
import type { Injection } from './injection.ts';
import type { Place } from './place.ts';
import type { Drill, FailsAs, FaultResult } from './result.ts';
import type { Users } from './users.ts';

export interface DrillOptions {
  readonly model: Model;
  readonly drilling: Drilling;
  readonly places: readonly Place[];
  readonly predict: Predict;
  /** How a changed plan would have been predicted with. */
  readonly again: (model: Model) => Again;
  /** In the order in which they are drilled. */
  readonly faults: readonly Fault[];
  readonly failsAs: FailsAs;
  /** How many seconds of the plan pass in one of the running system. */
  readonly speed: number;
  /** The slowest probe, and two seconds. @unit ms */
  readonly toleranceMs: number;
  /** Nothing is begun that would not be over by then. @unit ms @default no bound */
  readonly budgetMs?: number;
  readonly users: Users;
  readonly injection: Injection;
  readonly gateway: RunningAdmin;
  readonly steerer: RunningAdmin | undefined;
  /** Whether the drill agrees to switches that wait for a person, after the plan's time for it, and moves writers back. */
  readonly approves: boolean;
  readonly time: Time;
  /** Ended by it, everything is taken away first. Its reason, where that is a sentence, is why. */
  readonly signal: AbortSignal;
  readonly versions: Drill['versions'];
  readonly leftOut: Drill['leftOut'];
  readonly onProgress?: (progress: Progress) => void;
}

export type Progress =
  | { readonly kind: 'steadying' }
  | {
      readonly kind: 'begins';
      readonly fault: string;
      readonly number: number;
      readonly of: number;
      readonly forMs: number;
    }
  | { readonly kind: 'restored'; readonly fault: string; readonly waitsMs: number }
  | { readonly kind: 'done'; readonly result: FaultResult };
