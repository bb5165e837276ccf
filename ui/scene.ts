import { bestModes } from '../src/assess/index.ts';
import { boxStates, type Layout, type PlatformMap } from '../src/map/index.ts';
import { eventsUnder, type Model } from '../src/model/index.ts';
import type { Answers } from './engine.ts';

/** What is drawn: a plan's model, its map, and where everything stands. */
export interface Ground {
  readonly model: Model;
  readonly map: PlatformMap;
  readonly layout: Layout;
}

/** How everything stands at one moment, or after what was failed by hand. */
export interface Scene {
  /** By box. */
  readonly boxes: readonly BoxLook[];
  /** By journey, the mode it is in. */
  readonly modes: readonly ModeLook[];
}

export interface BoxLook {
  /** weak: some requests fail, fewer than users' patience. */
  readonly kind: 'works' | 'fallback' | 'weak' | 'failed';
  /** The alternative in use, from 1; 0 where it is the first or there is none to choose. */
  readonly inUse: number;
  /** Share of requests answered. */
  readonly level: number;
}

export interface ModeLook {
  /** `down` where none works. */
  readonly name: string;
  /** Its place on the ladder, from 0; as many as there are modes when it is down. */
  readonly rung: number;
  readonly kind: 'full' | 'lower' | 'down';
}

const WORKS: BoxLook = { kind: 'works', inUse: 0, level: 1 };
const FAILED: BoxLook = { kind: 'failed', inUse: 0, level: 0 };
/** Below this share of requests answered a part counts as failed, as journeys do unless a plan says otherwise. */
const USABLE = 0.9;

/** After the events and scopes of these names: solved exactly, by the reading that all answers are made of. */
export function sceneWithout({ model, map }: Ground, without: readonly string[]): Scene {
  const happened = new Set(without.flatMap((name) => eventsUnder(model, name)));
  const boxes = boxStates(model, map, happened).map(({ kind, inUse }): BoxLook => {
    if (kind === 'failed') return FAILED;
    return kind === 'works' ? WORKS : { kind, inUse: inUse + 1, level: 1 };
  });
  const best = bestModes(model, (event) => (happened.has(event) ? -1 : 0));
  return { boxes, modes: model.journeys.map((_, i) => modeLook(model, i, best[i]?.[0] ?? 0)) };
}

export function modeLook(model: Model, journey: number, rung: number): ModeLook {
  const modes = model.journeys[journey]?.modes ?? [];
  const name = modes[rung]?.name ?? 'down';
  return { name, rung, kind: rung === 0 ? 'full' : rung < modes.length ? 'lower' : 'down' };
}

/** At one moment of an incident. @param at ms */
export function sceneAt({ model, map }: Ground, { replay, traces }: Answers['replay'], at: number): Scene {
  const levels = new Map<string, number>();
  for (const { name, steps } of [...traces.offers, ...traces.services])
    levels.set(name, valueAt(steps, at, 1));
  const inUse = new Map(traces.inUse.map(({ name, steps }) => [name, valueAt(steps, at, 0)]));
  const boxes = map.boxes.map(({ id, kind }): BoxLook => {
    const level = levels.get(id);
    const used = kind === 'service' ? (inUse.get(id) ?? 0) : 0;
    const alternative = used > 0 ? used + 1 : 0;
    if (level !== undefined && level < USABLE) return { kind: 'failed', inUse: alternative, level };
    if (alternative > 0) return { kind: 'fallback', inUse: alternative, level: level ?? 1 };
    return level !== undefined && level < 1 ? { kind: 'weak', inUse: 0, level } : WORKS;
  });
  const modes = model.journeys.map(({ name, modes: ladder }, i) => {
    const journey = replay.journeys.find((one) => one.name === name);
    const segment = journey?.segments.find(({ from, to }) => Date.parse(from) <= at && at < Date.parse(to));
    // The last moment is the first at which nothing is under way any more.
    const mode = segment?.mode ?? journey?.endsIn;
    const rung = mode === undefined ? 0 : ladder.findIndex((one) => one.name === mode);
    return modeLook(model, i, rung < 0 ? ladder.length : rung);
  });
  return { boxes, modes };
}

function valueAt(
  steps: readonly { readonly at: string; readonly level: number }[],
  at: number,
  first: number,
): number {
  let value = first;
  for (const step of steps) {
    if (Date.parse(step.at) > at) break;
    value = step.level;
  }
  return value;
}
