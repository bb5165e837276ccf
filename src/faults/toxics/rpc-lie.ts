import { httpFault } from '../fault.ts';
import { changeCalls, type Said } from '../rpc/calls.ts';

export const rpcLie = httpFault({
  type: 'rpc_lie',
  layer: 'http',
  summary: 'Calls of a method (JSON-RPC) are answered with another result, or with an error.',
  attributes: {
    method: { kind: 'text', longest: 200, summary: 'Such as eth_gasPrice.' },
    contains: {
      kind: 'text',
      default: null,
      longest: 1000,
      summary:
        'Only calls whose parameters, as JSON, hold this text in any case, such as an address; none: all.',
    },
    result: { kind: 'json', default: null, longest: 100_000, summary: 'What is answered.' },
    error: {
      kind: 'json',
      default: null,
      longest: 10_000,
      summary:
        'What is answered in place of a result, such as {"code": -32000, "message": "header not found"}.',
    },
  },
  make: ({ method, contains, result, error }) => {
    const lie: Said = error === null ? { result } : { error };
    const holds = (params: unknown): boolean =>
      contains === null || (JSON.stringify(params) ?? '').toLowerCase().includes(contains.toLowerCase());
    return {
      handle: (request, next, occasion) =>
        changeCalls({
          request,
          next,
          occasion,
          change: async (calls) =>
            calls.map((call) =>
              call.method === method && holds(call.params) ? { reply: () => lie } : undefined,
            ),
        }),
    };
  },
});
