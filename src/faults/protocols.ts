import type { FaultLayer, Front } from './fault.ts';
import { TcpFront, type TcpContext } from './streams/tcp-front.ts';
import { upstreamSockets } from './streams/upstream.ts';

/** What a proxy may speak. */
export const PROTOCOLS = ['tcp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Which faults a proxy of each can have. */
export const LAYERS: Readonly<Record<Protocol, readonly FaultLayer[]>> = {
  tcp: ['listener', 'stream'],
};

/** What is spoken on a proxy, given what its toxics are faults of: it may take more than it was made for. */
export function spokenProtocol(protocol: Protocol, _layers: readonly FaultLayer[]): Protocol {
  return protocol;
}

export function makeFront(protocol: Protocol, context: TcpContext): Front {
  switch (protocol) {
    case 'tcp':
      return new TcpFront(context, upstreamSockets(context.upstream));
  }
}
