import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/index.ts';
import { loadPlan } from '../../src/plan/load.ts';
import type { JourneyReplay, Replay, Years } from '../../src/replay/index.ts';
import type { Problem } from '../../src/problems.ts';
import { bin, keelson, keelsonHere, root, type Run } from './keelson.ts';

const before = 'examples/harbor/before.yaml';
const plan = 'examples/harbor/plan.yaml';
const outage = 'cloudflare-2025-11-18';
const publicPlans = readdirSync(join(root, 'examples/public'))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => `examples/public/${name}`);

const scratch = mkdtempSync(join(tmpdir(), 'keelson-replay-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const { load } = createRequire(import.meta.url)(join(dirname(bin), 'load.cjs')) as {
  readonly load: () => typeof import('../../src/cli/index.ts') | undefined;
};
const command = load();
if (command === undefined) throw new Error('Keelson has not been built: npm run build');
const { main } = command;

/** The same without a process, on a terminal of some width. */
async function shown(words: readonly string[], { width = 120, colour = false } = {}): Promise<string> {
  const lines: string[] = [];
  const say = (text: string): void => void lines.push(text);
  const write = (): never => {
    throw new Error('Nothing is written.');
  };
  const exit = await main(words, {
    root,
    out: say,
    err: say,
    write,
    open: write,
    colour,
    progress: false,
    width,
  });
  expect([words, exit]).toEqual([words, 0]);
  return lines.join('\n');
}

async function replays(words: readonly string[]): Promise<Replay[]> {
  const { exit, out, err } = await keelsonHere(['replay', ...words, '--json']);
  expect([words, exit, err]).toEqual([words, 0, '']);
  const answer = JSON.parse(out) as Replay | Replay[];
  return Array.isArray(answer) ? answer : [answer];
}

async function replay(...words: readonly string[]): Promise<Replay> {
  const [first, ...rest] = await replays(words);
  if (first === undefined || rest.length > 0) throw new Error(`Expected one replay of ${words.join(' ')}.`);
  return first;
}

async function years(...words: readonly string[]): Promise<Years> {
  const { exit, out, err } = await keelsonHere(['replay', '--years', ...words, '--json']);
  expect([words, exit, err]).toEqual([words, 0, '']);
  return JSON.parse(out) as Years;
}

function journeyOf<T extends { readonly name: string }>(
  of: { readonly journeys: readonly T[] },
  name: string,
): T {
  const found = of.journeys.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no journey ${name}.`);
  return found;
}

function file(name: string, text: string): string {
  const path = join(scratch, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function edited(path: string, old: string, to: string): string {
  const text = readFileSync(join(root, path), 'utf8');
  expect(text.split(old)).toHaveLength(2);
  return text.replace(old, () => to);
}

const at = (clock: string): string => `2025-11-18T${clock}Z`;
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const minutesIn = ({ segments }: JourneyReplay, mode: string): number =>
  sum(
    segments
      .filter((one) => one.mode === mode)
      .map(({ from, to }) => (Date.parse(to) - Date.parse(from)) / 60_000),
  );
/** The modes one after the other, with the time at which each began. */
function courseOf({ segments }: JourneyReplay): string[] {
  return segments
    .filter(({ mode }, i) => mode !== segments[i - 1]?.mode)
    .map(({ from, mode }) => `${from.slice(11, 19)} ${mode}`);
}

// ---------------------------------------------------------------------------------------------------------------------
// The contract as TypeScript says it

interface Declared {
  readonly name: string;
  readonly type: string;
}

/** The fields of an interface's body at its own level. */
function fieldsOf(body: string): Declared[] {
  const fields: Declared[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= body.length; i++) {
    const character = body[i] ?? ';';
    if (character === '{') depth++;
    else if (character === '}') depth--;
    else if (character === ';' && depth === 0) {
      const field = /^\s*readonly (\w+):\s+([\s\S]+)$/.exec(body.slice(start, i));
      if (field?.[1] !== undefined && field[2] !== undefined) fields.push({ name: field[1], type: field[2] });
      else expect(body.slice(start, i).trim()).toBe('');
      start = i + 1;
    }
  }
  return fields;
}

/** Every interface of some sources, with the fields of those it extends. */
function interfacesOf(...paths: readonly string[]): Map<string, readonly Declared[]> {
  const found = new Map<string, readonly Declared[]>();
  for (const path of paths) {
    const source = readFileSync(join(root, path), 'utf8').replaceAll(/\/\*\*[\s\S]*?\*\//g, '');
    for (const [, name = '', parent = '', body = ''] of source.matchAll(
      /^export interface (\w+)(?: extends (\w+))? \{\n([\s\S]*?)^\}/gm,
    ))
      found.set(name, [...(found.get(parent) ?? []), ...fieldsOf(body)]);
  }
  return found;
}

/** Checks values against types, and remembers which objects it has met. */
class Contract {
  readonly interfaces: ReadonlyMap<string, readonly Declared[]>;
  readonly met = new Set<string>();

  constructor(interfaces: ReadonlyMap<string, readonly Declared[]>) {
    this.interfaces = interfaces;
  }

  /** All objects that there are to meet: interfaces, and objects written into their fields. */
  all(): string[] {
    return [...this.interfaces].flatMap(([name, fields]) => [
      name,
      ...fields.filter(({ type }) => type.includes('{')).map((field) => `${name}.${field.name}`),
    ]);
  }

  faults(value: unknown, type: string, place: string, owner: string): string[] {
    const tried = alternativesOf(type).map((one) => this.faultsOfOne(value, one, place, owner));
    return tried.find((faults) => faults.length === 0) ?? tried.flat();
  }

  private faultsOfOne(value: unknown, type: string, place: string, owner: string): string[] {
    const wrong = [`${place}: expected ${type}, found ${JSON.stringify(value)?.slice(0, 60)}`];
    const list = /^readonly ([\s\S]+)\[\]$/.exec(type)?.[1];
    if (list !== undefined)
      return Array.isArray(value)
        ? value.flatMap((one: unknown, i) => this.faults(one, list, `${place}[${i}]`, owner))
        : wrong;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (type.startsWith('{'))
      return isObject ? this.object(value, fieldsOf(type.slice(1, -1)), place, owner) : wrong;
    const fields = this.interfaces.get(type);
    if (fields !== undefined) return isObject ? this.object(value, fields, place, type) : wrong;
    if (type.startsWith("'")) return value === type.slice(1, -1) ? [] : wrong;
    if (type === 'null') return value === null ? [] : wrong;
    if (type === 'number') return typeof value === 'number' && Number.isFinite(value) ? [] : wrong;
    expect(['string', 'boolean']).toContain(type);
    return typeof value === type ? [] : wrong;
  }

  private object(value: object, fields: readonly Declared[], place: string, owner: string): string[] {
    this.met.add(owner);
    const named = new Map<string, unknown>(Object.entries(value));
    const known = new Set(fields.map(({ name }) => name));
    return [
      ...[...named.keys()]
        .filter((key) => !known.has(key))
        .map((key) => `${place}: ${key} is not documented`),
      ...fields.flatMap(({ name, type }) =>
        named.has(name)
          ? this.faults(named.get(name), type, `${place}.${name}`, `${owner}.${name}`)
          : [`${place}: ${name} is missing`],
      ),
    ];
  }
}

/** `A | B` as its parts; braces are kept whole. */
function alternativesOf(type: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of `${type}|`) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (character === '|' && depth === 0) {
      if (part.trim() !== '') parts.push(part.trim());
      part = '';
    } else part += character;
  }
  return parts;
}

// ---------------------------------------------------------------------------------------------------------------------
// What must hold of every replay

const plans = new Map<string, Plan>();
function planOf({ plan: { file: path } }: Replay): Plan {
  const known = plans.get(path);
  if (known !== undefined) return known;
  const { plan: loaded } = loadPlan(path.startsWith('/') ? path : join(root, path));
  if (loaded === undefined) throw new Error(`${path} is no plan.`);
  plans.set(path, loaded);
  return loaded;
}

/** What a journey loses, from its segments and the plan alone: without busy hours. */
function lossFrom({ name, segments, modes }: JourneyReplay, of: Plan): number | null {
  const steps = of.journeys.find((one) => one.name === name)?.value.loss;
  if (steps === undefined) return null;
  let left: number | undefined;
  let lost = 0;
  for (const segment of segments) {
    const [from, to] = [Date.parse(segment.from), Date.parse(segment.to)];
    if (segment.mode === modes[0]?.name) {
      left = undefined;
      continue;
    }
    left ??= from;
    const clock = left;
    const worth = modes.find((mode) => mode.name === segment.mode)?.worth ?? 0;
    const begins = steps.map(({ after }) => clock + after * 3_600_000);
    const cuts = [from, ...begins.filter((begin) => begin > from && begin < to), to];
    for (const [i, begin] of cuts.entries()) {
      const end = cuts[i + 1];
      const rate = steps.findLast((_, s) => (begins[s] ?? 0) <= begin)?.rate.amount ?? 0;
      if (end !== undefined) lost += ((end - begin) / 3_600_000) * rate * (1 - worth);
    }
  }
  return lost;
}

const isNear = (a: number | null, b: number | null): boolean =>
  a === null || b === null ? a === b : Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

function faultsOfJourney(of: Replay, journey: JourneyReplay): string[] {
  const { segments, modes } = journey;
  const faults: string[] = [];
  const must = (isSo: boolean, what: string): void => {
    if (!isSo) faults.push(`${of.incident.id}, ${of.plan.name}, ${journey.name}: ${what}`);
  };
  const first = modes[0]?.name ?? '';
  const usable = planOf(of).journeys.find(({ name }) => name === journey.name)?.value.usable ?? 0.9;
  if (of.from === null) must(segments.length === 0, 'has segments though nothing was replayed');
  else {
    must(segments[0]?.from === of.from, `begins at ${segments[0]?.from}, not at ${of.from}`);
    must(segments.at(-1)?.to === of.to, `ends at ${segments.at(-1)?.to}, not at ${of.to}`);
  }
  for (const [i, { from, to, mode, level, exposed }] of segments.entries()) {
    const next = segments[i + 1];
    must(Date.parse(from) < Date.parse(to), `a segment from ${from} to ${to}`);
    must(next === undefined || next.from === to, `a gap from ${to} to ${next?.from}`);
    must(
      next === undefined || next.mode !== mode || next.level !== level || next.exposed !== exposed,
      `two segments that are one, at ${to}`,
    );
    must(mode === 'down' || modes.some(({ name }) => name === mode), `the unknown mode ${mode}`);
    must(
      mode === 'down' ? level === 0 && !exposed : level >= usable - 1e-9 && level <= 1,
      `${mode} at a level of ${level}`,
    );
  }
  const minutes = (isCounted: (segment: (typeof segments)[number]) => boolean): number =>
    sum(segments.filter(isCounted).map(({ from, to }) => Date.parse(to) - Date.parse(from))) / 60_000;
  const sums = {
    minutesDown: minutes(({ mode }) => mode === 'down'),
    minutesDegraded: minutes(({ mode }) => mode !== 'down' && mode !== first),
    minutesExposed: minutes(({ exposed }) => exposed),
  };
  for (const [name, own] of Object.entries(sums)) {
    const said = journey[name as keyof typeof sums];
    must(isNear(said, own), `${name} is ${said}, its segments come to ${own}`);
  }
  const lost = of.from === null ? null : lossFrom(journey, planOf(of));
  must(isNear(journey.loss, lost), `a loss of ${journey.loss}, its segments come to ${lost}`);
  return faults;
}

function faultsOf(of: Replay): string[] {
  const faults = of.journeys.flatMap((journey) => faultsOfJourney(of, journey));
  const must = (isSo: boolean, what: string): void => {
    if (!isSo) faults.push(`${of.incident.id}, ${of.plan.name}: ${what}`);
  };
  const known = of.journeys.flatMap(({ loss }) => (loss === null ? [] : [loss]));
  must(isNear(of.loss, known.length === 0 ? null : sum(known)), `together ${of.loss}`);
  const isDown = of.journeys.some(({ minutesDown }) => minutesDown > 0);
  const isNoticed = of.journeys.some(
    ({ minutesDown, minutesDegraded, minutesExposed }) => minutesDown + minutesDegraded + minutesExposed > 0,
  );
  must(of.touched === !['untouched', 'unknown'].includes(of.outcome), `${of.outcome}, touched ${of.touched}`);
  must(of.touched || of.hit.length === 0, 'hit though not touched');
  must(isNoticed === ['covered', 'uncovered'].includes(of.outcome), `${of.outcome}, noticed ${isNoticed}`);
  must(of.outcome !== 'uncovered' || isDown, 'uncovered though nothing was down');
  must(of.outcome !== 'unknown' || of.from === null, 'unknown, yet replayed');
  must((of.loss ?? 0) === 0 || isNoticed, 'a loss that nobody noticed');
  for (const [i, step] of of.steps.entries())
    must(i === 0 || (of.steps[i - 1]?.at ?? '') <= step.at, `a step out of order at ${step.at}`);
  return faults;
}

// ---------------------------------------------------------------------------------------------------------------------

describe('the JSON of a replay', async () => {
  const both = keelson(['replay', outage, before, plan, '--json']);

  test('has every field that src/replay/result.ts says, with its type, and no other', async () => {
    const contract = new Contract(interfacesOf('src/replay/result.ts'));
    const seen = [
      ...(JSON.parse(both.out) as Replay[]),
      ...(await replays(['aws-use1-az4-2026-05-07', plan])), // a service stays where it went
      ...(await replays(['all', ...publicPlans])),
    ];
    expect(seen.flatMap((one) => contract.faults(one, 'Replay', 'replay', ''))).toEqual([]);
    expect(contract.all().filter((name) => !contract.met.has(name))).toEqual([]);
    expect(contract.interfaces.get('Replay')?.length).toBeGreaterThan(14);
    // And finds what is amiss.
    const { loss: _, ...without } = seen[0] ?? {};
    expect(contract.faults({ ...without, from: 1, more: 1 }, 'Replay', 'replay', '')).toEqual([
      'replay: more is not documented',
      expect.stringContaining('replay.from: expected string') as string,
      expect.stringContaining('replay.from: expected null') as string,
      'replay: loss is missing',
    ]);
    expect(new Set(seen.map(({ schema }) => schema))).toEqual(new Set(['keelson.replay/1']));
  });

  test('of one incident and one plan is an object, of several of either an array, each as it is alone', async () => {
    const alone = JSON.parse((await keelsonHere(['replay', outage, plan, '--json'])).out) as Replay;
    const array = JSON.parse(both.out) as Replay[];
    expect(Array.isArray(alone)).toBe(false);
    expect(array.map(({ plan: { file: path } }) => path)).toEqual([before, plan]);
    expect(array[1]).toEqual(alone);
    const all = JSON.parse((await keelsonHere(['replay', 'all', plan, '--json'])).out) as Replay[];
    const library = JSON.parse(readFileSync(join(root, 'dist/incidents.json'), 'utf8')) as { id: string }[];
    expect(all.map(({ incident }) => incident.id)).toEqual(library.map(({ id }) => id));
    const among = all.find(({ incident }) => incident.id === outage);
    expect([among?.journeys, among?.steps, among?.loss]).toEqual([alone.journeys, alone.steps, alone.loss]);
  });

  test('is the same bytes twice', () => {
    expect(keelson(['replay', outage, before, plan, '--json'])).toEqual(both);
    expect(both).toMatchObject({ exit: 0, err: '' });
  });

  test('from standard input is that of the file, but for its name', () => {
    const text = readFileSync(join(root, plan), 'utf8');
    const { out } = keelson(['replay', outage, '-', '--json'], { input: text });
    expect(out.replaceAll('(standard input)', plan)).toBe(keelson(['replay', outage, plan, '--json']).out);
  });

  test('tries other severities as --severity does', async () => {
    const { sensitivity } = await replay(outage, before);
    expect(sensitivity.map(({ severity }) => severity)).toEqual([0.5, 0.05]);
    for (const { severity, minutesDown, loss } of sensitivity) {
      const again = await replay(outage, before, '--severity', String(severity));
      expect([minutesDown, loss]).toEqual([sum(again.journeys.map((one) => one.minutesDown)), again.loss]);
      expect(again.sensitivity).toEqual([]);
    }
  });

  test('names changes that would have helped, the best first', async () => {
    const { changes, loss } = await replay(outage, before);
    const avoided = changes.map(({ lossAvoided }) => lossAvoided ?? 0);
    expect(avoided.length).toBeGreaterThan(0);
    expect(avoided).toEqual([...avoided].sort((a, b) => b - a));
    expect(avoided.every((one) => one > 0 && one <= (loss ?? 0))).toBe(true);
  });

  test('names no changes with --no-advice', async () => {
    expect((await replay(outage, before, '--no-advice')).changes).toEqual([]);
  });

  const library = await replays(['all', before, plan, ...publicPlans]);

  test('of every incident of the library through every example adds up', () => {
    expect(library.length).toBe(28 * (2 + publicPlans.length));
    expect(library.flatMap(faultsOf)).toEqual([]);
    const outcomes = new Set(library.map(({ outcome }) => outcome));
    expect([...outcomes].sort()).toEqual(['covered', 'uncovered', 'unharmed', 'untouched']);
    // And what does not add up is found.
    for (const one of library.filter(({ loss }) => (loss ?? 0) > 0)) {
      expect(faultsOf({ ...one, loss: (one.loss ?? 0) * 1.001 })).not.toEqual([]);
      const journeys = one.journeys.map((journey) => ({ ...journey, segments: journey.segments.slice(1) }));
      expect(faultsOf({ ...one, journeys })).not.toEqual([]);
    }
  });

  test('of every incident of the library through every example has no step before its begin or after its end', () => {
    const outside = library.flatMap(({ incident, plan: { name }, from, to, steps }) =>
      steps
        .filter((step) => from === null || to === null || step.at < from || step.at > to)
        .map((step) => `${incident.id}, ${name} until ${to}: ${step.at} ${step.service} ${step.kind}`),
    );
    expect(outside).toEqual([]);
  });
});

describe('18 November 2025', async () => {
  const [was, is] = await replays([outage, before, plan]);
  if (was === undefined || is === undefined) throw new Error('Expected two replays.');

  test('takes login and trade of Harbor as it was down for hours', () => {
    expect([was.outcome, is.outcome]).toEqual(['uncovered', 'covered']);
    for (const name of ['login', 'trade'])
      expect([name, journeyOf(was, name).minutesDown > 4 * 60]).toEqual([name, true]);
    expect(faultsOf(was)).toEqual([]);
  });

  test('nothing of Harbor as it was is back before the provider, but while the file flaps', () => {
    for (const { name, modes, segments } of was.journeys) {
      const served = segments.filter(({ mode, to }) => mode !== 'down' && to > at('11:28:00'));
      expect([name, served.filter(({ mode }) => mode !== modes[0]?.name)]).toEqual([name, []]);
      const early = served.filter(({ from }) => from < at('17:06:00'));
      for (const { from, to } of early) {
        expect([name, (Date.parse(to) - Date.parse(from)) / 60_000]).toEqual([name, 5]);
        expect((Date.parse(from) - Date.parse(at('11:33:00'))) / 60_000).toSatisfy(
          (m: number) => m % 10 === 0,
        );
        expect([name, to < at('13:00:00')]).toEqual([name, true]);
      }
      // Down until the provider is, and no longer.
      const last = segments.findLast(({ mode }) => mode === 'down');
      expect([name, last?.to]).toEqual([name, at('17:06:00')]);
    }
    // The challenge stays away through the good halves.
    expect(minutesIn(journeyOf(was, 'login'), 'down')).toBe(338);
    expect(minutesIn(journeyOf(was, 'withdraw'), 'down')).toBe(338);
    // Nine good halves of five minutes.
    expect(minutesIn(journeyOf(was, 'trade'), 'down')).toBe(338 - 45);
  });

  test('nobody without a session could use the dashboard, twice', () => {
    for (const one of [was, is]) {
      const dashboard = one.controlPlanes.filter(({ capability }) => capability === 'cloudflare/dashboard');
      expect(dashboard).toEqual([
        {
          capability: 'cloudflare/dashboard',
          from: at('11:30:00'),
          to: at('13:10:00'),
          mode: 'login-unavailable',
          used: false,
        },
        {
          capability: 'cloudflare/dashboard',
          from: at('14:40:00'),
          to: at('15:30:00'),
          mode: 'login-unavailable',
          used: false,
        },
      ]);
    }
  });

  test('takes login, withdraw and market-data of Harbor as it is down for two and a half minutes, trade never', () => {
    const down = Object.fromEntries(is.journeys.map(({ name, minutesDown }) => [name, minutesDown]));
    expect(down).toEqual({ login: 2.5, trade: 0, withdraw: 2.5, 'market-data': 2.5 });
    expect(faultsOf(is)).toEqual([]);
  });

  test('trade takes no orders for two and a half minutes, then posts only until a quarter of an hour after', () => {
    expect(courseOf(journeyOf(is, 'trade'))).toEqual([
      '11:20:00 full',
      '11:28:00 static',
      '11:30:30 post-only',
    ]);
    expect(journeyOf(is, 'trade').segments.at(-1)?.to).toBe(at('17:21:00'));
    expect(is.to).toBe(at('17:21:00'));
    // 2.5 min at 98 %, then 30 % until 4 h after the first mode was left, and 30 % of the higher rate after that.
    const early = 250_000 * (0.98 * (2.5 / 60) + 0.3 * (4 - 2.5 / 60));
    const late = 400_000 * 0.3 * (353 / 60 - 4);
    expect(journeyOf(is, 'trade').loss).toBeCloseTo(early + late, 6);
    expect(journeyOf(is, 'login').loss).toBeCloseTo(120_000 * (2.5 / 60 + 0.4 * (350.5 / 60)), 6);
  });

  test('does not make Harbor as it is flap: edge goes once there and once back', () => {
    for (const journey of is.journeys)
      expect([journey.name, courseOf(journey).length - 1 <= 4]).toEqual([journey.name, true]);
    const edge = is.steps.filter(({ service }) => service === 'edge');
    expect(edge.map(({ at: time, kind }) => [time, kind])).toEqual([
      [at('11:28:00'), 'failing'],
      [at('11:29:00'), 'detected'],
      [at('11:29:00'), 'approved'],
      [at('11:29:00'), 'switching'],
      [at('11:29:30'), 'switched'],
      [at('11:30:30'), 'in-use'],
      [at('17:21:00'), 'back'],
    ]);
    expect(is.notBack).toEqual([]);
  });

  test('with a second edge that carries all, trade is off full for two and a half minutes only', async () => {
    const whole = file('whole.yaml', edited(plan, 'carries: 75%', 'carries: 100%'));
    const again = await replay(outage, whole);
    expect(courseOf(journeyOf(again, 'trade'))).toEqual([
      '11:20:00 full',
      '11:28:00 static',
      '11:30:30 full',
    ]);
    expect(again.journeys.map(({ minutesDown, minutesDegraded }) => minutesDown + minutesDegraded)).toEqual([
      2.5, 2.5, 2.5, 2.5,
    ]);
    expect(again.steps.filter(({ service, kind }) => service === 'edge' && kind === 'back')).toHaveLength(1);
    expect(faultsOf(again)).toEqual([]);
  });
});

describe('what nobody published', async () => {
  const [whole] = await replays([outage, before]);
  const down = (one: Replay): number[] => one.journeys.map(({ minutesDown }) => minutesDown);

  test('at a severity of 0.05 harms nobody', async () => {
    for (const one of await replays([outage, before, plan, '--severity', '0.05'])) {
      expect([one.outcome, one.loss, down(one)]).toEqual(['unharmed', 0, [0, 0, 0, 0]]);
      expect(one.hit.every(({ lowest }) => Math.abs(lowest - 0.95) < 1e-12)).toBe(true);
      expect(one.hit.length).toBeGreaterThan(0);
    }
  });

  test('harms from where fewer than the usable 90 % are answered', async () => {
    expect((await replay(outage, before, '--severity', '0.1')).outcome).toBe('unharmed');
    expect((await replay(outage, before, '--severity', '.11')).outcome).toBe('uncovered');
    const half = await replay(outage, before, '--severity', '0.5');
    expect([down(half), half.loss]).toEqual([whole && down(whole), whole?.loss]);
    expect(half.hit.map(({ lowest }) => lowest)).toEqual(half.hit.map(() => 0.5));
    expect(half.choices.map(({ says }) => says).join('\n')).toContain('taken as 50 %');
  });

  test('is said of a cohort that saw nothing: the edge is unharmed for it', async () => {
    const spared = await replay(outage, before, '--cohort', 'fl-no-bot-score-rules');
    expect(spared.hit.map(({ name }) => name)).not.toContain('cloudflare/cdn');
    expect(journeyOf(spared, 'trade')).toMatchObject({ minutesDown: 0, minutesDegraded: 0, loss: 0 });
    // What has no cohorts fails as ever.
    expect(journeyOf(spared, 'login').minutesDown).toBe(182);
    expect(spared.choices).toContainEqual({
      about: 'cloudflare/cdn',
      says: expect.stringContaining('fl-no-bot-score-rules') as string,
    });
    const stated = file(
      'stated.yaml',
      edited(before, '\njourneys:\n', '\ncohorts: [fl-no-bot-score-rules]\njourneys:\n'),
    );
    expect({ ...(await replay(outage, stated)), plan: spared.plan }).toEqual(spared);
    // Of several the worst counts.
    const worst = await replay(
      outage,
      before,
      '--cohort',
      'fl-no-bot-score-rules',
      '--cohort',
      'fl2-with-bots-module',
    );
    expect(worst.journeys).toEqual(whole?.journeys);
  });
});

describe('when it happens', () => {
  test.each([
    ['6h', 6],
    ['+90m', 1.5],
    ['-6h', -6],
    ['-2d', -48],
  ])('--shift=%s moves every time and nothing else', async (shift, hours) => {
    const back = (_: string, time: string): string =>
      `"${new Date(Date.parse(time) - hours * 3_600_000).toISOString().replace('.000Z', 'Z')}"`;
    const moved = await keelsonHere(['replay', outage, before, plan, `--shift=${shift}`, '--json']);
    expect(moved).toMatchObject({ exit: 0, err: '' });
    const usual = (await keelsonHere(['replay', outage, before, plan, '--json'])).out;
    expect(moved.out).not.toBe(usual);
    expect(moved.out.replaceAll(/"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"/g, back)).toBe(usual);
  });

  test('--shift 0s moves nothing, and 6h may stand by itself', async () => {
    const usual = (await keelsonHere(['replay', outage, plan, '--json'])).out;
    expect((await keelsonHere(['replay', outage, plan, '--shift', '0s', '--json'])).out).toBe(usual);
    expect((await replay(outage, plan, '--shift', '6h')).to).toBe(at('23:21:00'));
  });

  test('--from and --to cut', async () => {
    const cut = ['--from', at('13:00:00'), '--to', at('14:00:00')];
    const [was, is] = await replays([outage, before, plan, ...cut]);
    expect([was?.from, was?.to, is?.to]).toEqual([at('13:00:00'), at('14:00:00'), at('14:15:00')]);
    expect(was?.journeys.map(({ minutesDown }) => minutesDown)).toEqual([60, 60, 60, 60]);
    expect(was?.controlPlanes.map(({ capability, from, to }) => [capability, from, to])).toEqual([
      ['cloudflare/access', at('13:00:00'), at('13:05:00')],
      ['cloudflare/dashboard', at('13:00:00'), at('13:10:00')],
    ]);
    expect([was, is].flatMap((one) => (one === undefined ? ['none'] : faultsOf(one)))).toEqual([]);
    // Without a begin, and without an end.
    expect(await replay(outage, before, '--to', at('11:31:00'))).toMatchObject({
      from: at('11:20:00'),
      to: at('11:31:00'),
    });
    expect(await replay(outage, before, '--from', at('17:00:00'))).toMatchObject({
      from: at('17:00:00'),
      to: at('17:06:00'),
    });
    // What was cut moves as a whole.
    expect(await replay(outage, before, ...cut, '--shift', '1h')).toMatchObject({
      from: at('14:00:00'),
      to: at('15:00:00'),
    });
  });

  const hall = (): string =>
    file(
      'hall.yaml',
      `keelson: 1
platform: {name: Hall, asOf: 2026-11-01}
journeys: {trade: {loss: 100k USD/h, modes: {full: {needs: engine}}}}
services: {engine: {outages: none, needs: [cyrusone/chi1]}}
`,
    );

  test('is not replayed where nobody knows, and that is said', async () => {
    const unknown = await replay('cme-cyrusone-2025-11-28', hall());
    expect(unknown).toMatchObject({ outcome: 'unknown', from: null, to: null, touched: false, loss: null });
    expect(unknown.choices).toContainEqual({
      about: 'cyrusone/chi1',
      says: expect.stringContaining('--from and --to') as string,
    });
    expect(faultsOf(unknown)).toEqual([]);
    const text = await shown(['replay', 'cme-cyrusone-2025-11-28', hall()]);
    expect(text).toMatch(/Hall {2}Not replayed: nobody published when/);
    expect(text).toContain('--from');
    expect((await replay('cme-cyrusone-2025-11-28', hall(), '--from', '2025-11-28T03:00:00Z')).outcome).toBe(
      'unknown',
    );
  });

  test('is not replayed where it lies outside --from and --to, and that is said', async () => {
    const words = [outage, plan, '--from', '2026-01-01T00:00:00Z'];
    expect(await replay(...words)).toMatchObject({
      outcome: 'outside',
      from: null,
      to: null,
      journeys: { length: 4 },
    });
    expect(await shown(['replay', ...words])).toMatch(/Not replayed: nothing of what hit it lies between/);
    const all = await shown(['replay', 'all', plan, '--from', '2026-01-01T00:00:00Z']);
    expect(all).toMatch(/Not replayed, because they lie outside --from and --to: .*cloudflare-2025-11-18/s);
    expect(all).not.toMatch(/unknown|nobody published/);
  });

  test('is replayed once --from and --to say it', async () => {
    const words = ['--from', '2025-11-28T03:00:00Z', '--to', '2025-11-28T13:30:00Z'];
    const known = await replay('cme-cyrusone-2025-11-28', hall(), ...words);
    expect(known).toMatchObject({
      outcome: 'uncovered',
      from: '2025-11-28T03:00:00Z',
      to: '2025-11-28T13:30:00Z',
      loss: 1_050_000,
    });
    expect(journeyOf(known, 'trade').minutesDown).toBe(630);
    expect(faultsOf(known)).toEqual([]);
  });
});

describe('pools that are short', () => {
  const pools = (): string =>
    file(
      'pools.yaml',
      `keelson: 1
platform: {name: Pools, asOf: 2026-11-01}
journeys:
  core: {tier: core, loss: 10k USD/h, modes: {full: {needs: {from: pool, atLeast: 50}}}}
  later: {tier: deferrable, modes: {full: {needs: {from: pool, atLeast: 40}}}}
services:
  pool: {outages: none, pool: [{use: site-a, capacity: 50}, {use: site-b, capacity: 50}]}
  site-a: {outages: none}
  site-b: {outages: none}
`,
    );
  const siteLost = (): string => own('site-lost', { capability: 'site-a', severity: '1', mode: 'power-off' });

  test('serve core journeys first', async () => {
    const { journeys, steps } = await replay(siteLost(), pools());
    expect(journeys.map(({ name, minutesDown }) => [name, minutesDown])).toEqual([
      ['core', 0],
      ['later', 60],
    ]);
    expect(steps.map(({ kind }) => kind)).not.toContain('collapsed');
  });

  test('answer nobody with --no-shedding', async () => {
    const collapsed = await replay(siteLost(), pools(), '--no-shedding');
    expect(collapsed.journeys.map(({ minutesDown }) => minutesDown)).toEqual([60, 60]);
    expect(collapsed.loss).toBe(10_000);
    expect(collapsed.steps.map(({ service, kind }) => [service, kind])).toContainEqual(['pool', 'collapsed']);
    expect(faultsOf(collapsed)).toEqual([]);
  });
});

/** An incident file of an hour on 2 March 2026, at 14:00 unless said otherwise. */
function own(
  id: string,
  {
    capability = 'cloudflare/cdn',
    severity = '0.8',
    mode = 'http-5xx',
    to = '15:00:00',
    folder = 'own',
  } = {},
): string {
  return file(
    `${folder}/${id}.yaml`,
    `schema: 1
id: ${id}
title: Something is out for a while
kind: availability
provider: cloudflare
cause_class: config-push
root_cause: Made up.
window: {start: 2026-03-02T14:00:00Z}
effects:
  - capability: ${capability}
    scope: global
    phases:
      - {from: 2026-03-02T14:00:00Z, to: 2026-03-02T${to}Z, severity: ${severity}, mode: ${mode}}
counts: null
sources:
  - {id: us, url: null, title: A what-if of ours, what: everything}
`,
  );
}

describe('an incident file of your own', () => {
  test('is replayed, as YAML, as JSON and from standard input', () => {
    const path = own('edge-lost');
    const answer = keelson(['replay', path, plan, '--json']);
    expect(answer).toMatchObject({ exit: 0, err: '' });
    const { incident, journeys } = JSON.parse(answer.out) as Replay;
    expect(incident).toEqual({
      id: 'edge-lost',
      title: 'Something is out for a while',
      provider: 'cloudflare',
      kind: 'availability',
    });
    expect(journeys.map(({ minutesDown }) => minutesDown)).toEqual([2.5, 0, 2.5, 2.5]);
    const json = file(
      'own/edge-lost.json',
      JSON.stringify({
        schema: 1,
        id: 'edge-lost',
        title: incident.title,
        kind: 'availability',
        provider: 'cloudflare',
        cause_class: 'config-push',
        root_cause: 'Made up.',
        window: { start: '2026-03-02T14:00:00Z' },
        effects: [
          {
            capability: 'cloudflare/cdn',
            scope: 'global',
            phases: [
              { from: '2026-03-02T14:00:00Z', to: '2026-03-02T15:00:00Z', severity: 0.8, mode: 'http-5xx' },
            ],
          },
        ],
        counts: null,
        sources: [{ id: 'us', url: null, title: 'A what-if of ours', what: 'everything' }],
      }),
    );
    expect(keelson(['replay', json, plan, '--json']).out).toBe(answer.out);
    const text = readFileSync(path, 'utf8');
    expect(keelson(['replay', '-', plan, '--json'], { input: text }).out).toBe(answer.out);
    // Found from where one stands, without a path.
    const from = join(scratch, 'own');
    expect(keelson(['replay', 'edge-lost.yaml', join(root, plan), '--csv'], { cwd: from }).exit).toBe(0);
  });

  const wrongIncident = (): string =>
    own('wrong', { capability: 'cloudflare/cdn@eu', severity: '80', folder: 'wrong' });
  const wrongPlan = (): string =>
    file(
      'wrong/plan.yaml',
      edited(
        before,
        'tier: core\n    slo: 99.95%\n    loss: 120k',
        'tier: top\n    slo: 99.95%\n    loss: 120k',
      ),
    );

  test('that is wrong exits 2, each problem at its line and column', async () => {
    const path = wrongIncident();
    const { exit, out, err } = await keelsonHere(['replay', path, plan]);
    expect([exit, out]).toEqual([2, '']);
    expect(err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^${path}:10:17 {2}place-in-capability {2}.*scope: eu\\.$`)),
      expect.stringMatching(new RegExp(`^${path}:13:74 {2}out-of-range {2}.*found "80"\\.$`)),
      '2 errors. Nothing was answered.',
    ]);
  });

  test('has its problems said together with those of every plan', async () => {
    const files = [wrongIncident(), plan, wrongPlan(), 'absent.yaml'];
    const { exit, out, err } = await keelsonHere(['replay', ...files]);
    expect([exit, out]).toEqual([2, '']);
    const lines = err.trimEnd().split('\n');
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      wrongIncident(),
      wrongIncident(),
      wrongPlan(),
      'absent.yaml',
      '4 errors. Nothing was answered.',
    ]);
  });

  test('has its problems as keelson.problems/1 with --json', async () => {
    const { exit, out, err } = await keelsonHere(['replay', wrongIncident(), wrongPlan(), '--json']);
    expect([exit, err]).toEqual([2, '']);
    const report = JSON.parse(out) as { readonly schema: string; readonly problems: readonly Problem[] };
    expect([Object.keys(report).sort(), report.schema]).toEqual([
      ['problems', 'schema'],
      'keelson.problems/1',
    ]);
    expect(report.problems.map(({ file: path, line, column, code }) => [path, line, column, code])).toEqual([
      [wrongIncident(), 10, 17, 'place-in-capability'],
      [wrongIncident(), 13, 74, 'out-of-range'],
      [wrongPlan(), 7, 11, 'wrong-word'],
    ]);
    for (const one of report.problems)
      expect(Object.keys(one).sort()).toEqual(['code', 'column', 'file', 'line', 'message', 'severity']);
    const ofYears = await keelsonHere(['replay', '--years', '10', wrongPlan(), '--json']);
    expect(ofYears).toMatchObject({ exit: 2, err: '' });
    expect((JSON.parse(ofYears.out) as { schema: string }).schema).toBe('keelson.problems/1');
  });

  test('with a warning is replayed, and the warning stands beside the answer as check says warnings', async () => {
    const path = file(
      'warned/edge-lost.yaml',
      readFileSync(own('edge-lost'), 'utf8').replace('{from: 2026-03-02T14', '{from: 2026-03-02T13'),
    );
    const { exit, out, err } = await keelsonHere(['replay', path, plan]);
    expect([exit, out.split('\n')[0]]).toEqual([0, expect.stringContaining('Something is out for a while')]);
    expect(err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/edge-lost\.yaml:13:16 {2}warning {2}phase-outside-window {2}.*\.$/),
    ]);
    expect(JSON.parse((await keelsonHere(['replay', path, plan, '--json'])).out)).toMatchObject({
      schema: 'keelson.replay/1',
    });
  });

  test('too large to be read does not promise what --max-bytes does not do', async () => {
    const path = file(
      'large/edge-lost.yaml',
      `${readFileSync(own('edge-lost'), 'utf8')}#${' '.repeat(4_000_000)}\n`,
    );
    const { exit, err } = await keelsonHere(['replay', path, plan]);
    expect([exit, err]).toEqual([2, expect.stringContaining('file-too-large')]);
    if (err.includes('--max-bytes'))
      expect((await keelsonHere(['replay', path, plan, '--max-bytes', '5000000'])).exit).toBe(0);
  });
});

describe('--fail-on', () => {
  test.each([
    [0, [outage, before]],
    [1, [outage, before, '--fail-on', 'down']],
    [1, [outage, before, '--fail-on', 'uncovered']],
    [1, [outage, plan, '--fail-on', 'down']],
    [0, [outage, plan, '--fail-on', 'uncovered']],
    [1, [outage, plan, before, '--fail-on', 'uncovered']],
    [1, [outage, plan, '--fail-on', 'uncovered,down', '--json']],
    [1, [outage, plan, '--fail-on', 'uncovered', '--fail-on', 'down', '--csv']],
    [0, [outage, plan, '--fail-on', 'uncovered, down', '--severity', '0.05']],
    [0, ['dyn-2016-10-21', before, '--fail-on', 'down,uncovered']],
    [1, ['all', before, '--fail-on', 'uncovered']],
    [0, ['all', plan, '--fail-on', 'uncovered']],
    [1, ['--list', plan, '--fail-on', 'down']],
  ] as const)('exits %i of keelson replay %j', (exit, words) => {
    const run = keelson(['replay', ...words]);
    expect([run.exit, run.err]).toEqual([exit, '']);
    expect(run.out).not.toBe('');
  });
});

describe('what is wrong with the command is said in a line', () => {
  const headings = new Set(
    [...readFileSync(join(root, 'docs/problems.md'), 'utf8').matchAll(/^### (\S+)$/gm)].map(
      ([, code]) => code,
    ),
  );

  test.each([
    ['no operands', [], 'no-incident', /an incident and a plan file/],
    ['no plan', [outage], 'no-plan', /a plan file/],
    ['no plan for all', ['all'], 'no-plan', /a plan file/],
    [
      'an incident misspelt',
      ['cloudflare-2025-11-81', plan],
      'unknown-incident',
      /Did you mean cloudflare-2025-11-18\?/,
    ],
    ['an incident without its day', ['cloudflare', plan], 'unknown-incident', /no incident "cloudflare"/],
    ['an incident like nothing', ['nonsense', plan], 'unknown-incident', /no incident "nonsense"\. /],
    [
      'an unknown cohort',
      [outage, plan, '--cohort', 'fl3'],
      'unknown-cohort',
      /"fl3"; known are fl2-with-bots-module, /,
    ],
    [
      'a cohort of none',
      ['cloudflare-2019-07-02', plan, '--cohort', 'fl3'],
      'unknown-cohort',
      /the incident has none/,
    ],
    [
      'a severity above 1',
      [outage, plan, '--severity', '1.5'],
      'bad-argument',
      /--severity .* 0 to 1, found "1\.5"/,
    ],
    [
      'a severity below 0',
      [outage, plan, '--severity=-0.1'],
      'bad-argument',
      /--severity .* 0 to 1, found "-0\.1"/,
    ],
    [
      'a severity in words',
      [outage, plan, '--severity', 'half'],
      'bad-argument',
      /--severity .* found "half"/,
    ],
    [
      'a severity in percent',
      [outage, plan, '--severity', '50%'],
      'bad-argument',
      /--severity .* found "50%"/,
    ],
    ['an empty severity', [outage, plan, '--severity', ''], 'bad-argument', /--severity .* found ""/],
    ['a severity of a dot', [outage, plan, '--severity', '.'], 'bad-argument', /--severity .* found "\."/],
    [
      'a begin in words',
      [outage, plan, '--from', 'yesterday'],
      'bad-argument',
      /--from .* in UTC .* found "yesterday"/,
    ],
    [
      'a begin elsewhere',
      [outage, plan, '--from', '2025-11-18T12:00:00+01:00'],
      'bad-argument',
      /--from .* in UTC/,
    ],
    [
      'a begin without a time',
      [outage, plan, '--from', '2025-11-18'],
      'bad-argument',
      /--from .* such as 2025-11-18T11:28:00Z/,
    ],
    [
      'an end that does not exist',
      [outage, plan, '--to', '2025-02-30T00:00:00Z'],
      'bad-argument',
      /--to .* found "2025-02-30/,
    ],
    [
      'the end before the begin',
      [outage, plan, '--from', at('13:00:00'), '--to', at('12:00:00')],
      'bad-argument',
      /--from before --to/,
    ],
    [
      'the end at the begin',
      [outage, plan, '--from', at('13:00:00'), '--to', at('13:00:00')],
      'bad-argument',
      /--from before --to/,
    ],
    [
      'a shift without a unit',
      [outage, plan, '--shift', '6'],
      'bad-argument',
      /--shift .* 6h or -90m.* found "6"/,
    ],
    ['a shift with two signs', [outage, plan, '--shift', '+-6h'], 'bad-argument', /--shift .* found "\+-6h"/],
    ['an empty shift', [outage, plan, '--shift', ''], 'bad-argument', /--shift .* found ""/],
    ['a shift of eleven years', [outage, plan, '--shift', '11yr'], 'bad-argument', /--shift .* at most 10yr/],
    ['a shift that looks like an option', [outage, plan, '--shift', '-6h'], 'bad-argument', /--shift/],
    [
      'a word that nothing fails on',
      [outage, plan, '--fail-on', 'dwn'],
      'bad-argument',
      /--fail-on .* found "dwn"/,
    ],
    ['no years', ['--years', '0', plan], 'bad-argument', /--years .* from 1 to \d+, found "0"/],
    ['years in words', ['--years', 'abc', plan], 'bad-argument', /--years .* found "abc"/],
    ['parts of years', ['--years', '1.5', plan], 'bad-argument', /--years .* found "1\.5"/],
    ['too many years', ['--years', '10000001', plan], 'bad-argument', /--years .* found "10000001"/],
    ['years without a number', [plan, '--years'], 'bad-argument', /--years/],
    ['a seed in words', ['--years', '10', plan, '--seed', 'x'], 'bad-argument', /--seed .* found "x"/],
    ['no workers', ['--years', '10', plan, '--workers', '0'], 'bad-argument', /--workers .* found "0"/],
    ['years without a plan', ['--years', '10'], 'no-plan', /a plan file/],
    [
      'years with a severity',
      ['--years', '10', plan, '--severity', '1'],
      'bad-argument',
      /--severity .* --years/,
    ],
    ['years with a cohort', ['--years', '10', plan, '--cohort', 'a'], 'bad-argument', /--cohort .* --years/],
    [
      'years with a begin',
      ['--years', '10', plan, '--from', at('13:00:00')],
      'bad-argument',
      /--from .* --years/,
    ],
    ['years with an end', ['--years', '10', plan, '--to', at('13:00:00')], 'bad-argument', /--to .* --years/],
    ['years with a shift', ['--years', '10', plan, '--shift', '1h'], 'bad-argument', /--shift .* --years/],
    ['years that fail', ['--years', '10', plan, '--fail-on', 'down'], 'bad-argument', /--fail-on .* --years/],
    ['years as a list', ['--years', '10', plan, '--list'], 'bad-argument', /--list .* --years/],
    [
      'years without advice',
      ['--years', '10', plan, '--no-advice'],
      'bad-argument',
      /--no-advice .* --years/,
    ],
    ['an option misspelt', [outage, plan, '--severty', '1'], 'unknown-option', /Did you mean --severity\?/],
  ] as const)('%s', async (_, words, code, message) => {
    const { exit, out, err } = await keelsonHere(['replay', ...words]);
    expect([exit, out]).toEqual([2, '']);
    const [line = '', ...hint] = err.trimEnd().split('\n');
    expect(line).toMatch(/^keelson: .+ \([a-z-]+\)$/);
    expect(line).toMatch(message);
    expect(line.endsWith(` (${code})`)).toBe(true);
    expect(hint.length <= 1 && hint.every((one) => /^ {2}\S/.test(one))).toBe(true);
    expect(headings).toContain(code);
  });

  test.each([
    ['a plan', [outage, 'absent.yaml'], ['absent.yaml']],
    ['a plan of years', ['--years', '10', 'absent.yaml'], ['absent.yaml']],
    ['an incident', ['./absent.yaml', plan], ['./absent.yaml']],
    ['an incident with an ending only', ['absent.json', plan], ['absent.json']],
    ['both', ['./outage.yaml', 'absent.yaml'], ['./outage.yaml', 'absent.yaml']],
    ['a folder', ['data/incidents', plan], ['data/incidents']],
  ] as const)('%s that is not there', async (_, words, files) => {
    const { exit, out, err } = await keelsonHere(['replay', ...words]);
    expect([exit, out]).toEqual([2, '']);
    expect(err.trimEnd().split('\n')).toEqual([
      ...files.map((name) => expect.stringContaining(`${name}:1:1  file-unreadable  `) as string),
      files.length === 1 ? '1 error. Nothing was answered.' : '2 errors. Nothing was answered.',
    ]);
  });
});

describe('busy hours', () => {
  const busy = (peak: string, loss = '100k USD/h'): string =>
    file(
      'busy.yaml',
      `keelson: 1
platform: {name: Busy, asOf: 2026-11-01${peak}}
journeys: {trade: {loss: ${loss}, modes: {full: {needs: cloudflare/cdn}, half: {worth: 50%, needs: fastly/cdn}}}}
`,
    );
  const day = ", peak: {from: '13:00', to: '21:00', share: 60%}"; // 1.8 in them, 0.6 outside
  const night = ", peak: {from: '22:00', to: '02:00', share: 50%}"; // 3 in them, 0.6 outside
  const both = '{from: 2026-03-02T14:00:00Z, to: 2026-03-02T15:00:00Z, severity: 1, mode: http-5xx}';
  const outages = (to = '15:00:00'): string => {
    const path = own('edges-lost', { severity: '1', to });
    const text = readFileSync(path, 'utf8');
    return file(
      'own/edges-lost.yaml',
      text.replace('counts:', () => {
        const phase = both.replace('15:00:00', to);
        return `  - {capability: fastly/cdn, scope: global, phases: [${phase}]}\ncounts:`;
      }),
    );
  };

  test.each([
    ['in the middle of the day', day, '0s', 180_000],
    ['in the morning', day, '-6h', 60_000],
    ['across their begin', day, '-90m', 30_000 + 90_000],
    ['across their end', day, '6h 30m', 90_000 + 30_000],
    ['a quarter before', day, '-75m', 0.25 * 60_000 + 0.75 * 180_000],
    ['by day, where they are at night', night, '0s', 60_000],
    ['before midnight', night, '8h', 300_000],
    ['across midnight', night, '9h 30m', 300_000],
    ['across their end at night', night, '11h 30m', 150_000 + 30_000],
    ['two days before', night, '-39h', 300_000],
    ['two years later', day, '730d 90m', 180_000],
  ])('an hour %s costs as much as by hand', async (_, peak, shift, loss) => {
    const { loss: found } = await replay(outages(), busy(peak), `--shift=${shift}`);
    expect(found).toBeCloseTo(loss, 4);
  });

  test('weigh steps of loss and lower modes alike', async () => {
    const steps = '[{after: 0h, rate: 100k USD/h}, {after: 30m, rate: 200k USD/h}]';
    // 12:30 to 13:00 at the first step outside, 13:00 to 13:30 at the second inside.
    expect((await replay(outages(), busy(day, steps), '--shift=-90m')).loss).toBeCloseTo(30_000 + 180_000, 4);
    const edge = own('edge-lost', { severity: '1' });
    expect((await replay(edge, busy(day), '--shift=-6h')).loss).toBeCloseTo(30_000, 4);
    expect((await replay(edge, busy(day))).loss).toBeCloseTo(90_000, 4);
  });

  test('leave a whole day and plans without them as they are', async () => {
    const whole = file(
      'own/edges-lost.yaml',
      readFileSync(outages(), 'utf8').replaceAll('to: 2026-03-02T15', 'to: 2026-03-03T14'),
    );
    for (const peak of [day, night, ''])
      for (const shift of ['0s', '5h', '-100m'])
        expect((await replay(whole, busy(peak), `--shift=${shift}`)).loss).toBeCloseTo(2_400_000, 4);
    for (const shift of ['0s', '-6h', '-90m', '9h 30m'])
      expect((await replay(outages(), busy(''), `--shift=${shift}`)).loss).toBe(100_000);
  });
});

describe('years', () => {
  const usual = keelson(['replay', '--years', '500', plan, '--json']);
  const result = JSON.parse(usual.out) as Years;

  test('as JSON have every field that src/replay/years/result.ts says, with its type, and no other', async () => {
    const own = interfacesOf('src/replay/years/result.ts');
    const contract = new Contract(new Map([...interfacesOf('src/replay/result.ts'), ...own]));
    expect(contract.faults(result, 'Years', 'years', '')).toEqual([]);
    expect(new Contract(own).all().filter((name) => !contract.met.has(name))).toEqual([]);
    expect(own.get('Years')?.length).toBeGreaterThan(7);
    const still = file(
      'still.yaml',
      'keelson: 1\nplatform: {name: Still, asOf: 2026-11-01}\njourneys: {j: {modes: {m: {needs: s}}}}\nservices: {s: {outages: none}}\n',
    );
    const calm = await years('30', still);
    expect(contract.faults(calm, 'Years', 'years', '')).toEqual([]);
    expect([calm.loss, calm.worst, calm.journeys[0]?.loss]).toEqual([null, null, null]);
  });

  test('are the same bytes twice and on any number of workers', () => {
    expect(usual).toMatchObject({ exit: 0, err: '' });
    expect(keelson(['replay', '--years', '500', plan, '--json']).out).toBe(usual.out);
    // So many that workers are started at all.
    const of = (workers: string): Run =>
      keelson(['replay', '--years', '2100', plan, '--workers', workers, '--json']);
    const one = of('1');
    expect(one).toMatchObject({ exit: 0, err: '' });
    expect((JSON.parse(one.out) as Years).years).toBe(2100);
    expect([of('2').out === one.out, of('3').out === one.out]).toEqual([true, true]);
  });

  test('of another seed are others, of the seed 1 the usual ones', async () => {
    const other = await years('500', plan, '--seed', '2');
    expect(other.seed).toBe(2);
    expect(other.loss?.mean).not.toBe(result.loss?.mean);
    expect(other.stateChanges).not.toBe(result.stateChanges);
    expect(keelson(['replay', '--years', '500', plan, '--seed', '1', '--json']).out).toBe(usual.out);
  });

  test('of several plans are an array, each as it is alone', async () => {
    const all = JSON.parse(
      (await keelsonHere(['replay', '--years', '500', before, plan, '--json'])).out,
    ) as Years[];
    expect(all.map(({ plan: { file: path } }) => path)).toEqual([before, plan]);
    expect(all[1]).toEqual(result);
  });

  test('add up', () => {
    for (const { name, availability, modes, down, degraded, loss, switchOver } of result.journeys) {
      const probabilities = modes.map(({ probability }) => probability);
      expect([name, sum(probabilities)]).toEqual([name, expect.closeTo(availability, 9)]);
      expect([name, down.mean]).toEqual([name, expect.closeTo((1 - availability) * 8766, 6)]);
      expect([name, degraded.mean]).toEqual([name, expect.closeTo(sum(probabilities.slice(1)) * 8766, 6)]);
      for (const { median, p90, p95, p99, most } of [down, degraded, loss ?? down])
        expect([median, p90, p95, p99, most]).toEqual([median, p90, p95, p99, most].sort((a, b) => a - b));
      expect(switchOver.downHoursPerYear).toBeLessThanOrEqual(down.mean);
      expect(switchOver.lossPerYear).toBeLessThanOrEqual(loss?.mean ?? 0);
    }
    const { loss, worst } = result;
    expect(loss?.mean).toBeCloseTo(sum(result.journeys.map((one) => one.loss?.mean ?? 0)), 4);
    expect(worst?.loss).toBe(loss?.most);
    expect(loss?.expectedShortfall.p95).toBeGreaterThanOrEqual(loss?.valueAtRisk.p95 ?? Number.NaN);
    expect(loss?.expectedShortfall.p99).toBeGreaterThanOrEqual(loss?.valueAtRisk.p99 ?? Number.NaN);
    const curve = loss?.exceedance ?? [];
    expect(curve.map((one) => one.loss)).toEqual(curve.map((one) => one.loss).sort((a, b) => a - b));
    expect(curve.map((one) => one.probability)).toEqual(
      curve.map((one) => one.probability).sort((a, b) => b - a),
    );
  });
});

/** Rows of RFC 4180 as records of its first row. */
function recordsOf(text: string): Record<string, string>[] {
  expect(text.endsWith('\n')).toBe(true);
  const rows: string[][] = [[]];
  const fields = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n?$)/gy;
  for (let match = fields.exec(text); match !== null && match[0] !== ''; match = fields.exec(text)) {
    const [, quoted, plain = '', end] = match;
    rows.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  const [head = [], ...rest] = rows.filter((row) => row.length > 0);
  expect(new Set(rest.map((row) => row.length))).toEqual(new Set([head.length]));
  return rest.map((row) => Object.fromEntries(row.map((field, i) => [head[i] ?? '', field])));
}
const fieldOf = (value: string | number | boolean | null): string => (value === null ? '' : String(value));

describe('CSV', () => {
  test('of an incident has a row for every segment', async () => {
    const expected = (await replays([outage, before, plan])).flatMap((one) =>
      one.journeys.flatMap(({ name, segments }) =>
        segments.map(({ from, to, mode, level, exposed }) => ({
          incident: outage,
          plan: one.plan.name,
          journey: name,
          from,
          to,
          minutes: fieldOf((Date.parse(to) - Date.parse(from)) / 60_000),
          mode,
          level: fieldOf(level),
          exposed: fieldOf(exposed),
        })),
      ),
    );
    expect(recordsOf((await keelsonHere(['replay', outage, before, plan, '--csv'])).out)).toEqual(expected);
  });

  test('of all incidents has a row for every journey', async () => {
    const expected = (await replays(['all', before, plan])).flatMap((one) =>
      one.journeys.map((journey) => ({
        incident: one.incident.id,
        from: fieldOf(one.from),
        to: fieldOf(one.to),
        plan: one.plan.name,
        outcome: one.outcome,
        journey: journey.name,
        minutes_down: fieldOf(journey.minutesDown),
        minutes_degraded: fieldOf(journey.minutesDegraded),
        minutes_exposed: fieldOf(journey.minutesExposed),
        minutes_altered: fieldOf(journey.minutesAltered),
        loss: fieldOf(journey.loss),
        currency: 'USD',
      })),
    );
    const { out } = await keelsonHere(['replay', 'all', before, plan, '--csv']);
    expect(recordsOf(out)).toEqual(expected);
    expect((await keelsonHere(['replay', '--list', before, plan, '--csv'])).out).toBe(out);
  });

  test('of years has a row for every plan and journey', async () => {
    const rows = recordsOf((await keelsonHere(['replay', '--years', '500', before, plan, '--csv'])).out);
    const all = JSON.parse(
      (await keelsonHere(['replay', '--years', '500', before, plan, '--json'])).out,
    ) as Years[];
    expect(
      rows.map((row) => [
        row.plan,
        row.years,
        row.seed,
        row.journey,
        row.availability,
        row.down_hours,
        row.loss,
      ]),
    ).toEqual(
      all.flatMap((one) =>
        one.journeys.map((journey) => [
          one.plan.name,
          '500',
          '1',
          journey.name,
          fieldOf(journey.availability),
          fieldOf(journey.down.mean),
          fieldOf(journey.loss?.mean ?? null),
        ]),
      ),
    );
  });
});

describe('the text', () => {
  const COMMANDS: readonly (readonly [what: string, words: readonly string[]])[] = [
    ['the library', ['--list']],
    ['an incident', [outage, before, plan]],
    ['an incident of another provider', ['aws-use1-az4-2026-05-07', before, plan]],
    ['an attack through every example', ['badgerdao-2021-12-02', plan, ...publicPlans]],
    ['all incidents', ['all', before, plan]],
    ['all incidents through one plan', ['all', plan]],
    ['all incidents through more plans than fit side by side', ['all', plan, ...publicPlans]],
    ['years', ['--years', '500', before, plan]],
    ['years of every public example', ['--years', '30', ...publicPlans]],
  ];

  test.each(COMMANDS)(
    'of %s has no line longer than a terminal of 120 columns, and none that ends in space',
    async (_, words) => {
      const text = await shown(['replay', ...words]);
      expect(text.split('\n').filter((line) => [...line].length > 120)).toEqual([]);
      expect(text.split('\n').filter((line) => /\s$/.test(line))).toEqual([]);
      expect(text).not.toMatch(/NaN|undefined|\[object|Infinity/);
    },
  );

  test('is the same in colour, but for the colour', async () => {
    for (const [, words] of COMMANDS) {
      const coloured = await shown(['replay', ...words], { colour: true });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with an escape.
      expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(await shown(['replay', ...words]));
    }
  });

  test('of all names the currency of each plan', async () => {
    const text = readFileSync(join(root, before), 'utf8');
    const euros = file(
      'euros.yaml',
      text.replace('currency: USD', 'currency: EUR').replaceAll('USD/h', 'EUR/h'),
    );
    const lines = (await shown(['replay', 'all', plan, euros])).split('\n');
    expect(lines.find((line) => line.includes('INCIDENT'))).toMatch(/LOSS, USD.*LOSS, EUR/);
    expect(lines.find((line) => line.includes('Harbor Exchange (before): '))).toMatch(/ EUR$/);
  });

  test('of an incident shows steering wheels and severities of whichever plan it hits', async () => {
    const text = await shown(['replay', outage, 'examples/public/dydx.yaml', before]);
    expect(text).toMatch(/dYdX chain {2}Nothing that it stands on was hit\./);
    expect(text).toContain('cloudflare/dashboard');
    expect(text).toContain('--severity 0.5');
  });

  test('of --list with plans is that of all', async () => {
    expect(await shown(['replay', '--list', before, plan])).toBe(
      await shown(['replay', 'all', before, plan]),
    );
  });
});

describe('names that mean harm', () => {
  const name = '=HYPERLINK(\\"https://example.com\\", \\"\\e[31mred\\e]0;title\\a\\u202e\\u2028<script>\\")';
  const hostile = (): string =>
    file(
      'hostile.yaml',
      `keelson: 1
platform: {name: "${name}", asOf: 2026-11-01, note: "\\e[2J<img src=x>"}
journeys: {trade: {loss: 100k USD/h, modes: {full: {needs: edge}}}}
services: {edge: {outages: none, needs: cloudflare/cdn, note: "\\e[2J"}}
`,
    );
  /** Whatever a terminal obeys, or that changes how the rest is seen. */
  const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

  test.each([
    ['an incident', [outage]],
    ['all', ['all']],
    ['years', ['--years', '30']],
  ] as const)('do not reach the terminal raw in the text of %s', async (_, words) => {
    const text = await shown(['replay', ...words, hostile()]);
    expect(text).toContain('=HYPERLINK("https://example.com", "\\u{1b}[31mred');
    expect(text).not.toMatch(OBEYED);
    const coloured = await shown(['replay', ...words, hostile()], { colour: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with an escape.
    expect(coloured.replaceAll(/\u001b\[(?:0|1|2|31|33)m/g, '')).toBe(text);
  });

  test.each([
    ['an incident', [outage]],
    ['all', ['all']],
    ['years', ['--years', '30']],
  ] as const)('are no formula in the CSV of %s', async (_, words) => {
    const { exit, out } = await keelsonHere(['replay', ...words, hostile(), '--csv']);
    expect(exit).toBe(0);
    const rows = recordsOf(out);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row.plan).toMatch(/^'=HYPERLINK\("https:\/\/example\.com", /);
      expect(Object.values(row).filter((field) => /^[=+@\t\r]/.test(field))).toEqual([]);
    }
  });

  test('hold no escape in CSV', async () => {
    for (const words of [[outage], ['all'], ['--years', '30']])
      expect((await keelsonHere(['replay', ...words, hostile(), '--csv'])).out).not.toMatch(
        /(?![\r\n])\p{Cc}/u,
      );
  });

  const folder = 'a\u001b[31mb';

  test('of files are shown, not obeyed, in warnings', async () => {
    const path = own('edge-lost', { folder });
    writeFileSync(path, readFileSync(path, 'utf8').replace('{from: 2026-03-02T14', '{from: 2026-03-02T13'));
    const { exit, err } = await keelsonHere(['replay', path, plan]);
    expect([exit, err]).toEqual([0, expect.stringContaining('warning')]);
    expect(err).not.toMatch(OBEYED);
  });

  test('of files are shown, not obeyed, in problems', async () => {
    const wrong = await keelsonHere(['replay', own('edge-lost', { folder, severity: '80' }), plan]);
    expect([wrong.exit, wrong.err]).toEqual([2, expect.stringContaining('out-of-range')]);
    expect(wrong.err).not.toMatch(OBEYED);
    const absent = await keelsonHere(['replay', folder, plan]);
    expect([absent.exit, absent.err]).toEqual([2, expect.stringContaining('unknown-incident')]);
    expect(absent.err).not.toMatch(OBEYED);
  });
});
