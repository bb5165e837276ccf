import type { LevelChange } from './foresee.ts';

/** What fails from one moment of a fault on, until the next. */
export interface Moment<K> {
  /** Since the fault began. @unit ms of the plan */
  readonly at: number;
  /** The share of requests that fail, 0 exclusive to 1, of all that does not answer as it should. */
  readonly failing: ReadonlyMap<K, number>;
  /** Of an incident, when that was. @unit ms since 1970 */
  readonly time?: number;
}

/** All that a fault does, in the order of time. What still fails after the last moment does so until the fault is taken away. */
export type Course<K> = readonly Moment<K>[];

/** What is seen of a course: each signal has the level of the worst that it is seen of. */
export function levelChanges<K>(
  course: Course<K>,
  signalsOf: (one: K) => readonly number[],
): readonly LevelChange[] {
  const levels = new Map<number, number>();
  return course.flatMap(({ at, failing }) => {
    const now = new Map<number, number>([...levels.keys()].map((signal) => [signal, 1]));
    for (const [one, share] of failing)
      for (const signal of signalsOf(one)) now.set(signal, Math.min(now.get(signal) ?? 1, 1 - share));
    const changes = [...now].filter(([signal, level]) => (levels.get(signal) ?? 1) !== level);
    for (const [signal, level] of changes) levels.set(signal, level);
    return changes.map(([signal, level]) => ({ at, signal, level }));
  });
}

/** A course that was ended at a moment: nothing fails any more. */
export function endedAt<K>(course: Course<K>, at: number): Course<K> {
  return [...course.filter((moment) => moment.at < at), { at, failing: new Map() }];
}

/**
 * When what happens could be seen in either order: several things fail at once, or something is well again while what it was switched for
 * may be too. @unit ms of the plan
 */
export function races<K>(course: Course<K>): readonly number[] {
  return course.flatMap(({ at, failing }, i) => {
    const before: ReadonlyMap<K, number> = course[i - 1]?.failing ?? new Map();
    const isRelief = [...before].some(([one, share]) => (failing.get(one) ?? 0) < share);
    const struck = [...failing].filter(([one, share]) => (before.get(one) ?? 0) < share).length;
    return isRelief || struck > 1 ? [at] : [];
  });
}
