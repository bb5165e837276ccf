import { parseReference } from '../../plan/index.ts';
import { withoutScope } from '../draft.ts';
import type { Dependence, Part } from '../result.ts';
import type { Knowledge } from './knowledge.ts';
import { isStronger, providerOf, strongest, type Sighting } from './sighting.ts';

/** Most signals that one dependence keeps. */
const MOST_SIGNALS = 20;

/** Sightings of one thing are one dependence, its signals best first. What says less than another of the same vendor's is left out. */
export function dependencesOf(sightings: readonly Sighting[], knowledge: Knowledge): Dependence[] {
  const byEdge = new Map<string, Sighting[]>();
  for (const one of sightings) {
    const key = `${one.part} ${one.of} ${one.on}`;
    const list = byEdge.get(key);
    if (list === undefined) byEdge.set(key, [one]);
    else list.push(one);
  }
  const all = [...byEdge.values()].flatMap((list) => {
    const [first] = list;
    return first === undefined ? [] : [dependenceOf(first, list)];
  });
  // Only what is of one vendor and one part is compared: a page may name thousands of hosts.
  const near = new Map<string, Dependence[]>();
  for (const one of all) near.set(nearOf(one), [...(near.get(nearOf(one)) ?? []), one]);
  const edges = all.filter(({ part }) => part === 'edge');
  return all.filter((one) => !saysLess(one, near.get(nearOf(one)) ?? [], edges, knowledge));
}

function dependenceOf({ part, of, on }: Sighting, sightings: readonly Sighting[]): Dependence {
  const seen = new Set<string>();
  const signals = sightings
    .map(({ signal }) => signal)
    .filter(({ kind, at, value }) => {
      const key = `${kind} ${at} ${value}`;
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => (isStronger(a.strength, b.strength) ? -1 : isStronger(b.strength, a.strength) ? 1 : 0));
  return {
    part,
    of,
    on,
    strength: strongest(signals.map(({ strength }) => strength)),
    signals: signals.slice(0, MOST_SIGNALS),
  };
}

function nearOf({ part, on }: Dependence): string {
  return `${part} ${providerOf(on)}`;
}

/** Whether the same vendor is known more closely for the same part: by what it does, or where. */
function saysLess(
  one: Dependence,
  alike: readonly Dependence[],
  edges: readonly Dependence[],
  knowledge: Knowledge,
): boolean {
  const isProviders = parseReference(one.of)?.capability !== undefined;
  const near = alike.filter(
    (other) =>
      other !== one &&
      other.strength !== 'weak' &&
      (isProviders ? other.of === one.of : parseReference(other.of)?.capability === undefined),
  );
  if (isPerhapsEdge(one, edges, knowledge)) return true;
  const hasPlace = one.on.includes('@');
  return near.some(
    ({ on }) =>
      (knowledge.isGeneral(one.on) && !knowledge.isGeneral(on)) ||
      (!hasPlace && on !== one.on && withoutScope(on) === one.on),
  );
}

/** An address of a vendor whose edge answers for another host of the platform, from addresses of which not all are known: that edge again. */
function isPerhapsEdge(one: Dependence, all: readonly Dependence[], knowledge: Knowledge): boolean {
  const isAddress = knowledge.isGeneral(one.on) && one.signals.every(({ kind }) => kind === 'address');
  return (
    isAddress &&
    one.part === 'hosting' &&
    onPart(all, 'edge').some(
      ({ on }) => providerOf(on) === providerOf(one.on) && !knowledge.hasWholeRanges(on),
    )
  );
}

/** Parts of the platform itself, in the order of PARTS; needs of vendors come after them. */
export function isOfPlatform({ of }: { readonly of: string }): boolean {
  return !of.includes('/');
}

export function onPart(dependences: readonly Dependence[], ...parts: readonly Part[]): Dependence[] {
  return dependences.filter(
    (one) => isOfPlatform(one) && one.strength !== 'weak' && parts.includes(one.part),
  );
}
