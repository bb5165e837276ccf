import { CODE, reply } from '../dns/reply.ts';
import { dnsFault } from '../fault.ts';

/** As after a zone was deleted, or a domain has expired. */
export const dnsNxdomain = dnsFault({
  type: 'dns_nxdomain',
  layer: 'dns',
  summary: 'The name does not exist.',
  attributes: {},
  make: () => ({
    async handle(query, _next, occasion) {
      occasion.touch();
      return reply(query, { code: CODE.NXDOMAIN });
    },
  }),
});
