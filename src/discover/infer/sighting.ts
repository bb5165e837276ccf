import { parseReference } from '../../plan/index.ts';
import { printable } from '../../printable.ts';
import type { Match } from '../fingerprints/matcher.ts';
import type { Part, Signal, Strength } from '../result.ts';

/** One reason to believe that a host stands on something. */
export interface Sighting {
  readonly part: Part;
  /** The host of the platform, or `provider/capability`. */
  readonly of: string;
  /** `provider/capability[@scope]`. */
  readonly on: string;
  readonly signal: Signal;
  /** It tells where users are led to, which cannot be copied: names, addresses. */
  readonly isRouting: boolean;
}

const ORDER: readonly Strength[] = ['strong', 'medium', 'weak'];

export function weaker(a: Strength, b: Strength): Strength {
  return ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b;
}

export function isStronger(a: Strength, b: Strength): boolean {
  return ORDER.indexOf(a) < ORDER.indexOf(b);
}

/** The best of several; weak where there are none. */
export function strongest(strengths: readonly Strength[]): Strength {
  return strengths.reduce((best, one) => (isStronger(one, best) ? one : best), 'weak');
}

/** Longest value that a signal shows. @unit characters */
const LONGEST = 200;

export function signalOf(
  kind: Signal['kind'],
  at: string,
  value: string,
  strength: Strength,
  date: string,
): Signal {
  const shown = printable(value);
  return {
    kind,
    at: clip(printable(at)),
    value: clip(shown),
    strength,
    date,
  };
}

function clip(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** What a match says of a host, one sighting for each thing that it means. */
export function sightingsOf(
  { fingerprint, means }: Match,
  of: string,
  signal: Signal,
  { part = fingerprint.part, isRouting = false }: { part?: Part; isRouting?: boolean } = {},
): Sighting[] {
  return means.map((on) => ({ part, of, on, signal, isRouting }));
}

export function providerOf(reference: string): string {
  return parseReference(reference)?.provider ?? reference;
}
