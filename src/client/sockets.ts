import type { NodeSocket, SocketListener } from '../pool/index.ts';

/** As much of a WebSocket as is used: that of browsers, of Node from 22 on, and of `ws` have it. */
export interface WebSocketLike {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: unknown) => void): void;
  send(text: string): void;
  close(): void;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

export interface SocketPlace {
  readonly url: string;
  /** Sent with the handshake, where that can be done: not in a browser. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Opens a socket. What it is given to tell is told once it has returned. */
export type OpenSocket = (place: SocketPlace, listener: SocketListener, mostBytes: number) => NodeSocket;

const OPEN = 1;
/** How long a handshake may take. @unit ms */
export const HANDSHAKE_MS = 5_000;

/** Sockets of a kind as browsers have it. */
export function socketsOf(kind: WebSocketConstructor): OpenSocket {
  return ({ url }, listener, mostBytes) => {
    let isClosed = false;
    let socket: WebSocketLike | undefined;
    const close = (): void => {
      if (isClosed) return;
      isClosed = true;
      clearTimeout(late);
      socket?.close();
      // Not within the call that closes it, and not when the other side agrees: a network that is gone never does.
      queueMicrotask(() => listener.onClosed());
    };
    const late = setTimeout(close, HANDSHAKE_MS);
    try {
      socket = new kind(url);
    } catch {
      // A page that came over https may open none that is not encrypted.
      close();
      return { send: () => undefined, close };
    }
    socket.addEventListener('open', () => {
      if (isClosed) return;
      clearTimeout(late);
      listener.onOpen();
    });
    socket.addEventListener('message', (event) => {
      const text = dataOf(event);
      if (isClosed || typeof text !== 'string') return;
      if (text.length > mostBytes) close();
      else listener.onText(text);
    });
    socket.addEventListener('error', close);
    socket.addEventListener('close', close);
    return {
      send: (text) => {
        if (socket?.readyState === OPEN) socket.send(text);
      },
      close,
    };
  };
}

function dataOf(event: unknown): unknown {
  return typeof event === 'object' && event !== null && 'data' in event ? event.data : undefined;
}
