import { httpFault } from '../fault.ts';
import { askHead, asOf } from '../rpc/as-of.ts';
import { changeCalls } from '../rpc/calls.ts';

export const rpcFreeze = httpFault({
  type: 'rpc_freeze',
  layer: 'http',
  summary: 'The head of a node of an EVM chain (JSON-RPC) stands still, and it answers as of that block.',
  attributes: {
    block: {
      kind: 'number',
      default: null,
      least: 0,
      most: 1_000_000_000_000,
      summary: 'Where it stands; none: at what is the head when the first call comes.',
    },
  },
  make: ({ block }) => {
    let head = block === null ? undefined : BigInt(block);
    return {
      handle: (request, next, occasion) =>
        changeCalls({
          request,
          next,
          occasion,
          async change(calls, ask) {
            const found = head ?? (await askHead(ask));
            // Another call may have found it meanwhile.
            head ??= found;
            const frozen = head;
            return frozen === undefined ? [] : calls.map((call) => asOf(call, frozen));
          },
        }),
    };
  },
});
