import { KeelsonError } from '../errors.ts';
import type { Model } from '../model/index.ts';
import { levelChanges, type Course, type Moment } from './course.ts';
import type { LevelChange, Pace, Predict } from './foresee.ts';
import { placesHit, signalsOf, type Place } from './place.ts';

/** What an incident does to what a plan stands on: handed in, because it is the verb that replays that says so. */
export interface Happening {
  /** In the order of time, with moments since 1970. */
  readonly changes: readonly LevelChange[];
  /** What the levels are of. */
  readonly signals: {
    readonly reference: (index: number, change: boolean) => number;
    readonly service: (index: number) => number;
  };
}

/** More moments would take a drill for days. */
const MOST_MOMENTS = 2_000;
/** What is quiet for no longer is no gap: incidents flap every five minutes. @unit ms of the plan */
const QUIET_MS = 5 * 60_000;

/**
 * When which places fail in an incident, and by which share: those of which something fails by what the plan says it stands on. It
 * begins with the first moment at which one does.
 *
 * @returns empty where the incident reaches nothing at an address
 * @throws KeelsonError `drill-unknown` where it changes too often
 */
export function incidentCourse(
  model: Model,
  places: readonly Place[],
  { changes, signals }: Happening,
): Course<number> {
  const times = [...new Set(changes.map(({ at }) => at))];
  if (times.length > MOST_MOMENTS)
    throw new KeelsonError(
      'drill-unknown',
      `Expected at most ${MOST_MOMENTS} moments of an incident, found ${times.length}.`,
      { hint: 'Drill a part of it: --from and --to.' },
    );
  const seen = seenAsEvents(model, signals);
  const levels = new Map<number, number>();
  const course: Moment<number>[] = [];
  let next = 0;
  for (const time of times) {
    for (let change = changes[next]; change?.at === time; change = changes[++next])
      levels.set(change.signal, change.level);
    const failing = failingAt(seen, places, levels);
    const begin = course[0]?.time ?? time;
    if (!isSame(failing, course.at(-1)?.failing ?? new Map()))
      course.push({ at: time - begin, failing, time });
  }
  return course;
}

/** A plan of which each reference and each service is one event, as incidents tell of them. */
interface SeenAsEvents {
  readonly model: Model;
  /** The event of a signal is so much further. */
  readonly offset: number;
}

function seenAsEvents(model: Model, signals: Happening['signals']): SeenAsEvents {
  const offset = model.events.length;
  const references = model.references.map((reference, i) => ({
    ...reference,
    events: [offset + signals.reference(i, false)],
    eventsInChange: [offset + signals.reference(i, true)],
  }));
  const services = model.services.map((service, i) => ({ ...service, own: [offset + signals.service(i)] }));
  return { model: { ...model, references, services }, offset };
}

/** By place, the largest share such that something of it fails when all has failed of which at least that share fails. */
function failingAt(
  { model, offset }: SeenAsEvents,
  places: readonly Place[],
  levels: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const shares = [...new Set(levels.values())].filter((level) => level < 1).sort((a, b) => a - b);
  const failing = new Map<number, number>();
  for (const level of shares) {
    const hit = placesHit(model, places, (event) => (levels.get(event - offset) ?? 1) <= level);
    for (const [place, is] of hit.entries())
      if (is && !failing.has(place)) failing.set(place, shareOf(level));
  }
  return new Map([...failing].sort(([a], [b]) => a - b));
}

/** Without what is left of binary fractions. */
function shareOf(level: number): number {
  return Math.round((1 - level) * 1e9) / 1e9;
}

function isSame(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): boolean {
  return one.size === other.size && [...one].every(([place, share]) => other.get(place) === share);
}

/** A course as it can be put, with what was chosen for that. */
export interface Puttable {
  readonly course: Course<number>;
  /** Places at which a share of requests is taken as all of them, or as none. */
  readonly rounded: readonly { readonly place: number; readonly share: number; readonly as: 0 | 1 }[];
}

/**
 * Where only some requests fail, a part of HTTP answers as many with 503. Anything else fails altogether, where too few would be
 * answered for any journey, and otherwise not at all.
 *
 * @param isPartial whether a share of requests can fail at a place
 */
export function puttable(
  model: Model,
  course: Course<number>,
  isPartial: (place: number) => boolean,
): Puttable {
  const usable = Math.min(1, ...model.journeys.map((journey) => journey.usable));
  const rounded = new Map<string, Puttable['rounded'][number]>();
  const moments = course.map((moment) => {
    const failing = [...moment.failing].flatMap(([place, share]): [number, number][] => {
      if (share >= 1 || isPartial(place)) return [[place, share]];
      const as = 1 - share < usable ? 1 : 0;
      rounded.set(`${place} ${share}`, { place, share, as });
      return as === 1 ? [[place, 1]] : [];
    });
    return { ...moment, failing: new Map(failing) };
  });
  return { course: withoutSame(moments), rounded: [...rounded.values()] };
}

/** Moments at which nothing changes are none; it begins with the first at which something fails. */
function withoutSame(moments: Course<number>): Course<number> {
  const kept: Moment<number>[] = [];
  for (const moment of moments)
    if (!isSame(moment.failing, kept.at(-1)?.failing ?? new Map())) kept.push(moment);
  const begin = kept[0]?.at ?? 0;
  return kept.map((moment) => ({ ...moment, at: moment.at - begin }));
}

/** A course without its long quiet stretches, and from when to when those were. */
export interface Shortened {
  readonly course: Course<number>;
  /** @unit ms since 1970 */
  readonly skipped: readonly { readonly from: number; readonly to: number }[];
}

/**
 * Leaves out what lies between the last thing that a moment leads to and the next moment, but for five minutes, or two tolerances where
 * that is longer: it takes as long as it takes to see that nothing comes.
 */
export function withoutQuiet(
  course: Course<number>,
  places: readonly Place[],
  predict: Predict,
  { speed, toleranceMs }: Pace,
): Shortened {
  const keptMs = Math.max(QUIET_MS, 2 * toleranceMs * speed);
  const kept: Moment<number>[] = [];
  const skipped: { from: number; to: number }[] = [];
  let saved = 0;
  for (const moment of course) {
    const before = kept.at(-1);
    const gap = moment.at - saved - (before?.at ?? 0);
    if (before !== undefined && gap > keptMs) {
      const { settledAt } = predict(levelChanges(kept, (place) => signalsOf(places.slice(place, place + 1))));
      const quiet = gap - keptMs - Math.max(0, settledAt - before.at);
      if (quiet > 0) {
        saved += quiet;
        const to = moment.time ?? 0;
        skipped.push({ from: to - quiet, to });
      }
    }
    kept.push({ ...moment, at: moment.at - saved });
  }
  return { course: kept, skipped };
}
