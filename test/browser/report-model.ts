/** What the page has to say, computed in Node by what the command runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assess, bestModes, type Assessment, type JourneyResult } from '../../src/assess/index.ts';
import type { Catalog } from '../../src/catalog/index.ts';
import { mapOf } from '../../src/map/index.ts';
import { buildModel, eventsUnder, type Model } from '../../src/model/index.ts';
import { parsePlan } from '../../src/plan/index.ts';
import { journeyFigures } from '../../src/reporters/journey-figures.ts';
import { formatAvailability } from '../../src/units.ts';
import { root } from '../cli/keelson.ts';

export const catalog: Catalog = JSON.parse(readFileSync(join(root, 'dist', 'catalog.json'), 'utf8'));

export function modelOf(file: string): Model {
  const { plan } = parsePlan(readFileSync(join(root, file), 'utf8'), file);
  const { model } = plan === undefined ? { model: undefined } : buildModel(plan, catalog);
  if (model === undefined) throw new Error(`Expected ${file} to make sense.`);
  return model;
}

export function assessed(model: Model, without: readonly string[] = []): Assessment {
  return assess(model, { without, advice: false, catalog });
}

/** A journey as the page has to show it: its mode, and its figures by `data-figure`, without the words beside them. */
export function journeyShown(journey: JourneyResult, currency: string, mode: string): JourneyShown {
  const printed = journeyFigures(journey, currency);
  return {
    name: journey.name,
    mode,
    figures: {
      availability: formatAvailability(1 - journey.availability),
      down: printed.down,
      interval: printed.downInterval === '–' ? '' : printed.downInterval,
      full: printed.fullService,
      outages: printed.outages,
      loss: printed.loss,
      slo:
        printed.target === null
          ? 'no target'
          : `${printed.target} ${printed.verdict === 'met' ? '✓ met' : '✕ missed'}`,
    },
  };
}

export interface JourneyShown {
  readonly name: string;
  readonly mode: string;
  readonly figures: Readonly<Record<string, string>>;
}

/** All journeys as the page has to show them. */
export function journeysShown({ journeys, plan }: Assessment, modes: readonly string[]): JourneyShown[] {
  return journeys.map((journey, i) => journeyShown(journey, plan.currency, modes[i] ?? ''));
}

/** What was seen, with the words beside a figure cut off where the figure is the expected one to its last digit. */
export function withoutUnits(seen: readonly JourneyShown[], shown: readonly JourneyShown[]): JourneyShown[] {
  return seen.map(({ name, mode, figures }, i) => ({
    name,
    mode,
    figures: Object.fromEntries(
      Object.entries(shown[i]?.figures ?? {}).map(([key, figure]) => {
        const text = figures[key] ?? '';
        return [key, figure !== '' && text.startsWith(`${figure} `) ? figure : text];
      }),
    ),
  }));
}

/** By journey, the mode that is left after the events and scopes of these names. */
export function modesWithout(model: Model, without: readonly string[]): string[] {
  const happened = new Set(without.flatMap((name) => eventsUnder(model, name)));
  const best = bestModes(model, (event) => (happened.has(event) ? -1 : 0));
  return model.journeys.map(({ modes }, i) => modes[best[i]?.[0] ?? 0]?.name ?? 'down');
}

/** Everything that can be taken as failed: events, services, scopes and providers. */
export function namesOf(model: Model): string[] {
  const places = mapOf(model).boxes.flatMap(({ fails }) => fails ?? []);
  return [...new Set([...model.events.map(({ id }) => id), ...places])];
}
