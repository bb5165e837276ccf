import { streamFault } from '../fault.ts';
import { MOST_MS } from './latency.ts';

export const resetPeer = streamFault({
  type: 'reset_peer',
  layer: 'stream',
  summary: 'The connection is reset (RST) a while after the first bytes, none of which gets through.',
  attributes: {
    timeout: {
      kind: 'number',
      unit: 'ms',
      default: 0,
      least: 0,
      most: MOST_MS,
      summary: 'From the first bytes, or the end, in its direction; 0: at once.',
    },
  },
  make: () => ({
    async pipe(flow, { timeout }) {
      const piece = await flow.read();
      if (piece === 'stop') return;
      flow.touch();
      if (await flow.sleep(timeout)) flow.reset();
      else if (piece === 'end') flow.end();
      else await flow.write(piece);
    },
  }),
});
