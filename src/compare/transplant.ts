import type { Model } from '../model/index.ts';
import { eachName, parseReference, requirementsOf, type Plan, type Requirement } from '../plan/index.ts';

/** A plan with one element of another, and what had to come with it. */
export interface Transplant {
  readonly plan: Plan;
  /** Services and providers that it needs and the plan lacked. */
  readonly brings: readonly string[];
}

type Services = NonNullable<Plan['services']>;

/** The first plan with a service or a journey as the other has it: everything else that both have stays the first's. */
export function transplant(
  first: Model,
  other: Plan,
  element: { readonly kind: 'journey' | 'service'; readonly name: string },
): Transplant {
  const { plan } = first;
  const theirs = new Map((other.services ?? []).map((service) => [service.name, service]));
  const needs = needsOf(other, element, theirs);
  const mine = new Set((plan.services ?? []).map(({ name }) => name));
  const taken = closure(needs, mine, theirs);
  const changed = element.kind === 'service' ? theirs.get(element.name) : undefined;
  const services = [
    ...(plan.services ?? []).map((service) => (service.name === changed?.name ? changed : service)),
    ...taken,
  ];
  const providers = lackedProviders(first, other, [
    ...needs,
    ...taken.flatMap(({ value }) => requirementsOf(value)),
  ]);
  return {
    plan: {
      ...plan,
      journeys: plan.journeys.map((journey) =>
        element.kind === 'journey' && journey.name === element.name
          ? withLossIn(plan, other, journey)
          : journey,
      ),
      services: services.map((service) => inCurrency(plan, other, service)),
      ...(providers.length === 0 ? {} : { providers: [...(plan.providers ?? []), ...providers] }),
    },
    brings: [...taken, ...providers].map(({ name }) => name),
  };
}

function needsOf(
  other: Plan,
  { kind, name }: { readonly kind: 'journey' | 'service'; readonly name: string },
  theirs: ReadonlyMap<string, Services[number]>,
): readonly Requirement[] {
  if (kind === 'service') {
    const service = theirs.get(name);
    return service === undefined ? [] : requirementsOf(service.value);
  }
  const journey = other.journeys.find((one) => one.name === name);
  return journey?.value.modes.map(({ value }) => value.needs) ?? [];
}

/** Services that the needs reach in the other plan and the first lacks; what the first has by that name stays as it is. */
function closure(
  needs: readonly Requirement[],
  mine: ReadonlySet<string>,
  theirs: ReadonlyMap<string, Services[number]>,
): Services[number][] {
  const taken = new Map<string, Services[number]>();
  const waiting = [...needs];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop())
    eachName(at, (name) => {
      const service = theirs.get(name);
      if (service === undefined || mine.has(name) || taken.has(name)) return;
      taken.set(name, service);
      waiting.push(...requirementsOf(service.value));
    });
  return [...taken.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Providers that the other plan declares for what is taken. One that the first plan stands on already, by its own words or the
 * catalogue's, stays as it is there: it would change more than what is taken.
 */
function lackedProviders(
  first: Model,
  other: Plan,
  needs: readonly Requirement[],
): NonNullable<Plan['providers']> {
  const named = new Set(needs.flatMap(providersIn));
  const known = new Set([
    ...(first.plan.providers ?? []).map(({ name }) => name),
    ...first.offers.map(({ provider }) => provider),
  ]);
  return (other.providers ?? []).filter(({ name }) => named.has(name) && !known.has(name));
}

function providersIn(requirement: Requirement): string[] {
  switch (requirement.kind) {
    case 'name':
      return [parseReference(requirement.name)?.provider ?? ''];
    case 'all':
      return requirement.parts.flatMap(providersIn);
    case 'from':
      return [];
    default:
      return requirement.of.flatMap(providersIn);
  }
}

/** A journey of the other plan; a loss in another currency stays behind, for there is no rate to change it at. */
function withLossIn(plan: Plan, other: Plan, journey: Plan['journeys'][number]): Plan['journeys'][number] {
  const theirs = other.journeys.find(({ name }) => name === journey.name) ?? journey;
  if (currencyOf(plan) === currencyOf(other)) return theirs;
  const { loss: _, ...value } = theirs.value;
  return { ...theirs, value };
}

/** What a service costs is in no figure that is compared: in another currency it stays behind. */
function inCurrency(plan: Plan, other: Plan, service: Services[number]): Services[number] {
  if (currencyOf(plan) === currencyOf(other) || plan.services?.includes(service) === true) return service;
  const { cost: _, any, ...value } = service.value;
  const free = any?.map(({ cost: __, ...alternative }) => alternative);
  return { ...service, value: free === undefined ? value : { ...value, any: free } };
}

export function currencyOf({ platform }: Plan): string {
  return platform.currency ?? 'USD';
}
