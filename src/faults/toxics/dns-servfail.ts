import { CODE, reply } from '../dns/reply.ts';
import { dnsFault } from '../fault.ts';

/** As when a resolver reaches no authority, or signatures of DNSSEC do not hold. */
export const dnsServfail = dnsFault({
  type: 'dns_servfail',
  layer: 'dns',
  summary: 'The server says that it has failed.',
  attributes: {},
  make: () => ({
    async handle(query, _next, occasion) {
      occasion.touch();
      return reply(query, { code: CODE.SERVFAIL });
    },
  }),
});
