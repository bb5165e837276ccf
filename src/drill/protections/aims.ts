import { keyOf, reachedFrom, type Model, type Node } from '../../model/index.ts';
import type { Drilling, HeaderValue, Method } from '../../plan/index.ts';
import type { Aim } from './requests.ts';
import { NOTHING } from './sample.ts';

export interface AimsOptions {
  readonly model: Model;
  readonly environment: Drilling['environment'];
  /** Which journey takes a request, by what serves the plan; undefined where none does. */
  readonly journeyOf: (method: Method, path: string) => number | undefined;
  /** What `env:NAME` and `file:PATH` hold. */
  readonly secretAt: (where: string) => string;
}

/** What may be asked of the alternatives of a service. */
export interface Aims {
  readonly reads: readonly Aim[];
  /** Only what the plan says that users post to. */
  readonly writes: readonly Aim[];
  /** Whether a request may be sent, whichever journey takes it. */
  readonly allows: (method: 'GET' | 'POST', path: string) => boolean;
}

/** So many requests of the plan are enough. */
const MOST_AIMS = 20;

/**
 * Requests that the plan says users send (`try`) and that samples may be put into: reads, and posts. Nothing of a journey that has to do
 * with funds, unless what stands there is a sandbox; never anything but GET and POST.
 *
 * @param service whose alternatives are asked: only journeys that stand on it
 */
export function aimsOf({ model, environment, journeyOf, secretAt }: AimsOptions, service: number): Aims {
  const isSandbox = environment === 'sandbox';
  const isSpared = (journey: number | undefined): boolean =>
    !isSandbox && journey !== undefined && handlesFunds(model, journey);
  const takesAny = model.journeys.some((_, journey) => isSpared(journey) && hasOpenRoute(model, journey));
  const allows = (method: 'GET' | 'POST', path: string): boolean => {
    // As it is, and as a server may read it.
    const read = new URL(`http://localhost${path}`).pathname;
    const isNowhere = read === `/${NOTHING}` || read.startsWith(`/${NOTHING}/`);
    const journeys = [path, read, decoded(read)].map((one) => journeyOf(method, one));
    return !journeys.some(isSpared) && !(isNowhere && takesAny);
  };
  const all = model.journeys.flatMap(({ name, modes }, journey) => {
    const key = keyOf({ kind: 'service', service });
    if (isSpared(journey) || !modes.some(({ node }) => reachedFrom(model, node).has(key))) return [];
    const said = model.plan.journeys.find((one) => one.name === name)?.value;
    return (said?.try ?? []).flatMap(({ send, headers = [] }): Aim[] => {
      const path = send.path.replaceAll('{unique}', NOTHING);
      const { method } = send;
      if ((method !== 'GET' && method !== 'POST') || !allows(method, path)) return [];
      return [{ method, path, headers: textsOf(headers, secretAt) }];
    });
  });
  const reads = distinct(all.filter(({ method }) => method === 'GET'));
  const nowhere = `/${NOTHING}`;
  return {
    reads:
      reads.length > 0 || !allows('GET', nowhere) ? reads : [{ method: 'GET', path: nowhere, headers: {} }],
    writes: distinct(all.filter(({ method }) => method === 'POST')),
    allows,
  };
}

/** Whether requests of a journey may have any path, on some host at least. */
function hasOpenRoute(model: Model, journey: number): boolean {
  const said = model.plan.journeys.find(({ name }) => name === model.journeys[journey]?.name)?.value;
  return (said?.match ?? []).some(({ path }) => path.startsWith('/*'));
}

function decoded(path: string): string {
  return path.replace(/%[2-7][0-9a-f]/gi, (found) => decodeURIComponent(found));
}

/** Whether anything that a journey stands on, or that its requests go to, sees funds or can alter them. */
export function handlesFunds(model: Model, journey: number): boolean {
  const { name, modes } = model.journeys[journey] ?? { name: '', modes: [] };
  const said = model.plan.journeys.find((one) => one.name === name)?.value;
  const to = [...(said?.match ?? []), ...modesAllow(said)].flatMap((route): Node[] => {
    const service = model.services.findIndex((one) => one.name === route.to);
    return service < 0 ? [] : [{ kind: 'service', service }];
  });
  const starts = [...modes.map(({ node }) => node), ...to];
  return starts.some((start) => {
    const below = reachedFrom(model, start);
    const targets = [
      ...model.services.flatMap(({ target }, i) =>
        target !== undefined && below.has(`service ${i}`) ? [target] : [],
      ),
      ...model.references.flatMap((one, i) => (below.has(`reference ${i}`) ? one.targets : [])),
    ];
    return targets.some((target) => model.targets[target]?.handles.includes('funds') === true);
  });
}

function modesAllow(said: Model['plan']['journeys'][number]['value'] | undefined): { to?: string }[] {
  return (said?.modes ?? []).flatMap(({ value }) => value.allow ?? []);
}

/** Headers of a request as users send it, without what a sample or its twin says itself. */
function textsOf(
  headers: readonly { readonly name: string; readonly value: HeaderValue }[],
  secretAt: (where: string) => string,
): Record<string, string> {
  const own = new Set(['content-type', 'content-length', 'host', 'connection', 'idempotency-key']);
  return Object.fromEntries(
    headers
      .filter(({ name }) => !own.has(name))
      .map(({ name, value }) => [
        name,
        ('text' in value ? value.text : secretAt(value.secret)).replaceAll('{unique}', NOTHING),
      ]),
  );
}

function distinct(aims: readonly Aim[]): Aim[] {
  const found = new Map(aims.map((aim) => [`${aim.method} ${aim.path}`, aim]));
  return [...found.values()].slice(0, MOST_AIMS);
}
