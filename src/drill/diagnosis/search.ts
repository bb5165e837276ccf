import { reachedByJourney, reachedFrom, rebuildModel, type Model, type Node } from '../../model/index.ts';
import type { Plan, Service } from '../../plan/index.ts';
import { MS_PER_HOUR } from '../../units.ts';
import { agreementOf } from '../agreement.ts';
import { levelChanges, races } from '../course.ts';
import { foreseeChanges, type Foreseen, type Predict } from '../foresee.ts';
import { signalsOf, type Place } from '../place.ts';
import { alternativesOf, heldSwitches } from '../switches.ts';
import {
  fewerNeeds,
  furtherNeeds,
  otherTimes,
  withoutAlternatives,
  type Edit,
  type Suspect,
} from './edits.ts';
import { itemName, type Item, type Observed } from './observed.ts';

/** A plan that was changed, as it would have been predicted with. */
export interface Again {
  readonly model: Model;
  readonly places: readonly Place[];
  readonly predict: Predict;
  /** What is seen of a service or of what a provider offers, by its name. */
  readonly signalsOf: (name: string) => readonly number[];
}

export interface SearchGround {
  readonly model: Model;
  readonly speed: number;
  readonly toleranceMs: number;
  readonly again: (model: Model) => Again;
  readonly isTold: (service: string) => boolean;
  /** The clock that bounds how long is searched. @unit ms */
  readonly now: () => number;
}

/** An edit, and what it would have predicted as it was. */
export interface Explanation {
  readonly edit: Edit;
  readonly explains: readonly Item[];
  /** Other parts of the plan of which a change explains as much. */
  readonly asGood: readonly string[];
}

/** More edits are not tried on every fault. */
const MOST_EDITS = 3_000;
/** What has not been tried by then is not: a plan may have thousands of services, and nobody is answered meanwhile. @unit ms */
const TRIED_WITHIN_MS = 60_000;
/** So many are named that explain as much. */
const MOST_AS_GOOD = 5;

/**
 * The changes of a plan that explain disagreements: each is tried on the plan, and everything that was drilled is predicted again with it.
 * The one that explains most, and makes nothing wrong that was right, is taken first; of several, the one that says least, of what only
 * those stand on who were harmed. Then what is left is explained in the same way.
 */
export function explanationsOf(
  ground: SearchGround,
  observed: readonly Observed[],
  items: readonly Item[],
  withinMs = TRIED_WITHIN_MS,
): { readonly found: readonly Explanation[]; readonly isComplete: boolean } {
  const unlike = unlikeliness(ground.model, new Set(items.map(({ about }) => about)));
  const all = candidates(ground, observed, items)
    .map((edit) => ({ ...edit, weight: edit.weight + unlike(edit) }))
    .sort((a, b) => a.weight - b.weight);
  const edits = all.slice(0, MOST_EDITS);
  const left = new Map(items.map((item) => [itemName(item), item]));
  // What explains nothing of what was wrong need not be held against the rest.
  const wrong = new Set(items.map(({ fault }) => fault));
  const wrongFirst = [
    ...observed.filter(({ result }) => wrong.has(result.name)),
    ...observed.filter(({ result }) => !wrong.has(result.name)),
  ];
  const lastMs = ground.now() + withinMs;
  const judged: (Judged & { readonly edit: Edit })[] = [];
  let isComplete = edits.length === all.length;
  for (const edit of edits) {
    const one = judge(ground, edit, wrongFirst, { items: left, wrong, lastMs });
    if (one === undefined) isComplete = false;
    else judged.push({ edit, ...one });
    if (!isComplete && ground.now() > lastMs) break;
  }
  const found: Explanation[] = [];
  while (left.size > 0) {
    const ranked = judged
      .map((one) => ({ ...one, explains: one.explains.filter((item) => left.has(itemName(item))) }))
      .map((one) => ({ ...one, worth: one.explains.length - one.breaks }))
      .filter(({ worth }) => worth > 0)
      .sort((a, b) => b.worth - a.worth || a.edit.weight - b.edit.weight);
    const [best] = ranked;
    if (best === undefined) break;
    const asGood = ranked.filter(({ worth, edit }) => worth === best.worth && edit.edge !== best.edit.edge);
    found.push({
      edit: best.edit,
      explains: best.explains,
      asGood: [...new Set(asGood.map(({ edit }) => edit.edge))].slice(0, MOST_AS_GOOD),
    });
    for (const item of best.explains) left.delete(itemName(item));
  }
  return { found, isComplete };
}

/** How much less likely a part of the plan is for every journey that stands on it and was not harmed, and more where requests of one that was go to it. */
function unlikeliness(model: Model, harmed: ReadonlySet<string>): (edit: Edit) => number {
  const known = new Map<string, number>();
  const reached = model.journeys.map((journey) => ({
    isHarmed: harmed.has(journey.name),
    onPath: reachedByJourney(model, journey).onPath,
  }));
  const asked = new Set(
    model.plan.journeys.flatMap(({ name, value }) =>
      harmed.has(name) ? (value.match ?? []).map(({ to }) => to) : [],
    ),
  );
  const numbers = new Map(model.services.map(({ name }, i) => [name, i]));
  return ({ edge }) => {
    const [owner = ''] = edge.split('.');
    const service = numbers.get(owner);
    if (service === undefined) return 0;
    const before = known.get(owner);
    if (before !== undefined) return before;
    const unharmed = reached.filter(({ isHarmed, onPath }) => !isHarmed && onPath.has(service)).length;
    const weight = 0.3 * unharmed - (asked.has(owner) ? 0.4 : 0);
    known.set(owner, weight);
    return weight;
  };
}

function candidates(
  { model, speed }: SearchGround,
  observed: readonly Observed[],
  items: readonly Item[],
): Edit[] {
  const { plan } = model;
  const concerned = concernedBy(model, items);
  const concerns = (service: string): boolean => concerned.has(service);
  const wrong = observed.filter(({ result }) => items.some(({ fault }) => fault === result.name));
  const suspects = suspectsOf(plan, wrong);
  const further: Edit[] = [];
  for (const suspect of suspects) {
    if (further.length > MOST_EDITS) break;
    for (const edit of furtherNeeds(plan, suspect, concerns)) further.push(edit);
  }
  const times = wrong.flatMap(({ result }) =>
    result.switches.flatMap(({ service, predictedMs, observedMs, agrees }) => {
      if (agrees || observedMs === null) return [];
      const hours = ((observedMs - predictedMs) * speed) / MS_PER_HOUR;
      return (['switch', 'detect', 'approve', 'hold'] as const).flatMap((key) =>
        otherTimes(plan, service, key, hours),
      );
    }),
  );
  const neverHeld = wrong.flatMap(({ result }) =>
    result.unforeseen.flatMap(({ service }) => otherTimes(plan, service, 'hold', -87_660)),
  );
  return [
    ...times,
    ...neverHeld,
    ...withoutAlternatives(
      plan,
      (service, alternative) =>
        wrong.some(({ seen }) =>
          seen.some(
            (one) => one.service === service && one.to === alternativesOf(model, service)[alternative],
          ),
        ),
      concerns,
    ),
    ...further,
    ...suspects.flatMap(({ name }) => fewerNeeds(plan, name, concerns)),
  ];
}

/** Services that what went wrong stands on: a change of any other one predicts the same. */
function concernedBy(model: Model, items: readonly Item[]): ReadonlySet<string> {
  const abouts = new Set(items.map(({ about }) => about));
  const nodes: Node[] = [
    ...model.journeys
      .filter(({ name }) => abouts.has(name))
      .flatMap(({ modes }) => modes.map(({ node }) => node)),
    ...model.services.flatMap(({ name }, service): Node[] =>
      abouts.has(name) ? [{ kind: 'service', service }] : [],
    ),
  ];
  const found = new Set(nodes.length === 0 ? [] : reachedFrom(model, { kind: 'all', parts: nodes }));
  return new Set(
    [...found].flatMap((key) => {
      const index = /^service (\d+)/.exec(key)?.[1];
      return index === undefined ? [] : (model.services[Number(index)]?.name ?? []);
    }),
  );
}

/** What failed where something went wrong, by every name that a plan could give it. */
function suspectsOf(plan: Plan, wrong: readonly Observed[]): Suspect[] {
  const found = new Map<string, Suspect>();
  const names = new Set((plan.services ?? []).map(({ name }) => name));
  for (const { result } of wrong)
    for (const { address, names: here } of result.places) {
      for (const name of here) {
        if (names.has(name)) found.set(name, { name, service: undefined });
        if (name.startsWith('keys of ')) {
          const own = `${name.slice('keys of '.length)}-issuer`;
          found.set(own, { name: own, service: serviceAt(address) });
        }
      }
    }
  for (const { result } of wrong)
    for (const reference of result.places.flatMap(({ stands }) => stands))
      found.set(reference, { name: reference, service: undefined });
  return [...found.values()];
}

function serviceAt(address: string): Service {
  return { offset: 0, url: `http://${address}`, outages: { kind: 'none' } };
}

interface Judged {
  readonly explains: readonly Item[];
  /** What was right, and would not be with it. */
  readonly breaks: number;
}

/** @returns undefined where there is no time left for it */
function judge(
  ground: SearchGround,
  edit: Edit,
  wrongFirst: readonly Observed[],
  left: {
    readonly items: ReadonlyMap<string, Item>;
    readonly wrong: ReadonlySet<string>;
    readonly lastMs: number;
  },
): Judged | undefined {
  if (ground.now() > left.lastMs) return undefined;
  const model = rebuildModel(edit.plan(), ground.model);
  if (model === undefined) return { explains: [], breaks: 0 };
  const again = ground.again(model);
  const explains: Item[] = [];
  let breaks = 0;
  for (const one of wrongFirst) {
    if (explains.length === 0 && !left.wrong.has(one.result.name)) break;
    if (ground.now() > left.lastMs) return undefined;
    const foreseen = foreseenAgain(ground, again, edit, one);
    for (const [about, isRight] of heldAgain(ground, again.model, foreseen, one)) {
      const item = left.items.get(itemName({ fault: one.result.name, about }));
      if (isRight && item !== undefined) explains.push(item);
      if (!isRight && item === undefined && wasRight(one, about)) breaks++;
    }
  }
  return { explains, breaks };
}

function foreseenAgain(
  { speed, toleranceMs }: SearchGround,
  { model, places, predict, signalsOf: named }: Again,
  edit: Edit,
  { course, result }: Observed,
): Foreseen {
  const changes = levelChanges(course, (address) => {
    const failed = places.filter((place) => place.address === address);
    const hits = result.places.flatMap((place) =>
      place.address === address ? [...place.names, ...place.stands] : [],
    );
    const more = edit.needs !== undefined && hits.includes(edit.needs) ? named(edit.needs) : [];
    return [...signalsOf(failed), ...more];
  });
  return foreseeChanges(model, predict, changes, { speed, toleranceMs });
}

/** By journey and by service with switches, whether what was seen is what would have been foreseen. */
function heldAgain(
  { toleranceMs, isTold, speed }: SearchGround,
  model: Model,
  foreseen: Foreseen,
  { result, samples, seen, lastedMs, course }: Observed,
): Map<string, boolean> {
  const right = new Map<string, boolean>();
  for (const [journey, { name }] of model.journeys.entries()) {
    const own = samples[journey] ?? [];
    if (own.length === 0) continue;
    right.set(name, agreementOf(foreseen.modes[journey] ?? [], own, toleranceMs).outcome === 'agrees');
  }
  const racesMs = races(course).map((at) => at / speed);
  const held = heldSwitches(foreseen, seen, { model, toleranceMs, isTold, lastedMs, racesMs });
  for (const { service, agrees } of held.switches) right.set(service, agrees && right.get(service) !== false);
  for (const { service } of held.unforeseen) right.set(service, false);
  // What was neither to be switched nor was.
  const services = [...result.switches, ...result.unforeseen, ...seen].map(({ service }) => service);
  for (const service of services) if (!right.has(service)) right.set(service, true);
  return right;
}

function wasRight({ result }: Observed, about: string): boolean {
  const journey = result.journeys.find(({ name }) => name === about);
  if (journey !== undefined) return journey.outcome !== 'wrong';
  return (
    result.switches.every(({ service, agrees }) => service !== about || agrees) &&
    result.unforeseen.every(({ service }) => service !== about)
  );
}
