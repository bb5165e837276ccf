import { streamFault } from '../fault.ts';
import { MOST_MS } from './latency.ts';

export const timeout = streamFault({
  type: 'timeout',
  layer: 'stream',
  summary: 'Nothing gets through, and the connection is closed after a while, or when this is removed.',
  attributes: {
    timeout: {
      kind: 'number',
      unit: 'ms',
      default: 0,
      least: 0,
      most: MOST_MS,
      summary: 'From when it stands on the connection; 0: never closed.',
    },
  },
  make: ({ time }) => {
    const since = time.now();
    return {
      onRemoval: 'cut',
      async pipe(flow, { timeout }) {
        flow.touch();
        let isOver = false;
        const off =
          timeout === 0
            ? undefined
            : time.after(since + timeout - time.now(), () => {
                isOver = true;
                flow.cut();
              });
        let piece = await flow.read();
        while (piece !== 'stop' && piece !== 'end' && !isOver) piece = await flow.read();
        off?.();
        if (piece === 'end') flow.cut();
      },
    };
  },
});
