import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { getDomain } from 'tldts';
import type { Lookup } from './crawl.ts';

/**
 * The name of a host as DNS has it: lower case, IDNA, no dot at the end. Undefined where the text is none: control characters, an address, a
 * name without a dot, a port, a path.
 */
export function hostName(text: string): string | undefined {
  if (text.length > 253 * 4 || /[\s/:@?#\\]/.test(text)) return undefined;
  const name = domainToASCII(text).replace(/\.$/, '');
  const isName = name.length <= 253 && /^(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+$/.test(name);
  return isName && isIP(name) === 0 ? name : undefined;
}

/** The domain that was registered (publicsuffix.org, the part of ICANN): its name servers answer for all below it. */
export function registeredDomain(host: string): string | undefined {
  return getDomain(host, { extractHostname: false }) ?? undefined;
}

/** Whether one party has both: the same registered domain, where customers of one service (github.io) count as apart. */
export function isSameParty(one: string, other: string): boolean {
  // One that is a public suffix itself has no domain.
  if (one === other) return true;
  const domain = getDomain(one, PARTIES);
  return domain !== null && domain === getDomain(other, PARTIES);
}

const PARTIES = { extractHostname: false, allowPrivateDomains: true };

/** Below a zone, a name that nobody has: it is answered only where any name is. */
export const NOBODYS = 'nobody-has-this-name';

/** Whether names lead to the same, by their records and by the names on the way. */
export function isSameAnswer(
  some: readonly Pick<Lookup, 'chain' | 'records'>[],
  others: readonly Pick<Lookup, 'chain' | 'records'>[],
): boolean {
  const said = (answers: readonly Pick<Lookup, 'chain' | 'records'>[]): string =>
    answers.map(({ chain, records }) => [chain.at(-1) ?? '', ...records.toSorted()].join(' ')).join('\n');
  return said(some) === said(others);
}
