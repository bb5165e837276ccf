import { dnsName, isWithin } from '../../dns/name.ts';
import { KeelsonError } from '../../errors.ts';
import type { Match } from '../fault.ts';
import { isRecord, listed, shown } from '../settings/shown.ts';
import type { DnsQuery } from './query.ts';

/**
 * Whether a toxic is for a query.
 * @param match as `readDnsMatch` has read it
 */
export function matchesQuery({ name, types }: Match, query: DnsQuery): boolean {
  if (name !== undefined && !matchesName(name, query)) return false;
  return types === undefined || types.some((type) => typeNumber(type) === query.type);
}

/** @returns undefined where there is none, or something is wrong with it */
export function readDnsMatch(given: unknown, mistakes: string[]): Match | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isRecord(given)) {
    mistakes.push(`Expected match to be an object, found ${shown(given)}.`);
    return undefined;
  }
  const before = mistakes.length;
  for (const field of Object.keys(given))
    if (!FIELDS.includes(field))
      mistakes.push(
        `Expected nothing in match of a fault of DNS but ${listed(FIELDS)}, found ${shown(field)}.`,
      );
  const { name, types } = given;
  if (name !== undefined && !isPattern(name))
    mistakes.push(
      `Expected match.name to be a domain name, or one behind *. for all below it, found ${shown(name)}.`,
    );
  if (types !== undefined && !areTypes(types))
    mistakes.push(
      `Expected match.types to be a list of ${listed([...TYPES.keys()])} or numbers such as TYPE99, found ${shown(types)}.`,
    );
  if (mistakes.length > before) return undefined;
  return { ...(isPattern(name) ? { name } : {}), ...(areTypes(types) ? { types } : {}) };
}

const FIELDS = ['name', 'types'];
const MOST_TYPES = 40;
/** As text; a name that is written with escapes is longer than on the wire. @unit characters */
const LONGEST_NAME = 1_100;

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

function isPattern(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_NAME) return false;
  try {
    dnsName(value.startsWith(ALL_BELOW) ? value.slice(ALL_BELOW.length) : value);
    return true;
  } catch (error) {
    if (error instanceof KeelsonError) return false;
    throw error;
  }
}

function areTypes(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MOST_TYPES &&
    value.every((one) => typeof one === 'string' && typeNumber(one) !== undefined)
  );
}

function typeNumber(type: string): number | undefined {
  const known = TYPES.get(type.toUpperCase());
  if (known !== undefined) return known;
  const number = /^TYPE(\d{1,5})$/i.exec(type)?.[1];
  return number !== undefined && Number(number) <= 65_535 ? Number(number) : undefined;
}
