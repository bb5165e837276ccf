import type { Catalog } from '../catalog/index.ts';
import type { Incident } from '../incidents/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import type { Plan } from '../plan/index.ts';
import { replay } from './index.ts';
import type { Replay } from './result.ts';

/** Which plan, and which of its journeys, an observation of a platform is held against. */
export interface HindcastPlatform {
  readonly platform: string;
  readonly plan: Plan;
  /** By what the library calls what people came for. */
  readonly journeys: Readonly<Record<string, readonly string[]>>;
}

/** What only people can tell of an observation. */
export interface HindcastNote {
  readonly incident: string;
  readonly platform: string;
  readonly journey: string;
  /** A source says that nothing happened. */
  readonly unharmed?: boolean;
  /** Why the plan says nothing of it: then it is unknown. */
  readonly notDescribed?: string;
  /** Why it was missed, in a sentence. */
  readonly why?: string;
}

export type Verdict = 'hit' | 'missed' | 'false alarm' | 'true negative' | 'unknown';

/** One observation held against the plan, with the edges left out whose only evidence is the incident itself. */
export interface HindcastCase {
  readonly incident: string;
  readonly platform: string;
  readonly journey: string;
  /** What was observed. */
  readonly effect: string;
  readonly plan: string;
  readonly verdict: Verdict;
  /** Minutes that some of the journeys were not in their first mode, as replayed. */
  readonly predictedMinutes: number;
  /** What was left out: services with their edges, and edges inside the catalogue. */
  readonly leftOut: readonly string[];
  readonly why: string | null;
}

export interface Hindcast {
  readonly cases: readonly HindcastCase[];
  /** Plans and incidents where harm is predicted and nothing was reported either way. */
  readonly unreported: readonly {
    readonly plan: string;
    readonly incident: string;
    readonly minutes: number;
  }[];
}

/** Holds every observation of the library against the plans of the platforms it is about. */
export function hindcast(
  platforms: readonly HindcastPlatform[],
  catalog: Catalog,
  incidents: readonly Incident[],
  notes: readonly HindcastNote[],
): Hindcast {
  const cases: HindcastCase[] = [];
  const unreported: { plan: string; incident: string; minutes: number }[] = [];
  for (const incident of incidents) {
    const observed = incident.observed ?? [];
    for (const plan of new Set(platforms.map((one) => one.plan))) {
      const own = platforms.filter((one) => one.plan === plan);
      const seen = observed.filter((one) => own.some(({ platform }) => platform === one.platform));
      const { model, leftOut } = asKnownWithout(plan, catalog, incident);
      if (model === undefined) continue;
      const replayed = replay(model, incident, { details: false });
      for (const { platform, journey, effect } of merged(seen)) {
        const about = { incident: incident.id, platform, journey };
        const note = notes.find((one) => isAbout(one, about));
        const names = own.find((one) => one.platform === platform)?.journeys[journey];
        const minutes = minutesHarmed(replayed, names ?? []);
        const isConnected =
          connects(model, incident) && note?.notDescribed === undefined && names !== undefined;
        cases.push({
          ...about,
          effect,
          plan: plan.platform.name,
          verdict: verdictOf(isConnected, minutes > 0, note?.unharmed === true),
          predictedMinutes: minutes,
          leftOut,
          why: note?.why ?? note?.notDescribed ?? null,
        });
      }
      const minutes = minutesHarmed(replayed, undefined);
      if (seen.length === 0 && minutes > 0)
        unreported.push({ plan: plan.platform.name, incident: incident.id, minutes });
    }
  }
  return { cases, unreported };
}

function isAbout(
  a: Pick<HindcastNote, 'incident' | 'platform' | 'journey'>,
  b: Pick<HindcastNote, 'incident' | 'platform' | 'journey'>,
): boolean {
  return a.incident === b.incident && a.platform === b.platform && a.journey === b.journey;
}

/** Several observations of one journey as one. */
function merged(
  seen: readonly { readonly platform: string; readonly journey: string; readonly effect: string }[],
): { platform: string; journey: string; effect: string }[] {
  const found = new Map<string, { platform: string; journey: string; effect: string }>();
  for (const { platform, journey, effect } of seen) {
    const known = found.get(`${platform}/${journey}`);
    found.set(`${platform}/${journey}`, {
      platform,
      journey,
      effect: known === undefined ? effect : `${known.effect}; ${effect}`,
    });
  }
  return [...found.values()];
}

function verdictOf(isConnected: boolean, isPredicted: boolean, isUnharmed: boolean): Verdict {
  if (!isConnected) return 'unknown';
  if (isUnharmed) return isPredicted ? 'false alarm' : 'true negative';
  return isPredicted ? 'hit' : 'missed';
}

/** Minutes outside the first mode of the worst of some journeys; of all where none are named. */
function minutesHarmed({ journeys }: Replay, names: readonly string[] | undefined): number {
  return Math.max(
    0,
    ...journeys
      .filter(({ name }) => names === undefined || names.includes(name))
      .map(({ minutesDown, minutesDegraded }) => minutesDown + minutesDegraded),
  );
}

/** Whether anything the plan stands on belongs to a provider that the incident hit. */
function connects(model: Model, { effects }: Incident): boolean {
  const hit = new Set(effects.map(({ capability }) => capability.split('/')[0]));
  return model.offers.some(({ provider }) => hit.has(provider));
}

/**
 * A plan as it would be known without an incident: edges whose only evidence is that incident are left out, in the plan and in
 * the catalogue; edges that are dated hold or not as of its day.
 */
export function asKnownWithout(
  plan: Plan,
  catalog: Catalog,
  incident: Incident,
): { readonly model: Model | undefined; readonly leftOut: readonly string[] } {
  const day = dayOf(incident);
  const leftOut: string[] = [];
  const services = (plan.services ?? []).map((service) => {
    const { evidence = [], offset } = service.value;
    const standing = evidence.filter(
      ({ incident: only, from, until }) =>
        only !== incident.id &&
        (from === undefined || from === null || day >= from) &&
        (until === undefined || until === null || day < until),
    );
    if (evidence.length === 0 || standing.length > 0) return service;
    leftOut.push(service.name);
    return { ...service, value: { outages: { kind: 'none' as const }, offset } };
  });
  const dropped = new Map<string, string[]>();
  const providers = catalog.providers.map((provider) => ({
    ...provider,
    capabilities: provider.capabilities.map((capability) => {
      const needs = capability.needs.filter(({ evidence }) => evidence?.incident !== incident.id);
      if (needs.length === capability.needs.length) return capability;
      const gone = capability.needs.filter((need) => !needs.includes(need)).map(({ use }) => use);
      dropped.set(`${provider.name}/${capability.name}`, gone);
      return { ...capability, needs };
    }),
  }));
  const changed = { ...plan, platform: { ...plan.platform, asOf: day }, services };
  const { model } = buildModel(changed, { ...catalog, providers });
  for (const { provider, capability } of model?.offers ?? [])
    for (const use of dropped.get(`${provider}/${capability}`) ?? [])
      leftOut.push(`${provider}/${capability} on ${use}`);
  return { model, leftOut: [...new Set(leftOut)] };
}

/** The day on which an incident began, as far as known. */
function dayOf({ id, window, counts }: Incident): string {
  const start = window.find(({ name, value }) => name === 'start' && value !== null)?.value;
  const time = start ?? counts?.from ?? window.find(({ value }) => value !== null)?.value;
  return time?.slice(0, 10) ?? /\d{4}-\d{2}-\d{2}$/.exec(id)?.[0] ?? '9999-12-31';
}
