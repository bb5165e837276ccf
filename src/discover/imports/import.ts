import type { Catalog } from '../../catalog/index.ts';
import type { Problem } from '../../problems.ts';
import type { Draft, DraftProvider } from '../draft.ts';

/** What every reader of a file is handed. */
export interface ImportOptions {
  /** The day on which the file was made, or is read: ISO 8601. It becomes the draft's `asOf`. */
  readonly asOf: string;
  /** What it knows is referred to; the rest the draft declares. */
  readonly catalog: Catalog;
  /** Of the platform. @default the file's name without folder and ending */
  readonly name?: string;
  /** @default other */
  readonly kind?: Draft['kind'];
  /** Who stands behind a host that the file does not explain. @default only what the host's own name says */
  readonly matchHost?: MatchHost;
  /** Titles and kinds of providers that `matchHost` names and the catalogue lacks. @default their names */
  readonly providers?: readonly DraftProvider[];
  /** Larger texts are refused. @unit bytes @default 64_000_000, of YAML 4_000_000 */
  readonly maxBytes?: number;
}

/**
 * References (`provider/capability[@scope]`) to who answers at a host.
 * Headers are those of an answer, names in lower case, cookies left out; empty where no answer was seen.
 */
export type MatchHost = (
  host: string,
  headers: readonly (readonly [name: string, value: string])[],
) => readonly string[];

/** What came of a file. A draft never stands beside an error. */
export interface Imported {
  readonly draft: Draft | undefined;
  readonly problems: readonly Problem[];
  readonly counts: ImportCounts;
}

/** How much of a file was understood. */
export interface ImportCounts {
  /** Entries that became parts, or that lead from one part to another. */
  readonly understood: number;
  /** Entries that are no parts: permissions, log groups. By type, most first. */
  readonly aside: readonly TypeCount[];
  /** Entries that are not in the draft and may be stood on while it runs: ways of a network, keys that nothing names. By type, most first. */
  readonly perhaps?: readonly TypeCount[];
  /** Entries of a type that is not known here. By type, most first. */
  readonly unknown: readonly TypeCount[];
}

export interface TypeCount {
  readonly type: string;
  readonly count: number;
}

export const NO_COUNTS: ImportCounts = { understood: 0, aside: [], unknown: [] };

/**
 * What of a file was not understood, or left aside: sentences for the head of a draft.
 * @param asideAs what is left aside, in general: `, as settings of others`
 */
export function sayCounts(
  { understood, aside, perhaps = [], unknown }: ImportCounts,
  what: string,
  asideAs = '',
): string[] {
  const sum = (counts: readonly TypeCount[]): number => counts.reduce((total, { count }) => total + count, 0);
  const list = (counts: readonly TypeCount[]): string =>
    counts
      .slice(0, 12)
      .map(({ type, count }) => (count === 1 ? type : `${type} (${count})`))
      .join(', ') + (counts.length > 12 ? ` and ${counts.length - 12} more types` : '');
  const lines = [
    `${understood} of ${understood + sum(aside) + sum(perhaps) + sum(unknown)} ${what} were understood.`,
  ];
  if (aside.length > 0) lines.push(`${sum(aside)} left aside${asideAs}: ${list(aside)}.`);
  if (perhaps.length > 0)
    lines.push(
      `${sum(perhaps)} not in this plan, though what runs may stand on them: ${list(perhaps)}. What needs them? Add it.`,
    );
  if (unknown.length > 0)
    lines.push(`${sum(unknown)} not understood, and not in this plan: ${list(unknown)}.`);
  return lines;
}

/** How often, in a note. */
export function timesSay(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** Counts by type, most first, then by name. */
export function countTypes(types: Iterable<string>): TypeCount[] {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts]
    .map(([type, count]) => ({ type, count }))
    .sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1));
}
