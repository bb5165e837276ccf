import { streamFault } from '../fault.ts';

/** At most so long nothing moves between two pieces of one that is cut up. @unit ms */
const STEP_MS = 100;

export const bandwidth = streamFault({
  type: 'bandwidth',
  layer: 'stream',
  summary: 'At most so many bytes a second.',
  attributes: {
    rate: {
      kind: 'number',
      unit: 'KB/s',
      default: 0,
      least: 0,
      most: 10_000_000,
      summary: 'Thousands of bytes a second; 0: nothing gets through while it is set.',
    },
  },
  make: ({ time }) => {
    /** When what was handed on last has had its time. @unit ms since 1970 */
    let freeAt = time.now();
    return {
      async pipe(flow, { rate }) {
        for (;;) {
          const askedAt = time.now();
          const piece = await flow.read();
          if (piece === 'stop') return;
          if (piece === 'end') return flow.end();
          flow.touch();
          // While there was nothing to send, no time was saved up; that a timer rang late is made good.
          if (time.now() - askedAt > 1) freeAt = Math.max(freeAt, time.now());
          let { bytes } = piece;
          while (bytes.length > 0) {
            const part = rate === 0 ? bytes : bytes.subarray(0, rate * STEP_MS);
            const dueAt = rate === 0 ? Number.POSITIVE_INFINITY : freeAt + part.length / rate;
            // What is held when it is to stop goes on at once.
            if (!(await flow.sleep(dueAt - time.now()))) return flow.write({ ...piece, bytes });
            freeAt = dueAt;
            const writtenAt = time.now();
            await flow.write({ ...piece, bytes: part });
            if (time.now() - writtenAt > 1) freeAt = Math.max(freeAt, time.now());
            bytes = bytes.subarray(part.length);
          }
        }
      },
    };
  },
});
