import { dnsFault } from '../fault.ts';

/** As when the servers are cut off, or a flood fills their lines. */
export const dnsTimeout = dnsFault({
  type: 'dns_timeout',
  layer: 'dns',
  summary: 'No answer comes; a connection of TCP stays open.',
  attributes: {},
  make: () => ({
    async handle(_query, _next, occasion) {
      occasion.touch();
      return undefined;
    },
  }),
});
