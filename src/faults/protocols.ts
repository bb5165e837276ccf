import type { FaultLayer, Front } from './fault.ts';
import { httpSide } from './http/http-side.ts';
import { TcpFront, type TcpContext } from './streams/tcp-front.ts';
import { upstreamSockets } from './streams/upstream.ts';

/** What a proxy may speak. */
export const PROTOCOLS = ['tcp', 'http'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Which faults a proxy of each can have. */
export const LAYERS: Readonly<Record<Protocol, readonly FaultLayer[]>> = {
  tcp: ['listener', 'stream', 'http'],
  http: ['listener', 'stream', 'http'],
};

/** What is to be spoken where this is spoken, once there is a fault of that layer: HTTP takes more than bytes. */
export function spokenProtocol(spoken: Protocol, layer: FaultLayer): Protocol {
  return spoken === 'tcp' && layer === 'http' ? 'http' : spoken;
}

export function makeFront(protocol: Protocol, context: TcpContext): Front {
  switch (protocol) {
    case 'tcp':
      return new TcpFront(context, upstreamSockets(context.upstream));
    case 'http':
      return new TcpFront(context, httpSide(context));
  }
}
