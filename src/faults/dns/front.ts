import type { Front, FrontContext } from '../fault.ts';
import { placeText } from '../settings/place.ts';
import { Answering } from './answering.ts';
import { TcpClients } from './tcp-clients.ts';
import { UdpClients } from './udp-clients.ts';

/** How long an answer of the upstream is waited for: longer than clients do. @unit ms */
const PATIENCE_MS = 15_000;
/** How often another port is tried, where the system gave one for TCP that is taken for UDP. */
const PORT_TRIES = 20;

/** A name server on one address, by UDP and TCP, that asks another one. */
export function dnsFront(context: FrontContext): Front {
  const answering = new Answering(context);
  const tcp = new TcpClients(context, answering, PATIENCE_MS);
  const udp = new UdpClients(context, answering, PATIENCE_MS);
  const stop = async (): Promise<void> => {
    answering.stop();
    await Promise.all([tcp.stop(), udp.stop()]);
  };
  return {
    async start() {
      for (let tries = 1; ; tries++) {
        try {
          const place = await tcp.start(context.listen);
          await udp.start(place);
          return placeText(place);
        } catch (error) {
          await stop();
          if (context.listen.port !== 0 || tries === PORT_TRIES || !isTaken(error)) throw error;
        }
      }
    },
    stop,
  };
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
