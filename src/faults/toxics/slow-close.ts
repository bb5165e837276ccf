import { streamFault } from '../fault.ts';
import { MOST_MS } from './latency.ts';

export const slowClose = streamFault({
  type: 'slow_close',
  layer: 'stream',
  summary: 'The end of the connection arrives later.',
  attributes: {
    delay: { kind: 'number', unit: 'ms', default: 0, least: 0, most: MOST_MS, summary: 'How much later.' },
  },
  make: () => ({
    async pipe(flow, { delay }) {
      for (;;) {
        const piece = await flow.read();
        if (piece === 'stop') return;
        if (piece !== 'end') {
          await flow.write(piece);
          continue;
        }
        flow.touch();
        await flow.sleep(delay);
        return flow.end();
      }
    },
  }),
});
