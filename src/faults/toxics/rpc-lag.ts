import { httpFault } from '../fault.ts';
import { askHead, asOf } from '../rpc/as-of.ts';
import { changeCalls } from '../rpc/calls.ts';

export const rpcLag = httpFault({
  type: 'rpc_lag',
  layer: 'http',
  summary: 'A node of an EVM chain (JSON-RPC) answers as of so many blocks ago.',
  attributes: {
    blocks: { kind: 'number', least: 1, most: 1_000_000_000, summary: 'How far behind its head is.' },
  },
  make: ({ blocks }) => ({
    handle: (request, next, occasion) =>
      changeCalls({
        request,
        next,
        occasion,
        async change(calls, ask) {
          const head = await askHead(ask);
          if (head === undefined) return [];
          const lagging = head > BigInt(blocks) ? head - BigInt(blocks) : 0n;
          return calls.map((call) => asOf(call, lagging));
        },
      }),
  }),
});
