import type { Catalog } from '../../catalog/index.ts';
import { buildModel, describeRecord, unavailability } from '../../model/index.ts';
import { isServiceName, parsePlan } from '../../plan/index.ts';
import { anyOf, type Chance } from '../../sector/index.ts';

/**
 * What the catalogue knows of what is named by references: the chance that any of what they need of its own provider is down, as a plan
 * would have it as of that day. Undefined where nothing is recorded of any of it, or a reference is not in the catalogue.
 */
export function catalogChances(
  catalog: Catalog,
  asOf: string,
): (references: readonly string[]) => Chance | undefined {
  return (references) => {
    const events = new Map<string, Chance>();
    for (const reference of references) {
      const found = eventsOf(reference, catalog, asOf);
      if (found === undefined) return undefined;
      for (const [id, chance] of found) events.set(id, chance);
    }
    const chances = [...events.values()];
    return chances.every(({ basis }) => basis === 'assumed') ? undefined : anyOf(chances);
  };
}

function eventsOf(reference: string, catalog: Catalog, asOf: string): Map<string, Chance> | undefined {
  if (isServiceName(reference)) return wholeProvider(reference, catalog, asOf);
  // Somebody's text: written as JSON it is one scalar of YAML, whatever is in it.
  const text = `keelson: 1
platform: {name: sector, kind: other, currency: USD, asOf: ${asOf}}
journeys: {one: {tier: core, modes: {full: {needs: [${JSON.stringify(reference)}]}}}}
`;
  const { plan } = parsePlan(text, 'sector');
  const model = plan === undefined ? undefined : buildModel(plan, catalog).model;
  const [node] = model?.references ?? [];
  if (model === undefined || node === undefined) return undefined;
  return new Map(
    node.events.flatMap((index) => {
      const event = model.events[index];
      if (event === undefined || event.provider !== node.provider || event.rate === undefined) return [];
      const { ratePerYear, basis } = event.rate;
      return [[event.id, { probability: event.probability, ratePerYear, basis }] as const];
    }),
  );
}

/** Outages of everything at once that a provider offers. */
function wholeProvider(name: string, catalog: Catalog, asOf: string): Map<string, Chance> | undefined {
  const provider = catalog.providers.find((one) => one.name === name);
  if (provider === undefined) return undefined;
  const rate = describeRecord(catalog, provider, undefined, name, provider.outages, asOf);
  if (typeof rate === 'string') return undefined;
  const { ratePerYear, basis } = rate;
  return new Map([[name, { probability: unavailability(rate), ratePerYear, basis }]]);
}
