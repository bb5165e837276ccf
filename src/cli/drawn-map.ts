import { assess, bestModes } from '../assess/index.ts';
import { boxStates, mapOf, type Box, type BoxState, type PlatformMap } from '../map/index.ts';
import { eventsUnder, labelOf, type Model } from '../model/index.ts';
import type { MapTextOptions, Standing } from '../reporters/index.ts';

/** The map of a plan as text: its single points marked, and when something has failed, what that leaves. */
export function drawnMap(
  model: Model,
  without: readonly string[],
  text: (map: PlatformMap, options: MapTextOptions) => string,
): string {
  const map = mapOf(model);
  const { journeys } = assess(model, { without, advice: false, draws: 0 });
  const happened = new Set(without.flatMap((scope) => eventsUnder(model, scope)));
  const { name } = model.plan.platform;
  return text(map, {
    title: without.length === 0 ? name : `${name} without ${without.join(', ')}`,
    singlePoints: new Set(journeys.flatMap(({ down }) => down.singlePoints)),
    ...(happened.size === 0 ? {} : { standing: standingOf(model, map, happened) }),
  });
}

function standingOf(model: Model, map: PlatformMap, happened: ReadonlySet<number>): Standing[] {
  const states = boxStates(model, map, happened);
  const best = bestModes(model, (event) => (happened.has(event) ? -1 : 0));
  return map.boxes.map((box, b) => {
    if (box.kind === 'journey') return journeyStanding(model, box, best[box.index]?.[0] ?? 0);
    return boxStanding(model, box, states[b] ?? { kind: 'works', inUse: -1 });
  });
}

function journeyStanding(model: Model, { index }: Box, best: number): Standing {
  if (best === 0) return { kind: 'works' };
  const mode = model.journeys[index]?.modes[best];
  return mode === undefined ? { kind: 'failed', note: 'down' } : { kind: 'fallback', note: mode.name };
}

function boxStanding(model: Model, { kind: box, index }: Box, { kind, inUse }: BoxState): Standing {
  const redundancy = box === 'service' ? model.services[index]?.redundancy : undefined;
  if (kind !== 'fallback' || redundancy?.kind !== 'any') return { kind };
  const option = redundancy.options[inUse];
  if (option === undefined) return { kind };
  return { kind, note: `on ${inUse + 1}: ${labelOf(model, option.node, inUse)}` };
}
