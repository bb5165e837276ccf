/**
 * Whether a plan may follow another, found without anything of src/: js-yaml reads it, ajv holds it against the published JSON Schema, and
 * what is here does the rest for one small family of plans, by a truth table over all states. It knows the keys that this family
 * uses (`KEYS`), and says so where it meets another one. The family names nothing of the catalogue, so that it makes no difference.
 *
 *   q = λτ ÷ (1 + λτ) of each event; P(down) = Σ over all states in which no mode works of Π q or 1 − q; 8,766 P hours a year
 *
 * No plan of the family has times of failover, so that no switch makes a gap.
 */
import { createHash } from 'node:crypto';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { CORE_SCHEMA, load } from 'js-yaml';

export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
export type Tree = { readonly [key: string]: Value };

export interface Truth {
  /** `either`: what a plan names cannot be told from here, or is too near to a bound. */
  readonly kind: 'good' | 'bad' | 'either';
  /** What finds it: `trial` where nothing but requests can. */
  readonly by: 'bytes' | 'schema' | 'rules' | 'harm' | 'trial' | 'nothing';
  readonly why: string;
}

/** A request that comes again and again. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** @unit bytes */
  readonly body: number;
}

export interface Ground {
  /** Of parts that answer well. */
  readonly urls: ReadonlySet<string>;
  readonly asked: readonly Asked[];
  /** At least so many come in a second. */
  readonly perSecond: number;
}

const MOST_BYTES = 4_000_000;
const MOST_VALUES = 1_000_000;
const MOST_DEPTH = 64;
const HOURS_A_YEAR = 8766;
/** All states of more are not gone through. */
const MOST_EVENTS = 16;
const GOOD: Truth = { kind: 'good', by: 'nothing', why: '' };

/** As the digest of a plan is written. */
export function digestIn(bytes: Uint8Array): string {
  const hash = createHash('sha256').update(new TextDecoder().decode(bytes));
  return `sha256:${hash.digest('hex')}`;
}

export class PlanTruth {
  private readonly fits: ValidateFunction;

  /** @param schema docs/plan.schema.json */
  constructor(schema: object) {
    this.fits = new Ajv2020({
      strict: true,
      strictTypes: false,
      strictRequired: false,
      allErrors: true,
      validateFormats: true,
      formats: { date: /^\d{4}-\d\d-\d\d$/ },
    }).compile(schema);
  }

  /** @param before the plan in force */
  judge(bytes: Uint8Array, before: Tree, ground: Ground): Truth {
    const read = this.read(bytes);
    if (!('plan' in read)) return read;
    const { plan } = read;
    const stranger = strangerIn(plan);
    if (stranger !== undefined) return { kind: 'either', by: 'nothing', why: `It says ${stranger}.` };
    const wrong = wrongIn(plan);
    if (wrong !== undefined) return bad('rules', wrong);
    const harm = harmIn(before, plan);
    if (harm !== undefined) return harm;
    const moved = movedWriter(before, plan);
    if (moved !== undefined) return bad('harm', moved);
    return served(before, plan, ground);
  }

  /** The plan in bytes, or why they hold none. */
  read(bytes: Uint8Array): { readonly plan: Tree } | Truth {
    if (bytes.length > MOST_BYTES) return bad('bytes', `${bytes.length} bytes`);
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return bad('bytes', 'no UTF-8');
    }
    // Outside of quotes and comments nothing of the family is written with an exclamation mark.
    if (/(^|[\s[{,:])!/m.test(text.replace(/"(?:[^"\\\n]|\\.)*"|(^|\s)#.*$/gm, '')))
      return bad('bytes', 'a tag');
    let value: unknown;
    try {
      value = load(text, { schema: CORE_SCHEMA, maxDepth: MOST_DEPTH + 2, maxAliases: -1 });
    } catch (error) {
      return bad('bytes', error instanceof Error ? error.message.slice(0, 80) : 'not to be read');
    }
    const size = sizeOf(value as Value);
    if (size.values > MOST_VALUES || size.depth > MOST_DEPTH)
      return bad('bytes', `${size.values} values, ${size.depth} deep`);
    const plan = this.schemaOf(value);
    return plan === undefined ? bad('schema', errorIn(this.fits.errors)) : { plan };
  }

  /** What is asked for as text may be written without quotes, whatever it looks like then. */
  private schemaOf(value: unknown): Tree | undefined {
    if (this.fits(value)) return value as Tree; // as the schema says
    const loose = (this.fits.errors ?? []).filter(
      ({ keyword, params, instancePath }) =>
        keyword === 'type' && params.type === 'string' && /\/(name|note)$/.test(instancePath),
    );
    if (loose.length === 0) return undefined;
    const copy = structuredClone(value);
    for (const { instancePath } of loose) {
      const keys = instancePath.slice(1).split('/');
      const last = keys.pop() ?? '';
      const holder = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], copy);
      const found = (holder as Record<string, unknown>)[last];
      if (typeof found !== 'number' && typeof found !== 'boolean') return undefined;
      (holder as Record<string, unknown>)[last] = String(found);
    }
    return this.fits(copy) ? (copy as Tree) : undefined;
  }
}

function bad(by: Truth['by'], why: string): Truth {
  return { kind: 'bad', by, why };
}

function errorIn(errors: ErrorObject[] | null | undefined): string {
  const [first] = errors ?? [];
  return `${first?.instancePath ?? ''} ${first?.message ?? ''}`;
}

/** An alias counts as often as it is named. */
function sizeOf(
  value: Value,
  known = new Map<Value, { values: number; depth: number }>(),
  below = 0,
): { values: number; depth: number } {
  if (typeof value !== 'object' || value === null) return { values: 1, depth: 0 };
  const before = known.get(value);
  if (before !== undefined) return before;
  const size = { values: 1, depth: 1 };
  if (below <= MOST_DEPTH + 2)
    for (const part of Object.values(value)) {
      const { values, depth } = sizeOf(part, known, below + 1);
      // A key is a value too.
      size.values += values + (Array.isArray(value) ? 0 : 1);
      size.depth = Math.max(size.depth, depth + 1);
    }
  known.set(value, size);
  return size;
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  plan: ['keelson', 'platform', 'catalog', 'journeys', 'services', 'limits'],
  platform: ['name', 'asOf', 'note', 'kind'],
  journey: ['tier', 'match', 'modes', 'protections'],
  route: ['path', 'to', 'timeout', 'methods', 'websocket', 'honours'],
  mode: ['worth', 'needs', 'allow'],
  service: [
    'outages',
    'any',
    'atLeast',
    'of',
    'needs',
    'failover',
    'state',
    'protects',
    'url',
    'probe',
    'note',
  ],
  outages: ['rate', 'mean'],
  failover: ['success'],
  probe: ['path', 'every', 'timeout', 'window', 'status'],
  alternative: ['use', 'ready'],
  limits: ['body', 'clients', 'concurrent', 'connections'],
};

/** A key that is right in a plan and that nothing is known of here. */
function strangerIn(plan: Tree): string | undefined {
  const strange = (kind: string, value: Value | undefined): string | undefined =>
    isTree(value) ? Object.keys(value).find((key) => KEYS[kind]?.includes(key) !== true) : undefined;
  const found = [
    strange('plan', plan),
    strange('platform', plan.platform),
    strange('limits', plan.limits),
    ...Object.values(treeOf(plan.journeys)).flatMap((journey) => [
      strange('journey', journey),
      ...listOf(treeOf(journey).match).map((route) => strange('route', route)),
      ...Object.values(treeOf(treeOf(journey).modes)).map((mode) => strange('mode', mode)),
    ]),
    ...Object.values(treeOf(plan.services)).flatMap((service) => [
      strange('service', service),
      strange('outages', treeOf(service).outages),
      strange('failover', treeOf(service).failover),
      strange('probe', treeOf(service).probe),
      ...listOf(treeOf(service).any).map((one) => strange('alternative', one)),
    ]),
  ];
  return found.find((one) => one !== undefined);
}

export function isTree(value: Value | undefined): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function treeOf(value: Value | undefined): Tree {
  return isTree(value) ? value : {};
}

function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

/** What the schema does not say: amounts within their ranges, names that are there, and what goes with what. */
function wrongIn(plan: Tree): string | undefined {
  const wrong: string[] = [];
  const within = (
    value: Value | undefined,
    of: (text: string) => number,
    least: number,
    most: number,
    isAbove = false,
  ): void => {
    if (value === undefined) return;
    const amount = typeof value === 'string' ? of(value) : Number.NaN;
    if (!(isAbove ? amount > least : amount >= least) || !(amount <= most))
      wrong.push(`${value} is no such amount`);
  };
  const path = (value: Value | undefined): void => {
    if (value !== undefined && !isPath(String(value))) wrong.push(`${value} is no path`);
  };
  const services = treeOf(plan.services);
  const known = (name: string): void => {
    if (!Object.hasOwn(services, name)) wrong.push(`there is no ${name}`);
  };
  const { asOf } = treeOf(plan.platform);
  const day = new Date(`${asOf}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== asOf) wrong.push(`${asOf} is no day`);
  let routes = 0;
  for (const journey of Object.values(treeOf(plan.journeys)).map(treeOf)) {
    const modes = Object.values(treeOf(journey.modes)).map(treeOf);
    for (const route of listOf(journey.match).map(treeOf)) {
      routes++;
      path(route.path);
      within(route.timeout, hoursIn, 0, 24, true);
      known(String(route.to));
      if (urlsOf(String(route.to), services).length === 0) wrong.push(`${route.to} is nowhere`);
    }
    let worth = 1;
    for (const [i, mode] of modes.entries()) {
      within(mode.worth, shareIn, 0, 1);
      const own = mode.worth === undefined ? 1 : shareIn(String(mode.worth));
      if (i > 0 && mode.worth === undefined) wrong.push('a mode without a worth');
      if (i === 0 ? own !== 1 : own > worth) wrong.push('a worth that rises');
      worth = own;
      for (const name of namesIn(mode.needs)) known(name);
    }
  }
  if (routes === 0) wrong.push('no route');
  for (const [name, service] of Object.entries(services).map(([key, one]) => [key, treeOf(one)] as const)) {
    const { outages, any, of, failover, state, atLeast, url, probe } = service;
    if (isTree(outages)) {
      within(outages.rate, yearlyIn, 0, 1e6);
      within(outages.mean, hoursIn, 0, 87_660, true);
    }
    const uses = usesOf(service);
    if (any !== undefined && of !== undefined) wrong.push(`${name} has two redundancies`);
    if ((atLeast === undefined) !== (of === undefined)) wrong.push(`${name} has half of atLeast and of`);
    if (Number(atLeast) > listOf(of).length) wrong.push(`${name} has fewer than it asks for`);
    if (failover !== undefined && uses.length < 2) wrong.push(`${name} has nothing to fail over to`);
    if (state !== undefined && uses.length < 2) wrong.push(`${name} has state and one place`);
    within(treeOf(state).lag, hoursIn, 0, 87_660);
    within(treeOf(failover).success, shareIn, 0, 1);
    for (const one of listOf(any)) within(treeOf(one).ready, shareIn, 0, 1);
    for (const one of [...uses, ...listOf(of), service.needs ?? []])
      for (const used of namesIn(one)) known(used);
    if (url !== undefined && !isUrl(String(url))) wrong.push(`${url} is no address`);
    if (isTree(probe)) {
      path(probe.path);
      within(probe.every, hoursIn, 0, 24, true);
      within(probe.timeout, hoursIn, 0, 24, true);
      if (url === undefined && urlsOf(name, services).length === 0) wrong.push(`${name} is probed nowhere`);
    }
  }
  for (const name of Object.keys(services))
    if (below(name, services, true).has(name)) wrong.push(`${name} needs itself`);
  return wrong[0];
}

/** Services that a requirement stands on. @param isBelow without itself, unless it stands on itself */
function below(needs: Value | undefined, services: Tree, isBelow = false): Set<string> {
  const found = new Set<string>();
  const waiting = isBelow ? partsOf(treeOf(services[String(needs)])) : namesIn(needs);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...partsOf(treeOf(services[name])));
  }
  return found;
}

function partsOf(service: Tree): string[] {
  return [...usesOf(service), ...listOf(service.of), service.needs].flatMap(namesIn);
}

function namesIn(needs: Value | undefined): string[] {
  if (typeof needs === 'string' || typeof needs === 'number') return [String(needs)];
  if (Array.isArray(needs)) return needs.flatMap(namesIn);
  return isTree(needs)
    ? Object.entries(needs).flatMap(([key, value]) => (key === 'atLeast' ? [] : namesIn(value)))
    : [];
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ ms: 1 / 3_600_000, s: 1 / 3600, m: 1 / 60, min: 1 / 60, h: 1, d: 24, w: 168 },
  ...{ mo: HOURS_A_YEAR / 12, y: HOURS_A_YEAR, yr: HOURS_A_YEAR },
};

function hoursIn(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?|\.\d+)(ms|min|mo|yr|[smhdwy])\s*/g)];
  if (parts.map(([all]) => all).join('') !== text.trim() || parts.length === 0 || text.length > 64)
    return Number.NaN;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN), 0);
}

function yearlyIn(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?|\.\d+)\s*\/\s*([a-z]+)$/.exec(text.trim()) ?? [];
  const short = { hour: 'h', day: 'd', week: 'w', month: 'mo', year: 'y' }[unit] ?? unit;
  const isUnit = ['h', 'd', 'w', 'mo', 'y', 'yr'].includes(short);
  return amount !== undefined && isUnit && text.length <= 64
    ? (Number(amount) * HOURS_A_YEAR) / (UNITS[short] ?? Number.NaN)
    : Number.NaN;
}

function shareIn(text: string): number {
  const [, amount] = /^(\d+(?:\.\d+)?|\.\d+)\s*%$/.exec(text.trim()) ?? [];
  return amount === undefined || text.length > 64 ? Number.NaN : Number(amount) / 100;
}

function isPath(text: string): boolean {
  const parts = text.split('/').slice(1);
  return (
    text.startsWith('/') &&
    text.length <= 500 &&
    parts.every((part, i) => {
      const isLast = i === parts.length - 1;
      return (
        part === '*' ||
        (isLast && (part === '**' || part === '')) ||
        /^(?!\.\.?$)[\w.~!$&'()+,;=:-]+$/.test(part)
      );
    })
  );
}

function isUrl(text: string): boolean {
  return (
    /^https?:\/\/[^@?#\s\\]+$/.test(text) &&
    text.length <= 2000 &&
    URL.canParse(text) &&
    !new URL(text).pathname.includes('%')
  );
}

/** What can fail by itself, each with the share of time that it has. */
function eventsOf(plan: Tree): ReadonlyMap<string, number> {
  const events = new Map<string, number>();
  const add = (name: string, probability: number): void => {
    if (probability > 0) events.set(name, probability);
  };
  for (const [name, value] of Object.entries(treeOf(plan.services))) {
    const { outages = { rate: '1/yr', mean: '30m' }, any, failover } = treeOf(value);
    if (isTree(outages)) {
      const load = (yearlyIn(String(outages.rate)) * hoursIn(String(outages.mean))) / HOURS_A_YEAR;
      add(name, load / (1 + load));
    }
    for (const [i, one] of listOf(any).entries()) {
      const { ready } = treeOf(one);
      if (i > 0 && ready !== undefined) add(`${name}:standby-${i + 1}`, 1 - shareIn(String(ready)));
    }
    const { success } = treeOf(failover);
    if (success !== undefined) add(`${name}:switch`, 1 - shareIn(String(success)));
  }
  return events;
}

/** What is so in a state of the world. @param failed bits, one for each event that has happened */
type Test = (failed: number) => boolean;
type Bits = (failed: number) => number;

const PROTECTIONS = ['waf', 'ddos', 'bot', 'captcha', 'mtls'];
const ALL_BITS = 2 ** PROTECTIONS.length - 1;

/** Services as functions of a state. */
class World {
  private readonly services: Tree;
  private readonly bitOf: ReadonlyMap<string, number>;
  private readonly tests = new Map<string, Test>();
  private readonly brought = new Map<string, Bits>();

  /** @param events those that have a bit, in order */
  constructor(services: Tree, events: readonly string[]) {
    this.services = services;
    this.bitOf = new Map(events.map((event, i) => [event, 1 << i]));
  }

  /** Whether it works. */
  works(needs: Value | undefined): Test {
    if (needs === undefined) return () => true;
    if (Array.isArray(needs)) return every(needs.map((one: Value) => this.works(one)));
    if (isTree(needs)) {
      if ('all' in needs) return this.works(needs.all);
      return atLeast(
        'any' in needs ? 1 : Number(needs.atLeast),
        listOf(needs.any ?? needs.of).map((one) => this.works(one)),
      );
    }
    const name = String(needs);
    const known = this.tests.get(name) ?? this.serviceWorks(name);
    this.tests.set(name, known);
    return known;
  }

  private serviceWorks(name: string): Test {
    const { needs, any, of, atLeast: least } = treeOf(this.services[name]);
    const inUse = any === undefined ? undefined : this.inUse(name);
    return every([
      not(this.happened(name)),
      this.works(needs),
      inUse === undefined ? () => true : (failed) => inUse(failed) >= 0,
      of === undefined
        ? () => true
        : atLeast(
            Number(least),
            listOf(of).map((one) => this.works(one)),
          ),
    ]);
  }

  private happened(event: string): Test {
    const bit = this.bitOf.get(event) ?? 0;
    return (failed) => (failed & bit) !== 0;
  }

  /** The number of the alternative that users are on; -1 where there is none. */
  private inUse(name: string): Bits {
    const uses = usesOf(treeOf(this.services[name])).map((one) => this.works(one));
    const stuck = this.happened(`${name}:switch`);
    const unready = uses.map((_, i) => this.happened(`${name}:standby-${i + 1}`));
    return (failed) => {
      if (uses[0]?.(failed) === true) return 0;
      return stuck(failed)
        ? -1
        : uses.findIndex((one, i) => i > 0 && one(failed) && unready[i]?.(failed) === false);
    };
  }

  /** Protections on the path. */
  protections(needs: Value | undefined): Bits {
    if (needs === undefined) return () => 0;
    if (Array.isArray(needs)) return union(needs.map((one: Value) => this.protections(one)));
    if (isTree(needs)) {
      if ('all' in needs) return this.protections(needs.all);
      const parts = listOf(needs.any ?? needs.of);
      return 'any' in needs ? this.ofFirst(parts) : this.ofEach(parts);
    }
    const name = String(needs);
    const known = this.brought.get(name) ?? this.ofService(name);
    this.brought.set(name, known);
    return known;
  }

  private ofService(name: string): Bits {
    const { protects, needs, any, of } = treeOf(this.services[name]);
    const own = bitsOf(protects);
    const uses = usesOf(treeOf(this.services[name])).map((one) => this.protections(one));
    const inUse = this.inUse(name);
    return union([
      () => own,
      this.protections(needs),
      any === undefined ? () => 0 : (failed) => uses[inUse(failed)]?.(failed) ?? 0,
      of === undefined ? () => 0 : this.ofEach(listOf(of)),
    ]);
  }

  private ofFirst(parts: readonly Value[]): Bits {
    const all = parts.map((one) => [this.works(one), this.protections(one)] as const);
    return (failed) => all.find(([works]) => works(failed))?.[1](failed) ?? 0;
  }

  private ofEach(members: readonly Value[]): Bits {
    const all = members.map((one) => [this.works(one), this.protections(one)] as const);
    return (failed) => {
      const working = all.filter(([works]) => works(failed));
      return working.length === 0 ? 0 : working.reduce((bits, [, of]) => bits & of(failed), ALL_BITS);
    };
  }
}

function usesOf({ any }: Tree): Value[] {
  return listOf(any).map((one) => (isTree(one) && one.use !== undefined ? one.use : one));
}

function bitsOf(protections: Value | undefined): number {
  return listOf(protections).reduce<number>((bits, one) => bits | (1 << PROTECTIONS.indexOf(String(one))), 0);
}

function every(tests: readonly Test[]): Test {
  return (failed) => tests.every((one) => one(failed));
}

function not(test: Test): Test {
  return (failed) => !test(failed);
}

function atLeast(count: number, tests: readonly Test[]): Test {
  return (failed) => tests.reduce((sum, one) => sum + (one(failed) ? 1 : 0), 0) >= count;
}

function union(parts: readonly Bits[]): Bits {
  return (failed) => parts.reduce((bits, one) => bits | one(failed), 0);
}

interface Standing {
  readonly tier: string;
  /** @unit hours a year */
  readonly down: number;
  readonly exposed: number;
  readonly singlePoints: readonly string[];
  /** Bits of what every mode needs. */
  readonly needed: number;
}

const known = new WeakMap<Tree, ReadonlyMap<string, Standing>>();

/** By journey; undefined where there are too many states. */
function standingsOf(plan: Tree): ReadonlyMap<string, Standing> | undefined {
  const before = known.get(plan);
  if (before !== undefined) return before;
  const all = eventsOf(plan);
  const found = new Map<string, Standing>();
  for (const [name, journey] of Object.entries(treeOf(plan.journeys))) {
    const standing = standingOf(treeOf(journey), treeOf(plan.services), all);
    if (standing === undefined) return undefined;
    found.set(name, standing);
  }
  known.set(plan, found);
  return found;
}

function standingOf(journey: Tree, services: Tree, all: ReadonlyMap<string, number>): Standing | undefined {
  const values = Object.values(treeOf(journey.modes)).map(treeOf);
  const near = new Set(values.flatMap(({ needs }) => [...below(needs, services)]));
  const events = [...all].filter(([event]) => near.has(event.split(':')[0] ?? ''));
  if (events.length > MOST_EVENTS) return undefined;
  const world = new World(
    services,
    events.map(([event]) => event),
  );
  const { need, missing } = treeOf(journey.protections);
  const needed = bitsOf(need);
  const modes = values.map(({ needs }) => ({ works: world.works(needs), brings: world.protections(needs) }));
  let [down, exposed] = [0, 0];
  const singlePoints: string[] = [];
  for (let failed = 0; failed < 2 ** events.length; failed++) {
    let probability = 1;
    for (const [i, [, q]] of events.entries()) probability *= (failed >> i) & 1 ? q : 1 - q;
    const lacks = (brings: Bits): boolean => (needed & ~brings(failed)) !== 0;
    const best = modes.find(({ works, brings }) => works(failed) && !(missing === 'refuse' && lacks(brings)));
    if (best === undefined) {
      down += probability;
      const one = Math.log2(failed);
      if (Number.isInteger(one)) singlePoints.push(events[one]?.[0] ?? '');
    } else if (missing === 'serve' && lacks(best.brings)) exposed += probability;
  }
  return {
    tier: String(journey.tier ?? 'important'),
    down: down * HOURS_A_YEAR,
    exposed: exposed * HOURS_A_YEAR,
    singlePoints,
    needed,
  };
}

/** More hours down than those before, times this, are harm. */
const MOST_DOWN = 1.05;
/** Less than this is nothing; so near to a bound nobody can say. @unit hours a year */
const NOTHING = 1e-5;
const NEAR = 1e-7;

function harmIn(before: Tree, plan: Tree): Truth | undefined {
  const [old, now] = [standingsOf(before), standingsOf(plan)];
  if (old === undefined || now === undefined)
    return { kind: 'either', by: 'nothing', why: 'too many states' };
  let isNear = false;
  for (const [name, was] of old) {
    if (was.tier !== 'core') continue;
    const is = now.get(name);
    if (is === undefined) return bad('harm', `${name} is gone`);
    if (is.tier !== 'core') return bad('harm', `${name} is ${is.tier}`);
    const added = is.singlePoints.find((one) => !was.singlePoints.includes(one));
    if (added !== undefined) return bad('harm', `${name} hangs on ${added}`);
    if ((was.needed & ~is.needed) !== 0) return bad('harm', `${name} no longer needs a protection`);
    const over = [is.down - MOST_DOWN * was.down, was.exposed <= NOTHING ? is.exposed - was.exposed : 0];
    if (over.some((hours) => hours > NOTHING + NEAR))
      return bad(
        'harm',
        `${name}: ${was.down} h down, then ${is.down}; ${was.exposed} h exposed, then ${is.exposed}`,
      );
    if (over.some((hours) => Math.abs(hours - NOTHING) <= NEAR)) isNear = true;
  }
  return isNear ? { kind: 'either', by: 'nothing', why: 'too near to a bound' } : undefined;
}

/** Users of a writer are on its first alternative: they would be elsewhere at once. */
function movedWriter(before: Tree, plan: Tree): string | undefined {
  for (const [name, value] of Object.entries(treeOf(before.services))) {
    const { state, any } = treeOf(value);
    const after = treeOf(plan.services)[name];
    const [first] = listOf(any).flatMap(namesIn);
    if (state === undefined || after === undefined || first === undefined) continue;
    if (!listOf(treeOf(after).any).flatMap(namesIn).includes(first))
      return `${name} has no ${first} any more`;
  }
  return undefined;
}

/** Where a route leads: members and alternatives that say where they are, the first one in front. */
function urlsOf(name: string, services: Tree, depth = 0): string[] {
  const { url, any, of, needs } = treeOf(services[name]);
  if (typeof url === 'string') return [url];
  if (depth > MOST_DEPTH) return [];
  return [...listOf(any), ...listOf(of), needs]
    .flatMap(namesIn)
    .flatMap((one) => urlsOf(one, services, depth + 1));
}

/** Whether all that is asked is answered as well as before. */
function served(before: Tree, plan: Tree, { asked, urls, perSecond }: Ground): Truth {
  const { limits } = plan;
  const services = treeOf(plan.services);
  const { body, clients, concurrent, connections } = treeOf(limits);
  if (
    JSON.stringify([concurrent, connections]) !==
      JSON.stringify([treeOf(before.limits).concurrent, treeOf(before.limits).connections]) &&
    Math.min(Number(concurrent ?? 1000), Number(connections ?? 10_000)) < 200
  )
    return { kind: 'either', by: 'trial', why: 'little room' };
  const { perSecond: rate } = treeOf(clients);
  let unsure: string | undefined;
  for (const one of asked) {
    const said = `${one.method} ${one.path}`;
    if (one.body > Number(body ?? 1e6)) return bad('trial', `${said} is too large`);
    const way = wayOf(plan, one);
    if (way === undefined) return bad('trial', `${said} is no journey’s`);
    if (!way.isAllowed) return bad('trial', `${said} is not let through`);
    const found = urlsOf(way.to, services);
    const service = treeOf(services[way.to]);
    // Of active members any may be asked, of alternatives the first, wherever that is.
    const [first] = usesOf(service);
    const here =
      service.of !== undefined
        ? found
        : first === undefined
          ? found.slice(0, 1)
          : urlsOf(String(first), services);
    if (here.length === 0) return bad('trial', `${said} goes nowhere`);
    if (here.some((url) => !urls.has(url))) return bad('trial', `${said} goes to ${here.join()}`);
    if (found.some((url) => !urls.has(url))) unsure = 'a standby that nobody asks';
    if (hoursIn(way.timeout) < 1 / 3600) unsure = 'a short timeout';
  }
  if (unsure !== undefined) return { kind: 'either', by: 'trial', why: unsure };
  if (rate !== undefined && Number(rate) < perSecond)
    return Number(rate) < perSecond / 4
      ? bad('trial', `${rate} a second`)
      : { kind: 'either', by: 'trial', why: 'a rate' };
  const probed = Object.values(treeOf(plan.services)).map(treeOf);
  for (const { probe } of probed) {
    if (!isTree(probe)) continue;
    const isUsual = (probe.path ?? '/') === '/health' && (probe.status ?? 200) === 200;
    if (!isUsual || hoursIn(String(probe.timeout ?? '2s')) < 1 / 3600)
      return { kind: 'either', by: 'trial', why: 'another probe' };
  }
  return GOOD;
}

interface WayTo {
  readonly to: string;
  readonly timeout: string;
  readonly isAllowed: boolean;
}

function wayOf(plan: Tree, { method, path }: Asked): WayTo | undefined {
  const isFor = (methods: Value | undefined): boolean =>
    methods === undefined || listOf(methods).includes(method);
  for (const journey of Object.values(treeOf(plan.journeys)).map(treeOf))
    for (const route of listOf(journey.match).map(treeOf)) {
      if (!isFor(route.methods) || !reaches(String(route.path), path)) continue;
      const [mode] = Object.values(treeOf(journey.modes)).map(treeOf);
      const rules = mode?.allow === undefined ? undefined : listOf(mode.allow).map(treeOf);
      const isAllowed = rules?.some((rule) => isFor(rule.methods) && rule.path === undefined) ?? true;
      return { to: String(route.to), timeout: String(route.timeout ?? '30s'), isAllowed };
    }
  return undefined;
}

function reaches(pattern: string, path: string): boolean {
  const [wanted, found] = [pattern.split('/'), path.split('/')];
  const isOpen = wanted.at(-1) === '**';
  if (isOpen) wanted.pop();
  return (
    (isOpen ? found.length >= wanted.length : found.length === wanted.length) &&
    wanted.every((part, i) => part === found[i] || (part === '*' && found[i] !== ''))
  );
}
