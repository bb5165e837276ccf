import { dnsName, isWithin } from '../../dns/name.ts';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';
import type { Match } from '../fault.ts';
import type { DnsQuery } from './query.ts';

/**
 * Whether a toxic is for a query.
 * @param match that `judgeDnsMatch` has nothing against
 */
export function matchesQuery({ name, types }: Match, query: DnsQuery): boolean {
  if (name !== undefined && !matchesName(name, query)) return false;
  return types === undefined || types.some((type) => typeNumber(type) === query.type);
}

/** @returns a sentence a mistake */
export function judgeDnsMatch({ name, types = [] }: Match): readonly string[] {
  const mistakes: string[] = [];
  if (name !== undefined && !isName(name))
    mistakes.push(
      `Expected match.name to be a domain name, or one behind *. for all below it, found ${show(name)}.`,
    );
  for (const type of types)
    if (typeNumber(type) === undefined)
      mistakes.push(
        `Expected match.types of ${[...TYPES.keys()].join(', ')} or a number such as TYPE65, found ${show(type)}.`,
      );
  return mistakes;
}

/** What people call types, and what they are on the wire (IANA, DNS parameters). */
const TYPES: ReadonlyMap<string, number> = new Map([
  ['A', 1],
  ['NS', 2],
  ['CNAME', 5],
  ['SOA', 6],
  ['PTR', 12],
  ['MX', 15],
  ['TXT', 16],
  ['AAAA', 28],
  ['SRV', 33],
  ['NAPTR', 35],
  ['DS', 43],
  ['DNSKEY', 48],
  ['SVCB', 64],
  ['HTTPS', 65],
  ['ANY', 255],
  ['CAA', 257],
]);
const ALL_BELOW = '*.';

function matchesName(pattern: string, query: DnsQuery): boolean {
  if (!pattern.startsWith(ALL_BELOW)) return query.name === dnsName(pattern);
  const parent = dnsName(pattern.slice(ALL_BELOW.length));
  return query.name !== parent && isWithin(query.name, parent);
}

function isName(pattern: string): boolean {
  try {
    dnsName(pattern.startsWith(ALL_BELOW) ? pattern.slice(ALL_BELOW.length) : pattern);
    return true;
  } catch (error) {
    if (error instanceof KeelsonError) return false;
    throw error;
  }
}

function typeNumber(type: string): number | undefined {
  const known = TYPES.get(type.toUpperCase());
  if (known !== undefined) return known;
  const number = /^TYPE(\d{1,5})$/i.exec(type)?.[1];
  return number !== undefined && Number(number) <= 65_535 ? Number(number) : undefined;
}
