import { isIP } from 'node:net';
import { show } from '../../../problems.ts';
import { whyNotPublic } from './addresses.ts';
import type { Lookup, Trouble } from '../crawl.ts';
import type { Lookups } from '../dns/lookups.ts';

/**
 * The addresses of a host that may be connected to, IPv4 first: an address is its own. What is asked of DNS for one crawl is asked once, so
 * these are the ones that were judged. What a host has beside them is said.
 */
export async function allowedAddresses(
  host: string,
  lookups: Lookups,
  privateAddresses: boolean,
  say: (code: Trouble['code'], message: string) => void,
): Promise<readonly string[]> {
  const answers = isIP(host) === 0 ? await lookups.getAll(host, ['A', 'AAAA']) : [];
  const all = isIP(host) === 0 ? answers.flatMap(({ records }) => records) : [host];
  if (all.length === 0) say('dns', whyNone(answers));
  if (privateAddresses) return all;
  const judged = all.map((address) => ({ address, why: whyNotPublic(address) }));
  const [first] = judged.filter(({ why }) => why !== undefined);
  const allowed = judged.filter(({ why }) => why === undefined).map(({ address }) => address);
  if (first !== undefined) {
    const rest = allowed.length === 0 ? 'nothing is fetched from there' : 'only its others are used';
    say(
      'private-address',
      `${show(host)} leads to ${show(first.address)} (${first.why}), which is not of the public internet: ${rest}.`,
    );
  }
  return allowed;
}

/** That a name is there without an address, is not there, or was not found out. */
function whyNone(answers: readonly Lookup[]): string {
  if (answers.some(({ outcome }) => outcome === 'empty')) return 'It has no address.';
  const missing = answers.find(({ outcome }) => outcome === 'no-such-name');
  if (missing === undefined) return 'No address of it could be found out.';
  const last = missing.chain.at(-1);
  return last === undefined ? 'It does not exist.' : `It leads to ${show(last)}, which does not exist.`;
}
