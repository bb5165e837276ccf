import { streamFault } from '../fault.ts';

/** Longest wait of any fault: ten days. @unit ms */
export const MOST_MS = 864_000_000;

export const latency = streamFault({
  type: 'latency',
  layer: 'stream',
  summary: 'Bytes arrive later, by latency ± jitter.',
  attributes: {
    latency: { kind: 'number', unit: 'ms', default: 0, least: 0, most: MOST_MS, summary: 'How much later.' },
    jitter: {
      kind: 'number',
      unit: 'ms',
      default: 0,
      least: 0,
      most: MOST_MS,
      summary: 'At most so much more or less, drawn for each piece; order is kept.',
    },
  },
  // As many as Toxiproxy lets wait: 1024 pieces of 32 KB.
  bufferBytes: 1024 * 32_768,
  make: ({ time, random }) => ({
    async pipe(flow, { latency, jitter }) {
      for (;;) {
        const piece = await flow.read();
        if (piece === 'stop') return;
        if (piece === 'end') return flow.end();
        const delayMs = latency + (2 * random() - 1) * jitter;
        if (delayMs > 0) flow.touch();
        // It waited behind others meanwhile, and that counts.
        await flow.sleep(piece.at + delayMs - time.now());
        await flow.write(piece);
      }
    },
  }),
});
