import { WebSocket } from 'ws';
import { HANDSHAKE_MS, type OpenSocket } from './sockets.ts';

/** Sockets of `ws`, for Node: it bounds a message before it is read, and sends headers. */
export const wsSockets: OpenSocket = ({ url, headers }, listener, mostBytes) => {
  const socket = new WebSocket(url, {
    maxPayload: mostBytes,
    handshakeTimeout: HANDSHAKE_MS,
    perMessageDeflate: false,
    followRedirects: false,
    headers: { ...headers },
  });
  socket.on('open', () => listener.onOpen());
  socket.on('message', (data, isBinary) => {
    if (!isBinary) listener.onText(String(data));
  });
  // What went wrong shows as a close.
  socket.on('error', () => undefined);
  socket.on('close', () => listener.onClosed());
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.terminate(),
  };
};
