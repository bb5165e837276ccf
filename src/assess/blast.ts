import { Interpreter, laneAlgebra, scopesOf, type JourneyNode, type Model } from '../model/index.ts';
import type { BlastResult } from './result.ts';

/** Standbys are ready and switches succeed when one wonders what a single failure leaves. */
const LANES = 32;

/**
 * What is left of each journey when a whole provider, region or zone is gone and everything else is as it was. Thirty-two
 * scopes are tried at once, one bit each.
 */
export function blastOf(model: Model, failed: ReadonlySet<number> = new Set()): BlastResult[] {
  const scopes = scopesOf(model);
  const results: BlastResult[] = [];
  // The first lane of each batch is the plan as it is.
  for (let start = 0; start < scopes.length; start += LANES - 1) {
    const lanes = scopes.slice(start, start + LANES - 1);
    const hit = new Int32Array(model.events.length);
    for (const [lane, { events }] of lanes.entries())
      for (const event of events) hit[event] = (hit[event] ?? 0) | (2 << lane);
    const left = bestModes(model, (event) => (failed.has(event) ? -1 : (hit[event] ?? 0)));
    for (const [lane, { scope, kind }] of lanes.entries()) {
      // By names that people choose, `constructor` among them.
      const journeys: Record<string, string> = Object.create(null);
      let lossPerHour = 0;
      for (const [i, journey] of model.journeys.entries()) {
        const mode = left[i]?.[lane + 1] ?? 0;
        if (mode === (left[i]?.[0] ?? 0)) continue;
        journeys[journey.name] = journey.modes[mode]?.name ?? 'down';
        const now = journey.modes[left[i]?.[0] ?? 0]?.worth ?? 0;
        lossPerHour += firstLossRate(journey) * (now - (journey.modes[mode]?.worth ?? 0));
      }
      if (Object.keys(journeys).length > 0) results.push({ scope, kind, journeys, lossPerHour });
    }
  }
  return results.sort(
    (a, b) => b.lossPerHour - a.lossPerHour || count(b) - count(a) || (a.scope < b.scope ? -1 : 1),
  );
}

/**
 * By journey and lane the position of the best mode that works; as many as there are modes when none does.
 *
 * @param happened the lanes in which an event has happened, one bit each
 */
export function bestModes(model: Model, happened: (event: number) => number): number[][] {
  const reader = new Interpreter(model, laneAlgebra(happened));
  return model.journeys.map((journey) => {
    const failed = reader.modesFailedSoFar(journey);
    return Array.from({ length: LANES }, (_, lane) => {
      const at = failed.findIndex((lanes) => ((lanes >>> lane) & 1) === 0);
      return at < 0 ? journey.modes.length : at;
    });
  });
}

function firstLossRate(journey: JourneyNode): number {
  return journey.loss?.[0]?.perHour ?? 0;
}

function count(blast: BlastResult): number {
  return Object.keys(blast.journeys).length;
}
