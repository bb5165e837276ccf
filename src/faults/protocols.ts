import { dnsFront } from './dns/front.ts';
import type { FaultLayer, Front } from './fault.ts';
import { httpSide } from './http/http-side.ts';
import { TcpFront, type TcpContext } from './streams/tcp-front.ts';
import { upstreamSockets } from './streams/upstream.ts';
import { tlsSide } from './tls/tls-side.ts';

/** What a proxy may speak. */
export const PROTOCOLS = ['tcp', 'http', 'tls', 'dns'] as const;
export type Protocol = (typeof PROTOCOLS)[number];
/** What is spoken on one. */
export type Spoken = Protocol | 'https';

/** Which faults a proxy of each can have. */
export const LAYERS: Readonly<Record<Protocol, readonly FaultLayer[]>> = {
  tcp: ['listener', 'stream', 'http'],
  http: ['listener', 'stream', 'http'],
  tls: ['listener', 'stream', 'http', 'tls'],
  dns: ['dns'],
};

/** What is to be spoken where this is spoken, once there is a fault of that layer: HTTP takes more than bytes. */
export function spokenWith(spoken: Spoken, layer: FaultLayer): Spoken {
  if (layer !== 'http') return spoken;
  return spoken === 'tcp' ? 'http' : spoken === 'tls' ? 'https' : spoken;
}

export function makeFront(spoken: Spoken, context: TcpContext): Front {
  const upstream = { place: context.upstream, isTls: context.upstreamTls };
  const { authority } = context;
  switch (spoken) {
    case 'tcp':
      return new TcpFront(context, upstreamSockets(upstream));
    case 'http':
      return new TcpFront(context, httpSide(context, upstream));
    case 'tls':
      return new TcpFront(context, tlsSide(context, { authority, plain: upstreamSockets(upstream) }));
    case 'https': {
      const plain = httpSide(context, { ...upstream, alpn: 'http/1.1' });
      return new TcpFront(context, tlsSide(context, { authority, plain, alpn: 'http/1.1' }));
    }
    case 'dns':
      return dnsFront(context);
  }
}
