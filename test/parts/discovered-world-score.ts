import type { Fixture } from './discovered-world-fixtures.ts';

/** What was claimed, held against what is true. */
export interface Compared {
  /** True and claimed. */
  readonly recovered: readonly string[];
  /** True and not claimed. */
  readonly missed: readonly string[];
  /** Claimed, and neither true nor one of those that are left open. */
  readonly invented: readonly string[];
}

/** Of one platform: edges as `part provider/capability[@scope]`. */
export interface Score extends Compared {
  readonly fixture: Fixture;
  /** Claimed, and said by the fixture to be wrong. */
  readonly wrong: readonly string[];
}

export function score(fixture: Fixture, claims: readonly string[]): Score {
  const { edges, may = [], not = [] } = fixture.truth;
  const compared = compareClaims(claims, edges, may);
  return { ...compared, fixture, wrong: compared.invented.filter((claim) => isOneOf(claim, not)) };
}

/** @param may patterns of what is left open */
export function compareClaims(
  claims: readonly string[],
  edges: readonly string[],
  may: readonly string[],
): Compared {
  return {
    recovered: edges.filter((edge) => claims.includes(edge)),
    missed: edges.filter((edge) => !claims.includes(edge)),
    invented: claims.filter((claim) => !edges.includes(claim) && !isOneOf(claim, may)),
  };
}

const isOneOf = (claim: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matches(claim, pattern));

/** Whether a claim is what a pattern says: `*` stands for anything, and a pattern without a scope for any scope. */
function matches(claim: string, pattern: string): boolean {
  const text = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${text}(?:@.*)?$`).test(claim);
}

export interface Figures {
  readonly real: number;
  readonly recovered: number;
  readonly invented: number;
}

export function figuresOf(scores: readonly Compared[]): Figures {
  const count = (of: (one: Compared) => readonly string[]): number =>
    scores.reduce((sum, one) => sum + of(one).length, 0);
  return {
    real: count(({ recovered, missed }) => [...recovered, ...missed]),
    recovered: count(({ recovered }) => recovered),
    invented: count(({ invented }) => invented),
  };
}

/** Share of true edges that were claimed. */
export const recallOf = ({ real, recovered }: Figures): number => (real === 0 ? 1 : recovered / real);

/** Share of claims that were invented; what is left open does not count. */
export const inventedShareOf = ({ recovered, invented }: Figures): number =>
  recovered + invented === 0 ? 0 : invented / (recovered + invented);

/** Figures by what a key of an edge says, in the order of the keys. */
export function figuresBy(
  scores: readonly Compared[],
  keyOf: (edge: string) => string,
): readonly (readonly [key: string, figures: Figures])[] {
  const found = new Map<string, { real: number; recovered: number; invented: number }>();
  const at = (edge: string) => {
    const key = keyOf(edge);
    const figures = found.get(key) ?? { real: 0, recovered: 0, invented: 0 };
    found.set(key, figures);
    return figures;
  };
  for (const { recovered, missed, invented } of scores) {
    for (const edge of [...recovered, ...missed]) at(edge).real += 1;
    for (const edge of recovered) at(edge).recovered += 1;
    for (const edge of invented) at(edge).invented += 1;
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

export const partOf = (edge: string): string => edge.slice(0, edge.indexOf(' '));
export const capabilityOf = (edge: string): string => edge.slice(edge.indexOf(' ') + 1).replace(/@.*/, '');
export const vendorOf = (edge: string): string => capabilityOf(edge).replace(/\/.*/, '');
