import { namesIn, type Draft, type DraftProvider, type DraftService } from '../draft.ts';
import { findCircles } from './circles.ts';
import { journeysOf } from './parts.ts';
import { allOf, without } from './requirements.ts';

/**
 * One draft of many. Services of the same name are one: it needs what each says that it needs, on the evidence of all. The name and the
 * kind are those of the first draft, the day is the latest. Entries stay entries; journeys are made again.
 * @throws {RangeError} where there is no draft
 */
export function joinDrafts(drafts: readonly Draft[]): Draft {
  const [first] = drafts;
  if (first === undefined) throw new RangeError('Expected at least one draft, found none.');
  if (drafts.length === 1) return first;
  const joined = withoutCircles(joinServices(drafts.flatMap((draft) => draft.services)));
  const alike = resourcesByName(joined);
  const services = joined.map((service) => withLikeness(service, alike.get(service.name) ?? []));
  const entries = new Set(
    drafts.flatMap(({ journeys }) =>
      journeys.flatMap(({ name, modes }) => {
        const needs = modes[0]?.needs;
        return needs === name ? [needs] : [];
      }),
    ),
  );
  return {
    name: first.name,
    kind: drafts.find(({ kind }) => kind !== 'other')?.kind ?? first.kind,
    asOf: drafts.map(({ asOf }) => asOf).reduce((a, b) => (a > b ? a : b)),
    comments: [...new Set(drafts.flatMap(({ comments }) => comments))],
    journeys: journeysOf(services, entries),
    services,
    providers: joinProviders(drafts.flatMap(({ providers }) => providers)),
  };
}

function joinServices(all: readonly DraftService[]): DraftService[] {
  const byName = new Map<string, DraftService[]>();
  for (const service of all) {
    const same = byName.get(service.name);
    if (same === undefined) byName.set(service.name, [service]);
    else same.push(service);
  }
  return [...byName.values()]
    .map((same): DraftService => {
      const [first] = same;
      if (first === undefined || same.length === 1) return first as DraftService; // never empty: made of at least one
      const url = same.find((one) => one.url !== undefined)?.url;
      return {
        ...first,
        comments: [...new Set(same.flatMap(({ comments }) => comments))].slice(0, 20),
        needs: allOf(same.map(({ needs }) => needs ?? undefined)) ?? null,
        evidence: distinct(same.flatMap(({ evidence }) => evidence)).slice(0, 50),
        ...(url === undefined ? {} : { url }),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Resources of Terraform by the name that they have there: `aws_ecs_service.orders` by `orders`. */
function resourcesByName(services: readonly DraftService[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name } of services) {
    const own = /(?:^|\.)(?:aws|google|cloudflare)_[a-z0-9_]+\.([a-z0-9_-]+)$/.exec(name)?.[1];
    if (own === undefined) continue;
    const same = found.get(own);
    if (same === undefined) found.set(own, [name]);
    else same.push(name);
  }
  return found;
}

/** Whether a service is a resource of the same name only a person can say. */
function withLikeness(service: DraftService, resources: readonly string[]): DraftService {
  if (resources.length === 0) return service;
  const line = `Does it run on ${resources.slice(0, 5).join(' or ')}? Then write so in its needs.`;
  return { ...service, comments: [...new Set([...service.comments, line])] };
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

/** What each draft says may be a circle only once they are put together. */
function withoutCircles(services: readonly DraftService[]): DraftService[] {
  const names = new Set(services.map(({ name }) => name));
  const edges = new Map(
    services.map(({ name, needs }) => [
      name,
      needs === null ? [] : [...new Set(namesIn(needs))].filter((one) => names.has(one)),
    ]),
  );
  const left = findCircles(edges, () => 0);
  if (left.length === 0) return [...services];
  return services.map((service) => {
    const off = new Set(left.filter(({ from }) => from === service.name).map(({ to }) => to));
    if (off.size === 0 || service.needs === null) return service;
    const remarks = [...off].map(
      (to) => `It needs ${to} too, which needs it: a plan has no circles, so this edge is left out.`,
    );
    return {
      ...service,
      needs: without(service.needs, (name) => !off.has(name)) ?? null,
      comments: [...service.comments, ...remarks],
    };
  });
}

function joinProviders(all: readonly DraftProvider[]): DraftProvider[] {
  const byName = new Map<string, DraftProvider>();
  for (const provider of all) {
    const known = byName.get(provider.name);
    const capabilities = new Map(
      [...(known?.capabilities ?? []), ...provider.capabilities].map((one) => [one.name, one] as const),
    );
    byName.set(provider.name, {
      ...(known ?? provider),
      capabilities: [...capabilities.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    });
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
