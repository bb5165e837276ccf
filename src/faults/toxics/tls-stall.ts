import { tlsFault } from '../fault.ts';
import { MOST_MS } from './latency.ts';

export const tlsStall = tlsFault({
  type: 'tls_stall',
  layer: 'tls',
  summary:
    'The connection is taken, and the handshake of TLS never answered; it is closed after a while, or when this is removed.',
  attributes: {
    timeout: { kind: 'number', unit: 'ms', default: 0, least: 0, most: MOST_MS, summary: '0: never closed.' },
  },
  make: ({ timeout }) => ({ kind: 'stall', timeoutMs: timeout }),
});
