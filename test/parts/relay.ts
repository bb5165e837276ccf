import { connect, createServer, type Socket } from 'node:net';

/** Stands between a DNS client and a server, by TCP alone: nothing listens for UDP. */
export interface Relay {
  readonly host: string;
  readonly port: number;
  /** The next UPDATE reaches the server, its answer nobody. */
  loseNextUpdateAnswer(): void;
  /** Resolves once the next UPDATE has been handed to the server. */
  nextUpdate(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRelay(server: { readonly host: string; readonly port: number }): Promise<Relay> {
  let isLosing = false;
  let tell = (): void => {};
  const open = new Set<Socket>();
  const relay = createServer((client) => {
    const upstream = connect({ host: server.host, port: server.port });
    let isLost = false;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      const isUpdate = isUpdateMessage(chunk);
      if (isUpdate && isLosing) {
        isLosing = false;
        isLost = true;
      }
      upstream.write(chunk, () => {
        if (isUpdate) tell();
      });
    });
    upstream.on('data', (chunk) => {
      if (isLost) client.destroy();
      else client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const address = relay.address();
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
    loseNextUpdateAnswer() {
      isLosing = true;
    },
    nextUpdate: () =>
      new Promise((resolve) => {
        tell = resolve;
      }),
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}

/** After the two octets of its length and its id, a message tells its opcode. */
function isUpdateMessage(chunk: Buffer): boolean {
  return chunk.length > 4 && (((chunk[4] ?? 0) >> 3) & 15) === 5;
}
