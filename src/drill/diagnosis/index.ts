import type { Blame } from '../result.ts';
import { placedAt, pointedAt, type Pointed } from './direct.ts';
import { itemName, type Item, type Observed } from './observed.ts';
import { explanationsOf, type SearchGround } from './search.ts';

/**
 * Which part of a plan was wrong. First what was seen points by itself: a mode that lets through what it refuses, a probe that lied. What is
 * left is explained by changes of the plan that are tried: the one with which most of it would have been predicted.
 */
export function diagnose(ground: SearchGround, observed: readonly Observed[]): Blame[] {
  const pointed = pointedAt(ground.model, ground.speed, observed);
  const explained = new Set(pointed.map(({ explains }) => itemName(explains)));
  const left = itemsOf(observed).filter((item) => !explained.has(itemName(item)));
  const { found, isComplete } =
    left.length === 0 ? { found: [], isComplete: true } : explanationsOf(ground, observed, left);
  for (const { explains } of found) for (const item of explains) explained.add(itemName(item));
  const unexplained = left.filter((item) => !explained.has(itemName(item)));
  const { plan } = ground.model;
  return [
    ...joined(ground, pointed),
    ...found.map(
      ({ edit, explains, asGood }): Blame => ({
        edge: edit.edge,
        ...placedAt(plan, edit.offset),
        says: saysOf(edit, explains),
        edit: { says: edit.says, yaml: edit.yaml },
        explains: explains.map(itemName),
        asGood,
      }),
    ),
    ...unexplained.map((item) => nothingExplains(ground, observed, item, isComplete)),
  ];
}

/** Everything that was not as predicted: journeys, and services whose switches were not. */
function itemsOf(observed: readonly Observed[]): Item[] {
  return observed.flatMap(({ result }) => {
    const journeys = result.journeys.filter(({ outcome }) => outcome !== 'agrees').map(({ name }) => name);
    const switched = [...result.switches.filter(({ agrees }) => !agrees), ...result.unforeseen];
    const services = new Set(switched.map(({ service }) => service));
    return [...journeys, ...services].map((about) => ({ fault: result.name, about }));
  });
}

/** One blame for each part of the plan. */
function joined({ model }: SearchGround, pointed: readonly Pointed[]): Blame[] {
  const byEdge = new Map<string, Blame>();
  for (const { edge, offset, says, edit, explains } of pointed) {
    const known = byEdge.get(edge);
    const name = itemName(explains);
    if (known === undefined)
      byEdge.set(edge, { edge, ...placedAt(model.plan, offset), says, edit, explains: [name], asGood: [] });
    else if (!known.explains.includes(name))
      byEdge.set(edge, { ...known, explains: [...known.explains, name] });
  }
  return [...byEdge.values()];
}

function saysOf(edit: { readonly says: string }, explains: readonly Item[]): string {
  const about = [...new Set(explains.map((item) => item.about))];
  return `${about.join(', ')}: what was seen is what would have been predicted if ${edit.says}.`;
}

/** What was seen, where no single change explains it. */
/** @param isComplete whether every change was tried */
function nothingExplains(
  { model }: SearchGround,
  observed: readonly Observed[],
  item: Item,
  isComplete: boolean,
): Blame {
  const { plan } = model;
  const result = observed.find((one) => one.result.name === item.fault)?.result;
  const journey = result?.journeys.find(({ name }) => name === item.about);
  const [breach] = journey?.breaches ?? [];
  const mode = journey?.predicted.at(0)?.mode ?? '';
  const known = plan.journeys.find(({ name }) => name === item.about);
  const offset =
    known?.value.modes.find(({ name }) => name === mode)?.offset ??
    known?.offset ??
    plan.services?.find(({ name }) => name === item.about)?.offset ??
    0;
  const edge = known === undefined ? `${item.about}.failover` : `${item.about}.modes.${mode}`;
  return {
    edge,
    ...placedAt(plan, offset),
    says: `${breach?.says ?? `${item.about} was not switched as predicted.`}${isComplete ? '' : ' There are more changes of the plan than could be tried.'}`,
    edit: null,
    explains: [itemName(item)],
    asGood: [],
  };
}

export type { Observed } from './observed.ts';
export type { Again } from './search.ts';
