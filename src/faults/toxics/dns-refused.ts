import { CODE, reply } from '../dns/reply.ts';
import { dnsFault } from '../fault.ts';

/** As when a provider no longer serves the zone, or a rate limit is hit. */
export const dnsRefused = dnsFault({
  type: 'dns_refused',
  layer: 'dns',
  summary: 'The server refuses to answer.',
  attributes: {},
  make: () => ({
    async handle(query, _next, occasion) {
      occasion.touch();
      return reply(query, { code: CODE.REFUSED });
    },
  }),
});
