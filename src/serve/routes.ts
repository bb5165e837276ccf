import type { Model } from '../model/index.ts';
import { pathTest, type Allowed, type Journey, type Method, type PathTest } from '../plan/index.ts';
import { TIERS, type Tier } from '../policies/index.ts';
import { MS_PER_HOUR } from '../units.ts';
import type { Targets, Way } from './targets.ts';

/** Requests of one journey that go one way. */
export interface Route {
  readonly journey: number;
  readonly fits: PathTest;
  /** Undefined: all of them. */
  readonly methods: ReadonlySet<string> | undefined;
  readonly host: string | undefined;
  /** Undefined where nothing leads there: then the plan cannot be served. */
  readonly way: Way | undefined;
  readonly mayUpgrade: boolean;
  /** The service does nothing twice for one Idempotency-Key. */
  readonly honoursKeys: boolean;
  readonly timeoutMs: number;
}

/** What a mode lets through, and how it answers. */
export type Rule =
  | { readonly kind: 'forward'; readonly allow: readonly AllowRule[] | undefined }
  | { readonly kind: 'snapshot'; readonly maxAgeMs: number; readonly allow: readonly AllowRule[] | undefined }
  | { readonly kind: 'static'; readonly file: string };

export interface AllowRule {
  readonly fits: PathTest | undefined;
  readonly methods: ReadonlySet<string> | undefined;
  readonly field: { readonly name: string; readonly is: string } | undefined;
  /** Where it goes in this mode; undefined: as the route says. */
  readonly way: Way | undefined;
  /** As the plan has it, for people. */
  readonly words: string;
}

export interface JourneyRules {
  readonly name: string;
  readonly tier: Tier;
  readonly modes: readonly { readonly name: string; readonly rule: Rule }[];
  /** The longest age that a snapshot may have in any mode; 0 where none has. @unit ms */
  readonly snapshotMs: number;
}

const TIMEOUT_MS = 30_000;

/** The routes of a plan in their order, those of one journey after those of another. */
export function routesOf(model: Model, targets: Targets): Route[] {
  return model.journeys.flatMap(({ name }, journey) =>
    (journeyOf(model, name)?.match ?? []).map(
      (route): Route => ({
        journey,
        fits: pathTest(route.path),
        methods: route.methods === undefined ? undefined : methodSet(route.methods),
        host: route.host,
        way: targets.to(route.to),
        mayUpgrade: route.websocket === 'allowed',
        honoursKeys: route.honours === 'idempotency-key',
        timeoutMs: route.timeout === undefined ? TIMEOUT_MS : route.timeout * MS_PER_HOUR,
      }),
    ),
  );
}

/** By journey, its modes as they are served. */
export function rulesOf(model: Model, targets: Targets | undefined): JourneyRules[] {
  return model.journeys.map(({ name, tier, modes }): JourneyRules => {
    const said = journeyOf(model, name);
    const rules = modes.map((mode) => {
      const value = said?.modes.find((one) => one.name === mode.name)?.value;
      return { name: mode.name, rule: ruleOf(value ?? {}, targets) };
    });
    const ages = rules.map(({ rule }) => (rule.kind === 'snapshot' ? rule.maxAgeMs : 0));
    return { name, tier: TIERS[tier], modes: rules, snapshotMs: Math.max(0, ...ages) };
  });
}

function journeyOf({ plan }: Model, name: string): Journey | undefined {
  return plan.journeys.find((journey) => journey.name === name)?.value;
}

function ruleOf(
  { allow, snapshot, static: file }: Partial<Journey['modes'][number]['value']>,
  targets: Targets | undefined,
): Rule {
  if (file !== undefined) return { kind: 'static', file };
  const rules = allow?.map((one) => allowRule(one, targets));
  if (snapshot === undefined) return { kind: 'forward', allow: rules };
  return { kind: 'snapshot', maxAgeMs: snapshot.maxAge * MS_PER_HOUR, allow: rules };
}

function allowRule({ path, methods, field, to }: Allowed, targets: Targets | undefined): AllowRule {
  return {
    fits: path === undefined ? undefined : pathTest(path),
    methods: methods === undefined ? undefined : methodSet(methods),
    field: field === undefined ? undefined : { name: field.name, is: field.is },
    way: to === undefined ? undefined : targets?.to(to),
    words: [
      methods?.join(', ') ?? 'all methods',
      path ?? 'all paths',
      ...(field === undefined ? [] : [`with ${field.name}: ${field.is}`]),
    ].join(' '),
  };
}

/** What may be read may be asked about: GET stands for HEAD too. */
function methodSet(methods: readonly Method[]): ReadonlySet<string> {
  return new Set<string>(methods.includes('GET') ? [...methods, 'HEAD'] : methods);
}

/** The first route that a request fits; undefined when none does. */
export function routeFor(
  routes: readonly Route[],
  method: string,
  path: string,
  host: string,
): Route | undefined {
  for (let i = 0; i < routes.length; i++) {
    const route = routes[i];
    if (
      route?.fits(path) === true &&
      (route.methods === undefined || route.methods.has(method)) &&
      (route.host === undefined || route.host === host)
    )
      return route;
  }
  return undefined;
}

/** Rules of a mode that a request fits; undefined where the mode lets everything through. */
export function rulesFor(
  allow: readonly AllowRule[] | undefined,
  method: string,
  path: string,
): readonly AllowRule[] | undefined {
  return allow?.filter(
    ({ fits, methods }) =>
      (fits === undefined || fits(path)) && (methods === undefined || methods.has(method)),
  );
}
