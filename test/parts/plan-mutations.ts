/**
 * A small family of plans, and what may become of one of them on its way into a gateway: cut, doubled, written wrongly, harmful, or better.
 * What each is worth is not said here but by plan-truth.ts, which knows nothing of how it was made.
 */
import { dump } from 'js-yaml';
import type { Random } from '../../src/random.ts';
import type { Asked, Tree } from './plan-truth.ts';

export interface Sites {
  readonly a: string;
  readonly b: string;
  /** Answers 500 to everything. */
  readonly broken: string;
}

export interface Mutant {
  readonly kind: 'bytes' | 'shape' | 'harm' | 'trial' | 'good';
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** A plan that may be written to. */
type Plan = { [key: string]: Part };
type Part = string | number | boolean | null | Part[] | Plan;
type Change = (plan: Plan, random: Random, sites: Sites) => void;

const encoder = new TextEncoder();

/**
 * What is asked of a plan of the family, again and again; of a journey that it has. Reads only where no other part could answer: what is sent
 * a second time because a busy machine was slow counts against the part that was first.
 */
export function askedOf(plan: Tree): Asked[] {
  return Object.keys(plan.journeys as Tree).flatMap((name) => {
    const get = { method: 'GET', path: `/${name}/1`, body: 0 };
    const post = { ...get, method: 'POST', body: BODY };
    if (name === 'trade') return [get, post];
    return name === 'pay' || name === 'look' ? [post] : name === 'news' ? [get] : [];
  });
}

/** How long the body of a request is. @unit bytes */
export const BODY = 64;

/** One of the family: two to four journeys, redundancies of both kinds, a writer, protections. */
export function familyOf(random: Random, { a, b }: Sites): Tree {
  const outages = (): Plan => ({
    rate: `${1 + Math.floor(random() * 12)}/yr`,
    mean: `${1 + Math.floor(random() * 10)}h`,
  });
  const probe = (): Plan =>
    random() < 0.7 ? { probe: { path: '/health', every: '5s', timeout: '4s' } } : {};
  const chance = (share: number): boolean => random() < share;
  const hasPay = chance(0.75);
  const hasLook = !hasPay || chance(0.75);
  const hasNews = chance(0.5);
  const reduced: Plan = chance(0.5) ? { reduced: { worth: '30%', needs: ['book'] } } : {};
  const journeys: Plan = {
    trade: {
      tier: 'core',
      match: [{ path: '/trade/**', to: 'book', timeout: '10s' }],
      modes: { full: { needs: ['edge', 'book', 'risk'] }, ...reduced },
    },
    ...(hasPay && {
      pay: {
        tier: 'core',
        protections: { need: ['waf'], missing: 'serve' },
        match: [{ path: '/pay/**', to: 'desk', timeout: '10s' }],
        modes: { full: { needs: ['shield', 'desk'] } },
      },
    }),
    ...(hasLook && {
      look: {
        tier: chance(0.5) ? 'core' : 'important',
        match: [{ path: '/look/**', to: 'sites' }],
        modes: { full: { needs: ['edge', 'sites'] } },
      },
    }),
    ...(hasNews && {
      news: {
        tier: 'deferrable',
        match: [{ path: '/news/**', to: 'site-b' }],
        modes: { full: { needs: ['site-b'] } },
      },
    }),
  };
  const services: Plan = {
    edge: {
      outages: 'none',
      any: ['edge-1', 'edge-2'],
      ...(chance(0.5) && { failover: { success: '98%' } }),
    },
    'edge-1': { outages: outages() },
    'edge-2': { outages: outages() },
    book: { outages: 'none', any: ['site-a', 'site-b'], state: { writer: 'single', lag: '1s' } },
    risk: { outages: 'none', atLeast: 2, of: ['risk-1', 'risk-2', 'risk-3'] },
    'risk-1': { outages: outages() },
    'risk-2': { outages: outages() },
    'risk-3': { outages: outages() },
    ...(hasLook && { sites: { outages: 'none', atLeast: 1, of: ['site-a', 'site-b'] } }),
    ...(hasPay && {
      desk: { outages: 'none', any: ['site-b', { use: 'site-a', ready: '97%' }] },
      shield: { outages: outages(), any: ['waf-1', 'waf-2'] },
      'waf-1': { outages: outages(), protects: ['waf'] },
      'waf-2': { outages: outages(), protects: ['waf', 'ddos'] },
    }),
    'site-a': { outages: outages(), url: a, ...probe() },
    'site-b': { outages: outages(), url: b, ...probe() },
  };
  const platform = { name: 'Small exchange', asOf: '2026-11-01' };
  return { keelson: 1, platform, catalog: 'none', journeys, services };
}

/** As a file. */
export function written(plan: Tree, random?: Random): Uint8Array {
  const indent = random === undefined ? 2 : 1 + Math.floor(random() * 5);
  if (random !== undefined && random() < 0.2)
    return encoder.encode(`${JSON.stringify(plan, undefined, indent)}\n`);
  return encoder.encode(
    dump(plan, { indent, forceQuotes: true, quoteStyle: 'double', lineWidth: -1, noRefs: true }),
  );
}

/** What may become of a plan; the same stream gives the same. */
export class PlanMutations {
  private readonly random: Random;
  private readonly sites: Sites;
  private turn = 0;

  constructor(random: Random, sites: Sites) {
    this.random = random;
    this.sites = sites;
  }

  /** One that is most probably bad. @param trialShare of them, how many only a trial finds */
  bad(plan: Tree, trialShare = 0.02): Mutant {
    const drawn = this.random();
    if (drawn < trialShare) return this.changed('trial', TRIAL, plan);
    const rest = (drawn - trialShare) / (1 - trialShare);
    if (rest < 0.4) return this.inBytes(plan);
    return rest < 0.7 ? this.changed('shape', SHAPE, plan) : this.changed('harm', HARM, plan);
  }

  /** One that is to be taken. */
  good(plan: Tree): Mutant {
    const text = new TextDecoder().decode(written(plan, this.random));
    this.turn++;
    const drawn = this.random();
    // A text that never was before: it is to be seen that it was taken.
    if (drawn < 0.15) return good('comment', `# ${this.turn}: as before\n${text}# the end\n`);
    if (drawn < 0.25)
      return good('blank lines', `${text}${'\n'.repeat(1 + (this.turn % 50))}# ${this.turn}\n`);
    if (drawn < 0.35) {
      const lines = text
        .split('\n')
        .map((line, i) => (line.endsWith(':') && i % 3 === 0 ? `${line}   # ${this.turn}` : line));
      return good('comments within', `${lines.join('\n')}# ${this.turn}\n`);
    }
    if (drawn < 0.45)
      return good(
        'a byte order mark, lines of Windows',
        `\uFEFF${text.replaceAll('\n', '\r\n')}# ${this.turn}\r\n`,
      );
    const { what, bytes } = this.changed('good', GOOD, plan);
    return good(
      what,
      `${new TextDecoder().decode(bytes)}# ${this.turn}\n`.replace(/^(\{[\s\S]*)# (\d+)\n$/, '$1 # $2\n'),
    );
  }

  private changed(kind: Mutant['kind'], changes: Readonly<Record<string, Change>>, plan: Tree): Mutant {
    const names = Object.keys(changes);
    const what = pick(names, this.random);
    const copy = structuredClone(plan) as Plan; // its parts may be written to
    changes[what]?.(copy, this.random, this.sites);
    return { kind, what, bytes: written(copy as Tree, this.random) };
  }

  private inBytes(plan: Tree): Mutant {
    const { random } = this;
    const bytes = written(plan, random);
    const text = new TextDecoder().decode(bytes);
    const names = Object.keys(BYTES);
    const what = pick(names, random);
    const made = BYTES[what]?.(bytes, random, text) ?? bytes;
    return { kind: 'bytes', what, bytes: typeof made === 'string' ? encoder.encode(made) : made };
  }
}

function good(what: string, text: string): Mutant {
  return { kind: 'good', what, bytes: encoder.encode(text) };
}

function pick<T>(list: readonly T[], random: Random): T {
  const one = list[Math.floor(random() * list.length)];
  if (one === undefined) throw new Error('There is nothing to choose from.');
  return one;
}

function at(plan: Part | undefined, ...keys: readonly string[]): Plan {
  let found = plan;
  for (const key of keys) found = isPlan(found) ? found[key] : undefined;
  if (!isPlan(found)) throw new Error(`There is nothing at ${keys.join('.')}.`);
  return found;
}

function isPlan(value: Part | undefined): value is Plan {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listAt(plan: Plan, key: string): Part[] {
  const found = plan[key];
  return Array.isArray(found) ? found : [];
}

const journeysOf = (plan: Plan): Plan => at(plan, 'journeys');
const servicesOf = (plan: Plan): Plan => at(plan, 'services');
const someJourney = (plan: Plan, random: Random): Plan =>
  at(plan, 'journeys', pick(Object.keys(journeysOf(plan)), random));
const someService = (plan: Plan, random: Random): Plan =>
  at(plan, 'services', pick(Object.keys(servicesOf(plan)), random));
const someRoute = (plan: Plan, random: Random): Plan => at(listAt(someJourney(plan, random), 'match')[0]);
const someCore = (plan: Plan, random: Random): string =>
  pick(
    Object.keys(journeysOf(plan)).filter((name) => at(plan, 'journeys', name).tier === 'core'),
    random,
  );
const withOutages = (plan: Plan): string[] =>
  Object.keys(servicesOf(plan)).filter((name) => isPlan(at(plan, 'services', name).outages));
const someOutages = (plan: Plan, random: Random): Plan =>
  at(plan, 'services', pick(withOutages(plan), random), 'outages');

function scale(outages: Plan, factor: number): void {
  outages.rate = `${(Number.parseFloat(String(outages.rate)) * factor).toFixed(6)}/yr`;
}

type ByteChange = (bytes: Uint8Array, random: Random, text: string) => Uint8Array | string;

/** A byte outside of addresses: nothing of this goes anywhere but to this machine. */
function somewhere(bytes: Uint8Array, random: Random, text: string): number {
  for (;;) {
    const place = Math.floor(random() * bytes.length);
    const line = text.slice(
      text.lastIndexOf('\n', place - 1) + 1,
      text.indexOf('\n', place) + 1 || undefined,
    );
    if (!line.includes('http')) return place;
  }
}

const BYTES: Readonly<Record<string, ByteChange>> = {
  'cut anywhere': (bytes, random) => bytes.subarray(0, Math.floor(random() * bytes.length)),
  'cut after a line': (_, random, text) => {
    const lines = text.split('\n');
    return `${lines.slice(0, Math.floor(random() * lines.length)).join('\n')}\n`;
  },
  'a line left out': (_, random, text) => {
    const lines = text.split('\n');
    lines.splice(Math.floor(random() * lines.length), 1);
    return lines.join('\n');
  },
  doubled: (_, __, text) => text + text,
  'doubled as documents': (_, __, text) => `${text}---\n${text}`,
  'a part doubled': (_, random, text) => {
    const lines = text.split('\n');
    const from = Math.floor(random() * lines.length);
    const count = 1 + Math.floor(random() * 8);
    return [
      ...lines.slice(0, from + count),
      ...lines.slice(from, from + count),
      ...lines.slice(from + count),
    ].join('\n');
  },
  'a bit turned': (bytes, random, text) => {
    const copy = bytes.slice();
    const place = somewhere(bytes, random, text);
    copy[place] = (copy[place] ?? 0) ^ (1 << Math.floor(random() * 7));
    return copy;
  },
  'a byte of nothing': (bytes, random, text) => {
    const copy = bytes.slice();
    copy[somewhere(bytes, random, text)] = 0;
    return copy;
  },
  'bytes that are no UTF-8': (bytes, random) => {
    const place = Math.floor(random() * bytes.length);
    const wrong = pick(
      [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]],
      random,
    );
    return Uint8Array.from([...bytes.subarray(0, place), ...wrong, ...bytes.subarray(place)]);
  },
  'UTF-16': (_, random, text) => {
    const isLittle = random() < 0.5;
    const all = Buffer.from(`\uFEFF${text}`, 'utf16le');
    return isLittle ? all : all.swap16();
  },
  Latin: (_, __, text) => Buffer.from(text.replace('Small', 'Sm\u00e5ll'), 'latin1'),
  'nothing at all': () => '',
  'only blanks': () => '\n \n# nothing\n',
  'no text': (_, random) => Uint8Array.from({ length: 400 }, () => Math.floor(random() * 256)),
  'zeros at the end, as of a file that was made longer': (bytes) =>
    Uint8Array.from([...bytes, ...new Uint8Array(512)]),
  'a key twice': (_, random, text) =>
    text.replace(/^( *)("?[a-z][\w-]*"?:) .*$/m, (line) => (random() < 2 ? `${line}\n${line}` : line)),
  'a service twice': (_, __, text) =>
    text.replace(
      /^services:\n( +)/m,
      (head, indent: string) => `${head}risk: {"outages": "none"}\n${indent}`,
    ),
  tabs: (_, __, text) => text.replaceAll('\n ', '\n\t'),
  'an alias bomb': (_, random, text) => {
    const depth = 6 + Math.floor(random() * 12);
    const levels = Array.from(
      { length: depth },
      (__, i) => `x${i + 1}: &x${i + 1} [${Array(9).fill(`*x${i}`).join(', ')}]`,
    );
    return `x0: &x0 [edge, edge]\n${levels.join('\n')}\n${text}`;
  },
  'an alias of itself': (_, __, text) => `${text}limits: &x {clients: *x}\n`,
  'an unknown alias': (_, __, text) => text.replace('"edge"', '*edge'),
  'deep nesting': (_, random, text) => {
    const depth = 70 + Math.floor(random() * 5000);
    return `${text}limits: ${'['.repeat(depth)}${']'.repeat(depth)}\n`;
  },
  oversize: (_, random, text) =>
    `${text}${`# ${'x'.repeat(998)}\n`.repeat(4010 + Math.floor(random() * 20))}`,
  'a tag': (_, random, text) =>
    text.replace(
      '"none"',
      pick(['!!str "none"', '!none "none"', '!!js/function "none"', '!!binary bm9uZQ=='], random),
    ),
  'a merge key': (_, __, text) =>
    text.replace(/^services:\n( +)/m, (head, indent: string) => `${head}"<<": {}\n${indent}`),
  'a mark of a conflict': (_, __, text) => text.replace('journeys:', '<<<<<<< HEAD\njourneys:'),
  'a page of an error': () => '<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>\n',
  'a second document': (_, __, text) => `${text}---\nkeelson: 1\n`,
};

/** Names, types and amounts that are none. */
const SHAPE: Readonly<Record<string, Change>> = {
  'an unknown service': (plan, random) => {
    const [mode] = Object.values(at(someJourney(plan, random), 'modes'));
    at(mode).needs = [
      ...listAt(at(mode), 'needs'),
      pick(['edge-9', 'bok', 'Book', 'aws/s3', '', '-', 'edge\u0000'], random),
    ];
  },
  'an unknown key': (plan, random) => {
    const place = pick(
      [
        plan,
        at(plan, 'platform'),
        someJourney(plan, random),
        someService(plan, random),
        someRoute(plan, random),
      ],
      random,
    );
    place[pick(['x', 'Tier', 'outage', '__proto__', 'constructor', 'need', '<<', 'timeOut'], random)] =
      'none';
  },
  'a missing key': (plan, random) => {
    const outages = someOutages(plan, random);
    const [place, key] = pick<readonly [Plan, string]>(
      [
        [plan, 'keelson'],
        [plan, 'platform'],
        [plan, 'journeys'],
        [plan, 'services'],
        [at(plan, 'platform'), 'asOf'],
        [at(plan, 'platform'), 'name'],
        [outages, 'rate'],
        [outages, 'mean'],
        [someRoute(plan, random), 'to'],
        [someRoute(plan, random), 'path'],
        [someJourney(plan, random), 'modes'],
        [at(plan, 'services', 'risk'), 'atLeast'],
        [at(plan, 'services', 'risk'), 'of'],
        [at(plan, 'services', 'site-a'), 'url'],
      ],
      random,
    );
    delete place[key];
  },
  'a wrong type': (plan, random) => {
    const wrong = pick<Part>([null, true, 7, -1, 'x', [], {}, [[]], '', 1.5], random);
    const [place, key] = pick<readonly [Plan, string]>(
      [
        [plan, 'keelson'],
        [plan, 'journeys'],
        [plan, 'services'],
        [plan, 'catalog'],
        [plan, 'limits'],
        [at(plan, 'platform'), 'asOf'],
        [at(plan, 'platform'), 'name'],
        [someJourney(plan, random), 'tier'],
        [someJourney(plan, random), 'match'],
        [someJourney(plan, random), 'modes'],
        [someRoute(plan, random), 'path'],
        [someRoute(plan, random), 'to'],
        [someRoute(plan, random), 'timeout'],
        [someService(plan, random), 'outages'],
        [someService(plan, random), 'any'],
        [someService(plan, random), 'url'],
        [someOutages(plan, random), 'rate'],
        [someOutages(plan, random), 'mean'],
        [at(plan, 'services', 'risk'), 'atLeast'],
        [at(plan, 'services', 'book'), 'state'],
      ],
      random,
    );
    place[key] = wrong;
  },
  'an amount out of its range by one': (plan, random) => {
    const outages = someOutages(plan, random);
    const route = someRoute(plan, random);
    const site = at(plan, 'services', 'site-a');
    const [place, key, value] = pick<readonly [Plan, string, Part]>(
      [
        [plan, 'keelson', 2],
        [plan, 'keelson', 0],
        [outages, 'rate', '1000001/yr'],
        [outages, 'rate', '-1/yr'],
        [outages, 'rate', '1/fortnight'],
        [outages, 'mean', '87661h'],
        [outages, 'mean', '0s'],
        [outages, 'mean', '1 h'],
        [route, 'timeout', '0s'],
        [route, 'timeout', '86401s'],
        [route, 'path', `/${'a'.repeat(500)}`],
        [route, 'path', '/a//b'],
        [route, 'path', '/**/a'],
        [at(plan, 'services', 'risk'), 'atLeast', 4],
        [at(plan, 'services', 'risk'), 'atLeast', 0],
        [at(plan, 'services', 'risk'), 'atLeast', 1.5],
        [at(plan, 'platform'), 'name', 'n'.repeat(201)],
        [at(plan, 'platform'), 'asOf', '2026-02-30'],
        [at(plan, 'platform'), 'note', 'n'.repeat(4001)],
        [site, 'probe', { path: '/health', window: 21 }],
        [site, 'probe', { path: '/health', window: 0 }],
        [site, 'probe', { path: '/health', status: 600 }],
        [site, 'probe', { path: '/health', status: 99 }],
        [site, 'probe', { path: '/health', every: '0s' }],
        [site, 'probe', { path: '/health', timeout: '86401s' }],
        [site, 'url', 'http://user@127.0.0.1:1'],
        [site, 'url', 'ftp://127.0.0.1:1'],
        [plan, 'limits', { connections: 0 }],
        [plan, 'limits', { connections: 1_000_001 }],
        [plan, 'limits', { concurrent: 1_000_001 }],
        [plan, 'limits', { body: -1 }],
        [plan, 'limits', { clients: { perSecond: 0 } }],
        [at(plan, 'services', 'book'), 'failover', { success: '100.1%' }],
        [at(plan, 'services', 'book', 'state'), 'lag', '87661h'],
        [at(plan, 'services', 'edge'), 'any', ['edge-1', { use: 'edge-2', ready: '101%' }]],
        [at(plan, 'journeys', 'trade', 'modes'), 'later', { worth: '101%', needs: ['book'] }],
        [at(plan, 'journeys', 'trade', 'modes'), 'n'.repeat(65), { worth: '1%', needs: ['book'] }],
      ],
      random,
    );
    place[key] = value;
  },
  'what contradicts itself': (plan, random) => {
    const services = servicesOf(plan);
    pick<() => void>(
      [
        () => Object.assign(at(services, 'edge'), { atLeast: 1, of: ['edge-1'] }),
        () => Object.assign(at(services, 'edge'), { any: ['edge-1', 'edge-1'] }),
        () => Object.assign(at(services, 'edge-1'), { needs: ['edge'] }),
        () => Object.assign(at(services, 'site-a'), { needs: ['site-a'] }),
        () => Object.assign(at(services, 'book'), { any: ['site-a'] }),
        () => Object.assign(at(services, 'risk'), { state: { writer: 'single' } }),
        () => Object.assign(at(services, 'risk'), { failover: { success: '90%' } }),
        () => Object.assign(at(plan, 'journeys', 'trade', 'modes', 'full'), { worth: '50%' }),
        () => Object.assign(at(plan, 'journeys', 'trade', 'modes'), { later: { needs: ['book'] } }),
        () => Object.assign(someRoute(plan, random), { to: 'risk' }),
      ],
      random,
    )();
  },
};

/** In place of what there is not in every plan of the family. */
function askMore(plan: Plan): void {
  at(plan, 'services', 'risk').atLeast = 3;
}

/** Plans in which nothing is wrong but what they do to a journey. */
const HARM: Readonly<Record<string, Change>> = {
  'an alternative left out': (plan, random) => {
    const any = Object.keys(servicesOf(plan)).filter(
      (name) => listAt(at(plan, 'services', name), 'any').length > 1,
    );
    const service = at(plan, 'services', pick(any, random));
    const left = listAt(service, 'any').filter((_, i) => i !== (random() < 0.5 ? 0 : 1));
    // The last one is a need: an `any` of one says the same.
    const [last] = left;
    service.any = left.map((one, i) => (i === 0 && isPlan(one) ? (one.use ?? null) : one));
    if (left.length === 1 && last !== undefined) {
      delete service.state;
      delete service.failover;
    }
  },
  'a member more must work': (plan) => {
    at(plan, 'services', 'risk').atLeast = 3;
  },
  'a member left out': (plan) => {
    at(plan, 'services', 'risk').of = listAt(at(plan, 'services', 'risk'), 'of').slice(1);
  },
  'something more is needed': (plan, random) => {
    servicesOf(plan).more = { outages: { rate: `${1 + Math.floor(random() * 5)}/yr`, mean: '10m' } };
    for (const mode of Object.values(at(plan, 'journeys', someCore(plan, random), 'modes')))
      at(mode).needs = [...listAt(at(mode), 'needs'), 'more'];
  },
  'something more is needed, by all alternatives': (plan, random) => {
    servicesOf(plan).more = { outages: { rate: `${1 + Math.floor(random() * 5)}/yr`, mean: '10m' } };
    for (const name of ['edge-1', 'edge-2']) at(plan, 'services', name).needs = ['more'];
    for (const name of ['site-a', 'site-b']) at(plan, 'services', name).needs = ['more'];
  },
  'a core journey left out': (plan, random) => {
    delete journeysOf(plan)[someCore(plan, random)];
  },
  'a core journey called otherwise': (plan, random) => {
    const name = someCore(plan, random);
    const journeys = journeysOf(plan);
    const journey = at(plan, 'journeys', name);
    delete journeys[name];
    journeys[`${name}-2`] = journey;
  },
  'a core tier lowered': (plan, random) => {
    const journey = at(plan, 'journeys', someCore(plan, random));
    if (random() < 0.5) journey.tier = pick(['important', 'deferrable'], random);
    else delete journey.tier;
  },
  'failures more often': (plan, random) => {
    scale(someOutages(plan, random), 1.2 + random() * 5);
  },
  'failures a little more often': (plan, random) => {
    for (const name of withOutages(plan))
      scale(at(plan, 'services', name, 'outages'), 1.005 + random() * 0.06);
  },
  'longer failures': (plan, random) => {
    const outages = someOutages(plan, random);
    outages.mean = `${Math.round(hoursOf(outages.mean) * 3600 * (1.2 + random() * 4))}s`;
  },
  'an outage nobody had stated': (plan, random) => {
    const name = pick(['edge', 'book', 'risk'], random);
    const service = at(plan, 'services', name);
    if (random() < 0.5) delete service.outages;
    else service.outages = { rate: '1/yr', mean: '5m' };
  },
  'a standby that may not be ready': (plan, random) => {
    at(plan, 'services', 'edge').any = [
      'edge-1',
      { use: 'edge-2', ready: `${50 + Math.floor(random() * 45)}%` },
    ];
  },
  'a switch that may fail': (plan, random) => {
    at(plan, 'services', 'book').failover = { success: `${70 + Math.floor(random() * 28)}%` };
  },
  'a protection lost': (plan, random) => {
    if (!('pay' in journeysOf(plan))) return askMore(plan);
    const waf = at(plan, 'services', random() < 0.5 ? 'waf-1' : 'waf-2');
    if (random() < 0.3) delete waf.protects;
    else waf.protects = ['ddos'];
  },
  'a protection no longer on the path': (plan, random) => {
    if (!('pay' in journeysOf(plan))) return askMore(plan);
    const full = at(plan, 'journeys', 'pay', 'modes', 'full');
    full.needs = ['desk'];
    if (random() < 0.5) at(plan, 'journeys', 'pay', 'protections').need = ['waf', 'bot'];
  },
  'a protection no longer asked for': (plan, random) => {
    if (!('pay' in journeysOf(plan))) return askMore(plan);
    const pay = at(plan, 'journeys', 'pay');
    if (random() < 0.3) delete pay.protections;
    else if (random() < 0.5) pay.protections = 'none';
    else at(plan, 'journeys', 'pay', 'protections').need = ['ddos'];
  },
  'one more protection asked for, that nothing brings': (plan) => {
    if (!('pay' in journeysOf(plan))) return askMore(plan);
    at(plan, 'journeys', 'pay', 'protections').need = ['waf', 'captcha'];
  },
  'refused where it was served': (plan) => {
    if (!('pay' in journeysOf(plan))) return askMore(plan);
    at(plan, 'journeys', 'pay').protections = { need: ['waf', 'mtls'], missing: 'refuse' };
  },
  'the place of a writer left out': (plan, _, { a, b }) => {
    const services = servicesOf(plan);
    const of = (name: string, url: string): void => {
      services[`${name}-2`] = { ...at(services, name), url };
    };
    of('site-a', a);
    of('site-b', b);
    at(services, 'book').any = ['site-a-2', 'site-b-2'];
  },
  'a lower mode left out': (plan) => {
    const modes = at(plan, 'journeys', 'trade', 'modes');
    if ('reduced' in modes) delete modes.reduced;
    else askMore(plan);
  },
};

/** Nothing is wrong with them and nothing fails more often: only requests show it. */
const TRIAL: Readonly<Record<string, Change>> = {
  'a route called otherwise': (plan, random) => {
    const route = someRoute(plan, random);
    route.path = String(route.path).replace('/**', 's/**');
  },
  'a route without writes': (plan) => {
    at(listAt(at(plan, 'journeys', 'trade'), 'match')[0]).methods = ['GET'];
  },
  'a mode without writes': (plan) => {
    at(plan, 'journeys', 'trade', 'modes', 'full').allow = [{ methods: ['GET'] }];
  },
  'a part that answers 500': (plan, random, { broken }) => {
    at(plan, 'services', random() < 0.5 ? 'site-a' : 'site-b').url = broken;
  },
  'both parts answer 500': (plan, _, { broken }) => {
    for (const name of ['site-a', 'site-b']) at(plan, 'services', name).url = broken;
  },
  'a part that is not there': (plan) => {
    // Nobody listens there.
    for (const name of ['site-a', 'site-b']) at(plan, 'services', name).url = 'http://127.0.0.1:9';
  },
  'bodies are too large': (plan, random) => {
    plan.limits = { body: Math.floor(random() * BODY) };
  },
  'clients ask too often': (plan, random) => {
    plan.limits = { clients: { perSecond: 1 + Math.floor(random() * 10), burst: 1 } };
  },
};

/** Of whom nobody is worse off. */
const GOOD: Readonly<Record<string, Change>> = {
  'another order of keys': (plan, random) => {
    for (const holder of [
      plan,
      journeysOf(plan),
      servicesOf(plan),
      someService(plan, random),
      someJourney(plan, random),
    ]) {
      const entries = Object.entries(holder)
        .map(([key, value]) => [random(), key, value] as const)
        .sort(([one], [other]) => one - other);
      for (const key of Object.keys(holder)) delete holder[key];
      for (const [, key, value] of entries) holder[key] = value;
    }
  },
  'fewer failures': (plan, random) => {
    scale(someOutages(plan, random), 0.6 + random() * 0.39);
  },
  'slightly more failures': (plan, random) => {
    scale(someOutages(plan, random), 1 + random() * 0.02);
  },
  'shorter failures': (plan, random) => {
    const outages = someOutages(plan, random);
    outages.mean = `${Math.max(30, Math.round(hoursOf(outages.mean) * 3600 * (0.6 + random() * 0.39)))}s`;
  },
  'an alternative more': (plan) => {
    const services = servicesOf(plan);
    if ('edge-3' in services) return scale(at(services, 'edge-3', 'outages'), 0.9);
    services['edge-3'] = { outages: { rate: '3/yr', mean: '20m' } };
    at(services, 'edge').any = [...listAt(at(services, 'edge'), 'any'), 'edge-3'];
  },
  'a member more': (plan) => {
    const services = servicesOf(plan);
    if ('risk-4' in services) return scale(at(services, 'risk-4', 'outages'), 0.9);
    services['risk-4'] = { outages: { rate: '3/yr', mean: '20m' } };
    at(services, 'risk').of = [...listAt(at(services, 'risk'), 'of'), 'risk-4'];
  },
  'other timeouts': (plan, random) => {
    someRoute(plan, random).timeout = `${10 + Math.floor(random() * 50)}s`;
  },
  'other probes': (plan, random) => {
    const site = at(plan, 'services', random() < 0.5 ? 'site-a' : 'site-b');
    if (random() < 0.3) delete site.probe;
    else site.probe = { path: '/health', every: `${3 + Math.floor(random() * 9)}s`, timeout: '4s' };
  },
  'another note': (plan, random) => {
    at(plan, 'platform').note = pick(
      ['As of today.', 'Grüße, 你好', '5', 'null', 'a: b # c', '"', '\\', 'x'.repeat(4000)],
      random,
    );
  },
  'a tier raised': (plan) => {
    const journeys = journeysOf(plan);
    if ('look' in journeys) at(journeys, 'look').tier = 'core';
  },
  'a journey more': (plan, random) => {
    journeysOf(plan)[`more-${Math.floor(random() * 3)}`] = {
      tier: 'deferrable',
      match: [{ path: '/more/**', to: 'site-a' }],
      modes: { full: { needs: ['site-a'] } },
    };
  },
  'room enough': (plan, random) => {
    plan.limits = { body: 100_000 + Math.floor(random() * 1e6), clients: { perSecond: 100_000 } };
  },
};

function hoursOf(text: Part | undefined): number {
  const found = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(String(text));
  return Number(found?.[1]) / ({ s: 3600, m: 60, h: 1 }[found?.[2] ?? ''] ?? Number.NaN);
}
