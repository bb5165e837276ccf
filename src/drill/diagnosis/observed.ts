import type { Sample } from '../agreement.ts';
import type { Course } from '../course.ts';
import type { FaultResult } from '../result.ts';
import type { SeenSwitch, Told } from '../switch-log.ts';

/** All that is known of one fault that was drilled. */
export interface Observed {
  readonly result: FaultResult;
  /** By address what failed when, until all of it was taken away. */
  readonly course: Course<string>;
  /** How long it was there. @unit ms */
  readonly lastedMs: number;
  /** By journey of the plan. */
  readonly samples: readonly (readonly Sample[])[];
  readonly seen: readonly SeenSwitch[];
  readonly told: Told;
  /** By journey, what its users sent. */
  readonly sent: number;
}

/** A disagreement that something has to explain. */
export interface Item {
  readonly fault: string;
  /** A journey, or a service whose switch was not as foreseen. */
  readonly about: string;
}

/** As blame names it. */
export function itemName({ fault, about }: Item): string {
  return `${fault}: ${about}`;
}
