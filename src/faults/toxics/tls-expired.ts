import { tlsFault } from '../fault.ts';

/** @unit ms */
const DAY = 86_400_000;

export const tlsExpired = tlsFault({
  type: 'tls_expired',
  layer: 'tls',
  summary: 'The certificate has run out.',
  attributes: {
    days: { kind: 'number', unit: 'days', default: 1, least: 1, most: 10_000, summary: 'For how long.' },
  },
  make: ({ days }) => ({ kind: 'certificate', expiredMs: days * DAY }),
});
