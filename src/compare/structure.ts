/** Where a value stands in its text, and not what it says. */
const PLACES: ReadonlySet<string> = new Set(['offset', 'broken']);

/** A text that is the same for values of plans that say the same, wherever they stand and in whatever order their keys are. */
export function structureOf(value: unknown): string {
  return JSON.stringify(value, (key, one: unknown) => {
    if (PLACES.has(key)) return undefined;
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The keys of two values whose values differ. */
export function differingKeys(first: object, other: object): string[] {
  const [a, b] = [new Map(Object.entries(first)), new Map(Object.entries(other))];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => !PLACES.has(key) && structureOf(a.get(key)) !== structureOf(b.get(key)))
    .sort();
}
