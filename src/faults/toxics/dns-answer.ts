import { isIPv4 } from 'node:net';
import { canonicalAddress, TYPE } from '../../dns/record.ts';
import { reply } from '../dns/reply.ts';
import { dnsFault } from '../fault.ts';
import { shown } from '../settings/shown.ts';

/** As when a zone was changed wrongly, or a domain is in other hands. */
export const dnsAnswer = dnsFault({
  type: 'dns_answer',
  layer: 'dns',
  summary: 'Queries for A and AAAA are given these addresses; other types are passed on.',
  attributes: {
    addresses: {
      kind: 'list',
      mostEntries: 20,
      longest: 45,
      summary: 'Of IPv4 and IPv6. A name has no record of a kind that is not among them.',
    },
    ttl: {
      kind: 'number',
      unit: 's',
      default: 0,
      least: 0,
      most: 2 ** 31 - 1,
      summary: 'How long resolvers may keep them.',
    },
  },
  judge({ addresses }) {
    if (addresses.length === 0)
      return ['Expected an address at least in addresses, found none: dns_empty gives none.'];
    return addresses
      .filter((address) => canonicalAddress(address) === undefined)
      .map((address) => `Expected addresses of IPv4 or IPv6 in addresses, found ${shown(address)}.`);
  },
  make: ({ addresses, ttl }) => ({
    async handle(query, next, occasion) {
      if (query.type !== TYPE.A && query.type !== TYPE.AAAA) return next();
      occasion.touch();
      const ofType = addresses.filter((address) => isIPv4(address) === (query.type === TYPE.A));
      return reply(query, { addresses: ofType, ttlSeconds: ttl });
    },
  }),
});
