/** What runs in the process that node-process.ts starts. */
import { FaultyNode } from './faulty-node.ts';
import type { NodeOrders, NodeProcessOptions, Order } from './node-process.ts';
import { RecordedSource } from './recorded-node.ts';
import { LiveSource } from './rpc.ts';

let orders: NodeOrders | undefined;

async function start({ anvilUrl, reads, seed = 1, mostRemembered = 0 }: NodeProcessOptions): Promise<number> {
  const live = new LiveSource(anvilUrl);
  const source = reads === undefined ? live : await RecordedSource.of(live, reads);
  const node = new FaultyNode(source, { seed, mostRemembered });
  await node.accept();
  orders = {
    behave: (...rules) => node.behave(...rules),
    heed({ notices, handshake }) {
      if (notices !== undefined) node.notices = notices;
      if (handshake !== undefined) node.handshake = handshake;
    },
    refuse: () => node.refuse(),
    accept: () => node.accept(),
    killConnections: () => node.killConnections(),
    killSockets: () => node.killSockets(),
    notify: (kind, result) => node.notify(kind, result),
    forget: () => node.forget(),
    counts: () => node.counts,
    lies: () => node.lies,
    heard: () => node.heard.map(({ body }) => body.toString()),
    cpuMs() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
    memory: () => process.memoryUsage.rss(),
  };
  return node.port;
}

process.on(
  'message',
  async ({ turn, name, args }: Order | { turn: number; name: 'start'; args: [NodeProcessOptions] }) => {
    try {
      if (name === 'start') process.send?.({ turn, value: await start(args[0]) });
      else {
        // The parent calls it with what the interface asks for.
        const order = orders?.[name] as ((...given: readonly unknown[]) => unknown) | undefined;
        process.send?.({ turn, value: await order?.(...args) });
      }
    } catch (error) {
      process.send?.({ turn, error: String(error) });
    }
  },
);
process.on('disconnect', () => process.exit(0));
