import { reply } from '../dns/reply.ts';
import { dnsFault } from '../fault.ts';

/** As on 20 October 2025, when the record of a regional endpoint was left without addresses (https://aws.amazon.com/message/101925/). */
export const dnsEmpty = dnsFault({
  type: 'dns_empty',
  layer: 'dns',
  summary: 'The name exists and has no records: NOERROR without answers.',
  attributes: {},
  make: () => ({
    async handle(query, _next, occasion) {
      occasion.touch();
      return reply(query);
    },
  }),
});
