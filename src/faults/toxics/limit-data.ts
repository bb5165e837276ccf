import { streamFault } from '../fault.ts';

export const limitData = streamFault({
  type: 'limit_data',
  layer: 'stream',
  summary: 'The connection is closed after so many bytes.',
  attributes: {
    bytes: {
      kind: 'number',
      unit: 'bytes',
      default: 0,
      least: 0,
      most: 1_000_000_000_000,
      summary: 'How many get through, from when it stands on the connection.',
    },
  },
  make: () => {
    let passed = 0;
    return {
      async pipe(flow, { bytes: most }) {
        for (;;) {
          const piece = await flow.read();
          if (piece === 'stop') return;
          if (piece === 'end') return flow.end();
          const bytes = piece.bytes.subarray(0, Math.max(0, most - passed));
          passed += bytes.length;
          if (bytes.length > 0) await flow.write({ ...piece, bytes });
          if (passed < most) continue;
          flow.touch();
          return flow.cut();
        }
      },
    };
  },
});
