import type { Model } from '../model/index.ts';
import type { Allowed, Journey, Method } from '../plan/index.ts';
import { MS_PER_HOUR } from '../units.ts';
import { pathTest, type PathTest } from './paths.ts';
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
  /** As the plan has it, for people. */
  readonly words: string;
}

export interface JourneyRules {
  readonly name: string;
  /** 0 core, 1 important, 2 deferrable. */
  readonly tier: number;
  readonly modes: readonly { readonly name: string; readonly rule: Rule }[];
  /** The longest age that a snapshot may have in any mode; 0 where none has. @unit ms */
  readonly snapshotMs: number;
}

const TIERS = ['core', 'important', 'deferrable'];
const TIMEOUT_MS = 30_000;

/** The routes of a plan in their order, those of one journey after those of another. */
export function routesOf(model: Model, targets: Targets): Route[] {
  return model.journeys.flatMap(({ name }, journey) =>
    (journeyOf(model, name)?.match ?? []).map(
      (route): Route => ({
        journey,
        fits: pathTest(route.path),
        methods: route.methods === undefined ? undefined : new Set(route.methods),
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
export function rulesOf(model: Model): JourneyRules[] {
  return model.journeys.map(({ name, tier, modes }): JourneyRules => {
    const said = journeyOf(model, name);
    const rules = modes.map((mode) => {
      const value = said?.modes.find((one) => one.name === mode.name)?.value;
      return { name: mode.name, rule: ruleOf(value ?? {}) };
    });
    const ages = rules.map(({ rule }) => (rule.kind === 'snapshot' ? rule.maxAgeMs : 0));
    return { name, tier: TIERS.indexOf(tier), modes: rules, snapshotMs: Math.max(0, ...ages) };
  });
}

function journeyOf({ plan }: Model, name: string): Journey | undefined {
  return plan.journeys.find((journey) => journey.name === name)?.value;
}

function ruleOf({
  allow,
  snapshot,
  static: file,
}: Partial<Pick<Journey['modes'][number]['value'], 'allow' | 'snapshot' | 'static'>>): Rule {
  if (file !== undefined) return { kind: 'static', file };
  const rules = allow?.map(allowRule);
  if (snapshot === undefined) return { kind: 'forward', allow: rules };
  return { kind: 'snapshot', maxAgeMs: snapshot.maxAge * MS_PER_HOUR, allow: rules };
}

function allowRule({ path, methods, field }: Allowed): AllowRule {
  return {
    fits: path === undefined ? undefined : pathTest(path),
    methods: methods === undefined ? undefined : new Set<Method>(methods),
    field: field === undefined ? undefined : { name: field.name, is: field.is },
    words: [
      methods?.join(', ') ?? 'all methods',
      path ?? 'all paths',
      ...(field === undefined ? [] : [`with ${field.name}: ${field.is}`]),
    ].join(' '),
  };
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

/** Whether a mode lets a request through: yes, no, or only when its body says so. */
export function allowedBy(
  allow: readonly AllowRule[] | undefined,
  method: string,
  path: string,
): 'yes' | 'no' | readonly AllowRule[] {
  if (allow === undefined) return 'yes';
  const fitting = allow.filter(
    ({ fits, methods }) =>
      (fits === undefined || fits(path)) && (methods === undefined || methods.has(method)),
  );
  if (fitting.some(({ field }) => field === undefined)) return 'yes';
  return fitting.length === 0 ? 'no' : fitting;
}
