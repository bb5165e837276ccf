import type { DraftRequirement } from '../draft.ts';

/** Most parts of one requirement, as a plan may have. */
const MAX_PARTS = 500;

/** All of them; undefined where there is none. Each once, lists within lists opened. */
export function allOf(parts: Iterable<DraftRequirement | undefined>): DraftRequirement | undefined {
  const found = distinct(parts, (part) => (typeof part !== 'string' && 'all' in part ? part.all : undefined));
  if (found.length < 2) return found[0];
  return { all: inGroups(found, (group) => ({ all: group })) };
}

/** One of them, all active; undefined where there is none. */
export function oneOf(parts: Iterable<DraftRequirement | undefined>): DraftRequirement | undefined {
  const found = distinct(parts, (part) =>
    typeof part !== 'string' && 'atLeast' in part && part.atLeast === 1 ? part.of : undefined,
  );
  if (found.length < 2) return found[0];
  return { atLeast: 1, of: inGroups(found, (group) => ({ atLeast: 1, of: group })) };
}

/** The first that works, in the order of preference; undefined where there is none. */
export function firstOf(parts: Iterable<DraftRequirement | undefined>): DraftRequirement | undefined {
  const found = distinct(parts, (part) => (typeof part !== 'string' && 'any' in part ? part.any : undefined));
  if (found.length < 2) return found[0];
  return { any: inGroups(found, (group) => ({ any: group })) };
}

/** At least so many of them, all active; fewer than there are, else all. */
export function someOf(
  atLeast: number,
  parts: Iterable<DraftRequirement | undefined>,
): DraftRequirement | undefined {
  const found = distinct(parts, () => undefined);
  if (atLeast <= 1) return oneOf(found);
  return found.length <= atLeast || found.length > MAX_PARTS ? allOf(found) : { atLeast, of: found };
}

/** A requirement without the names that `isKept` refuses; undefined where nothing is left. */
export function without(
  requirement: DraftRequirement,
  isKept: (name: string) => boolean,
): DraftRequirement | undefined {
  if (typeof requirement === 'string') return isKept(requirement) ? requirement : undefined;
  if ('all' in requirement) return allOf(requirement.all.map((part) => without(part, isKept)));
  if ('any' in requirement) return firstOf(requirement.any.map((part) => without(part, isKept)));
  return someOf(
    requirement.atLeast,
    requirement.of.map((part) => without(part, isKept)),
  );
}

/** A requirement with other names in place of its own. */
export function renamed(requirement: DraftRequirement, name: (before: string) => string): DraftRequirement {
  if (typeof requirement === 'string') return name(requirement);
  const each = (parts: readonly DraftRequirement[]): DraftRequirement[] =>
    parts.map((part) => renamed(part, name));
  if ('all' in requirement) return { all: each(requirement.all) };
  if ('any' in requirement) return { any: each(requirement.any) };
  return { atLeast: requirement.atLeast, of: each(requirement.of) };
}

function distinct(
  parts: Iterable<DraftRequirement | undefined>,
  open: (part: DraftRequirement) => readonly DraftRequirement[] | undefined,
): DraftRequirement[] {
  const found = new Map<string, DraftRequirement>();
  for (const part of parts) {
    if (part === undefined) continue;
    for (const one of open(part) ?? [part])
      found.set(typeof one === 'string' ? one : JSON.stringify(one), one);
  }
  return [...found.values()];
}

function inGroups(
  parts: readonly DraftRequirement[],
  group: (parts: DraftRequirement[]) => DraftRequirement,
): DraftRequirement[] {
  if (parts.length <= MAX_PARTS) return [...parts];
  const groups: DraftRequirement[] = [];
  for (let at = 0; at < parts.length; at += MAX_PARTS) groups.push(group(parts.slice(at, at + MAX_PARTS)));
  return inGroups(groups, group);
}
