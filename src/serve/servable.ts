import { dirname, resolve } from 'node:path';
import type { Place } from '../document/index.ts';
import { KeelsonError } from '../errors.ts';
import { methodRule } from '../chain/index.ts';
import { labelOf, type Model } from '../model/index.ts';
import { chainMembersOf, placeIn } from '../plan/index.ts';
import { MOST_MEMBERS } from '../policies/index.ts';
import { problem, type Problem } from '../problems.ts';
import type { NodePlace } from './chain/node-link.ts';
import { nodeSecretsOf, placesOf, servedPoolsOf, type ServedPool } from './chain/served-pools.ts';
import { edgesOf, type Edge } from './edges.ts';
import { Fronts } from './fronts.ts';
import { routesOf, rulesOf, type JourneyRules, type Route } from './routes.ts';
import { readStaticPage, type StaticPage } from './static-pages.ts';
import type { Role } from './seeing/status.ts';
import type { SteeredService } from './steering.ts';
import { servicesOf, Targets, type Target, type Way } from './targets.ts';
import { NO_VIA, type Via } from './via.ts';
import { wheelsOf } from './wheels.ts';
import { liveSignals } from '../control/index.ts';

/** A plan as it is served: everything looked up, read and put together, before anything is opened. */
export interface Served {
  readonly routes: readonly Route[];
  readonly journeys: readonly JourneyRules[];
  readonly targets: readonly Target[];
  /** Undefined for the steerer, which no request comes to. */
  readonly fronts: Fronts | undefined;
  readonly edges: readonly Edge[];
  readonly wheels: readonly SteeredService[];
  readonly pages: ReadonlyMap<string, StaticPage>;
  /** Pools of nodes of a chain, and where these are, by the number of their target. */
  readonly pools: readonly ServedPool[];
  readonly places: ReadonlyMap<number, NodePlace>;
  /** Which addresses of the plan are reached elsewhere in this run. */
  readonly via: Via;
}

export interface Unserved {
  readonly problems: readonly Problem[];
  readonly errors: readonly KeelsonError[];
}

/** What a plan gives to be served, or everything that is missing for it. */
export function servedBy(
  model: Model,
  role: Role,
  {
    planFile,
    secretAt,
    via = NO_VIA,
  }: { readonly planFile: string; readonly secretAt: (where: string) => string; readonly via?: Via },
): Served | Unserved {
  const signals = liveSignals(model);
  const errors: KeelsonError[] = [];
  const attempt = <T>(make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof KeelsonError)) throw error;
      errors.push(error);
      return undefined;
    }
  };
  const targets = new Targets(model, signals, via);
  const isGateway = role === 'gateway';
  const routes = isGateway ? routesOf(model, targets) : [];
  const origins = isGateway ? [] : originsOf(model);
  for (const origin of origins) targets.to(origin);
  const journeys = rulesOf(model, isGateway ? targets : undefined);
  if (isGateway) targets.watch();
  const pools = isGateway ? servedPoolsOf(model, targets) : [];
  const edges = isGateway ? [] : edgesOf(model, signals, via);
  // All that are missing are said, not the first.
  const areThere = secretsIn(model, isGateway).map((where) => attempt(() => secretAt(where)) !== undefined);
  const isComplete = areThere.every(Boolean);
  const fronts = isGateway && isComplete ? attempt(() => new Fronts(model, secretAt)) : undefined;
  const places = isComplete ? attempt(() => placesOf(pools, secretAt, via)) : undefined;
  const wheels =
    (isComplete
      ? attempt(() => wheelsOf(model, !isGateway, { secretAt, folder: dirname(resolve(planFile)) }))
      : undefined) ?? [];
  const pages = new Map<string, StaticPage>();
  if (isGateway)
    for (const file of new Set(staticFiles(journeys))) {
      const page = attempt(() => readStaticPage(planFile, file));
      if (page !== undefined) pages.set(file, page);
    }
  const problems = [
    ...targets.problems.map(({ code, service, found }) =>
      code === 'route-ambiguous'
        ? problem('route-ambiguous', placeOf(model, service), { service, found })
        : problem('route-without-url', placeOf(model, service), { service }),
    ),
    ...waysOf(routes, journeys).flatMap((way) => tooMany(model, way)),
    ...pools.flatMap((pool) => problemsOf(model, pool)),
    // What could not be made is said by itself.
    ...(errors.length > 0 ? [] : nothing(model, role, routes, edges, wheels)),
  ];
  if (problems.length > 0 || errors.length > 0) return { problems: once(problems), errors };
  return {
    routes,
    journeys,
    targets: targets.all,
    fronts,
    edges,
    wheels,
    pages,
    pools,
    places: places ?? new Map(),
    via,
  };
}

function nothing(
  model: Model,
  role: Role,
  routes: readonly Route[],
  edges: readonly Edge[],
  wheels: readonly SteeredService[],
): Problem[] {
  const place = { ...placeIn(model.plan, 0), file: model.plan.source.file };
  if (role === 'gateway') return routes.length === 0 ? [problem('nothing-to-serve', place, {})] : [];
  return edges.length === 0 || wheels.length === 0 ? [problem('nothing-to-steer', place, {})] : [];
}

/** Members that are nowhere could not vote, and the plan's figures count on them; and what is allowed although nobody may ask it. */
function problemsOf(model: Model, { service, name, plan: { allow } }: ServedPool): Problem[] {
  const place = placeOf(model, name);
  const services = servicesOf(model.plan);
  const { redundancy } = model.services[service] ?? {};
  const nodes =
    redundancy?.kind === 'atLeast' ? redundancy.of : (redundancy?.options.map(({ node }) => node) ?? []);
  const members = chainMembersOf(services.get(name) ?? { offset: 0 }, (one) => services.get(one));
  return [
    ...members.flatMap(({ addresses }, i) => {
      const node = nodes[i];
      if (node === undefined || addresses.length > 0) return [];
      return [problem('route-without-url', place, { service: labelOf(model, node, i) })];
    }),
    ...allow
      .filter((method) => methodRule(method)?.kind === 'refused')
      .map((method) => problem('method-never-offered', place, { method })),
  ];
}

/** Where a plan says that the secrets of a role are found, each once. */
function secretsIn(model: Model, isGateway: boolean): string[] {
  const found = (model.plan.services ?? []).flatMap(({ value: { front, any = [], steer } }) => [
    ...(isGateway ? any.flatMap(({ arrives }) => arrives?.value ?? []) : []),
    ...((front === true) === isGateway ? [] : [steer?.dns?.key.secret, steer?.http?.token]),
  ]);
  return [...new Set([...found.flatMap((where) => where ?? []), ...(isGateway ? nodeSecretsOf(model) : [])])];
}

function staticFiles(journeys: readonly JourneyRules[]): string[] {
  return journeys.flatMap(({ modes }) =>
    modes.flatMap(({ rule }) => (rule.kind === 'static' ? [rule.file] : [])),
  );
}

/** Services that fronts name as their origins. */
export function originsOf(model: Model): string[] {
  return (model.plan.services ?? []).flatMap(({ value }) =>
    value.front === true && value.steer?.origin !== undefined ? [value.steer.origin] : [],
  );
}

/** Wherever requests may go: by a route, or by what a mode says instead. */
function waysOf(routes: readonly Route[], journeys: readonly JourneyRules[]): Way[] {
  const rules = journeys.flatMap(({ modes }) => modes.map(({ rule }) => rule));
  const allowed = rules.flatMap((rule) => (rule.kind === 'static' ? [] : (rule.allow ?? [])));
  return [...routes, ...allowed].flatMap(({ way }) => way ?? []);
}

function tooMany(model: Model, way: Way): Problem[] {
  if (way.kind === 'target') return [];
  const below = way.ways.flatMap((one) => (one === undefined ? [] : tooMany(model, one)));
  if (way.kind !== 'active' || way.ways.length <= MOST_MEMBERS) return below;
  const place = { ...placeIn(model.plan, 0), file: model.plan.source.file };
  return [...below, problem('too-many-members', place, { found: way.ways.length, most: MOST_MEMBERS })];
}

function placeOf(model: Model, service: string): Place & { readonly file: string } {
  const offset = model.services.find(({ name }) => name === service)?.offset ?? 0;
  return { ...placeIn(model.plan, offset), file: model.plan.source.file };
}

function once(problems: readonly Problem[]): Problem[] {
  return problems.filter(
    (one, i) => problems.findIndex(({ message, line }) => message === one.message && line === one.line) === i,
  );
}
