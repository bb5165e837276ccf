import { wait } from '../dns/answering.ts';
import { dnsFault } from '../fault.ts';

/** @unit ms */
const LONGEST = 600_000;

export const dnsLatency = dnsFault({
  type: 'dns_latency',
  layer: 'dns',
  summary: 'The query waits before it is passed on.',
  attributes: {
    latency: { kind: 'number', unit: 'ms', default: 0, least: 0, most: LONGEST, summary: 'How long.' },
    jitter: {
      kind: 'number',
      unit: 'ms',
      default: 0,
      least: 0,
      most: LONGEST,
      summary: 'How much longer or shorter, at most; every wait between is as likely.',
    },
  },
  make: ({ latency, jitter }, { time }) => ({
    async handle(_query, next, occasion) {
      const delayMs = latency + jitter * (2 * occasion.random() - 1);
      occasion.touch();
      if (delayMs > 0 && !(await wait(time, delayMs, occasion.signal))) return undefined;
      return next();
    },
  }),
});
