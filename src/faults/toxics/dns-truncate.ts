import { reply } from '../dns/reply.ts';
import { dnsFault } from '../fault.ts';

/** As with answers that have grown too long for a datagram: who cannot ask by TCP has no answer. */
export const dnsTruncate = dnsFault({
  type: 'dns_truncate',
  layer: 'dns',
  summary: 'By UDP the answer says that it is truncated, and holds nothing; by TCP it is whole.',
  attributes: {},
  make: () => ({
    async handle(query, next, occasion) {
      if (query.transport === 'tcp') return next();
      occasion.touch();
      return reply(query, { isTruncated: true });
    },
  }),
});
