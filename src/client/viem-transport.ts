import { createTransport, RpcRequestError, type EIP1193RequestFn, type Transport } from 'viem';
import { ChainClient } from './chain-client.ts';
import type { ChainPoolOptions } from './options.ts';
import { RpcError } from './rpc-error.ts';

/** The options of a pool; the chain, and how often it has a block, are those of viem's client where they are not said. */
export type TransportOptions = Omit<ChainPoolOptions, 'chain'> & Partial<Pick<ChainPoolOptions, 'chain'>>;

/** As that of viem's own `webSocket`. */
interface Subscribe {
  subscribe(parameters: {
    readonly params: readonly unknown[];
    readonly onData: (data: { readonly subscription: string; readonly result: unknown }) => void;
    readonly onError?: (error: unknown) => void;
  }): Promise<{ readonly subscriptionId: `0x${string}`; unsubscribe(): Promise<boolean> }>;
}

/** `webSocket` is what makes viem subscribe instead of poll, in types and at run time: this does, whatever the nodes have. */
export type KeelsonTransport = Transport<
  'webSocket',
  Subscribe & {
    /** The pool, to look at or to stop. One that was made of options begins with the first request. */
    getPool(): ChainClient;
  },
  EIP1193RequestFn
>;

/** Makes `keelsonTransport`, given how pools are made here. */
export function transportWith(
  makePool: (options: ChainPoolOptions) => ChainClient,
): (poolOrOptions: ChainClient | TransportOptions) => KeelsonTransport {
  return (poolOrOptions) => {
    // viem asks for a transport anew for each of its clients, and more often inside a fallback.
    const pools = new Map<number, ChainClient>();
    const poolOf = (chain: number | undefined, blockTimeMs: number | undefined): ChainClient => {
      if (poolOrOptions instanceof ChainClient) return poolOrOptions;
      const number = poolOrOptions.chain ?? chain ?? Number.NaN;
      const known = pools.get(number);
      if (known !== undefined) return known;
      const made = makePool({
        ...(blockTimeMs === undefined ? {} : { blockTimeMs }),
        ...poolOrOptions,
        chain: number,
      });
      pools.set(number, made);
      return made;
    };
    // An implementation for every chain that viem may name.
    const transport: Transport<'webSocket'> = ({ chain }) => {
      const getPool = (): ChainClient => poolOf(chain?.id, chain?.blockTime);
      return createTransport<'webSocket', ReturnType<typeof attributesOf>>(
        {
          key: 'keelson',
          name: 'Keelson',
          type: 'webSocket',
          // The pool has asked whoever could answer.
          retryCount: 0,
          request: requestOf(getPool),
        },
        attributesOf(getPool),
      );
    };
    return transport as KeelsonTransport; // viem's own types leave the value open
  };
}

function attributesOf(getPool: () => ChainClient): Subscribe & { getPool(): ChainClient } {
  return {
    getPool,
    async subscribe({ params, onData, onError }) {
      const subscription = await getPool().subscribe(
        params,
        (result) => onData({ subscription: subscription.id, result }),
        onError,
      );
      return {
        subscriptionId: subscription.id as `0x${string}`, // hex, as promised
        unsubscribe: async () => {
          subscription.unsubscribe();
          return true;
        },
      };
    },
  };
}

function requestOf(getPool: () => ChainClient): EIP1193RequestFn {
  const request = async (body: {
    readonly method: string;
    readonly params?: unknown[];
  }): Promise<unknown> => {
    try {
      return await getPool().request(body);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const { code, message, data } = error;
      // The same that viem's http and webSocket throw, so that it is read in the same way.
      throw new RpcRequestError({ body, error: { code, message, data }, url: 'keelson' });
    }
  };
  return request as EIP1193RequestFn; // what comes is what nodes say: viem's types name it by method
}
