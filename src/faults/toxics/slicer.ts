import type { Random } from '../../random.ts';
import { streamFault } from '../fault.ts';

export const slicer = streamFault({
  type: 'slicer',
  layer: 'stream',
  summary: 'Bytes arrive in many small pieces.',
  attributes: {
    average_size: {
      kind: 'number',
      unit: 'bytes',
      least: 1,
      most: 1_000_000,
      summary: 'Of a piece, about.',
    },
    size_variation: {
      kind: 'number',
      unit: 'bytes',
      default: 0,
      least: 0,
      most: 1_000_000,
      summary: 'At most so much more or less; less than average_size.',
    },
    delay: {
      kind: 'number',
      unit: 'µs',
      default: 0,
      least: 0,
      most: 3_600_000_000,
      summary: 'After each piece.',
    },
  },
  judge: ({ average_size, size_variation }) =>
    size_variation < average_size
      ? []
      : [
          `Expected size_variation to be less than average_size, found ${size_variation} and ${average_size}.`,
        ],
  make: ({ random }) => ({
    async pipe(flow, { average_size: averageSize, size_variation: variation, delay }) {
      for (;;) {
        const piece = await flow.read();
        if (piece === 'stop') return;
        if (piece === 'end') return flow.end();
        const sizes = sliced(piece.bytes.length, averageSize, variation, random);
        if (sizes.length > 1 || delay > 0) flow.touch();
        let from = 0;
        let owedMs = 0;
        for (const size of sizes) {
          await flow.write({ ...piece, bytes: piece.bytes.subarray(from, from + size) });
          from += size;
          owedMs += delay / 1000;
          // No timer holds less: parts of a millisecond add up until they are one.
          const waitMs = owedMs < 1 ? 0 : owedMs;
          owedMs -= waitMs;
          if (await flow.sleep(waitMs)) continue;
          if (from < piece.bytes.length) await flow.write({ ...piece, bytes: piece.bytes.subarray(from) });
          return;
        }
      }
    },
  }),
});

/** As Toxiproxy does it: in about two halves, and each again, so that no place of a piece has larger ones than another. */
function sliced(length: number, averageSize: number, variation: number, random: Random): number[] {
  if (length - averageSize <= variation) return [length];
  const middle = Math.floor(length / 2) + Math.floor((2 * random() - 1) * variation);
  const left = Math.min(length - 1, Math.max(1, middle));
  return [
    ...sliced(left, averageSize, variation, random),
    ...sliced(length - left, averageSize, variation, random),
  ];
}
