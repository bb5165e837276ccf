import {
  FaultServer,
  type CountsView,
  type FaultServerOptions,
  type HostPort,
} from '../../src/faults/index.ts';

export interface DnsProxy {
  readonly port: number;
  /** @param more toxicity, match, schedule */
  set(
    type: string,
    attributes?: Readonly<Record<string, unknown>>,
    more?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** Removes every fault. */
  reset(): Promise<void>;
  disable(): Promise<void>;
  enable(): Promise<void>;
  counts(): CountsView;
  close(): Promise<void>;
}

/** A fault server's proxy of protocol dns in front of a name server. */
export async function dnsProxy(
  { host, port }: HostPort,
  options: FaultServerOptions = {},
): Promise<DnsProxy> {
  const faults = new FaultServer(options);
  const proxy = await faults.create({ name: 'dns', protocol: 'dns', upstream: `${host}:${port}` });
  return {
    port: Number(proxy.listen.split(':')[1]),
    async set(type, attributes = {}, more = {}) {
      await proxy.setToxic({ type, attributes, ...more, name: `${type} ${JSON.stringify(more)}` });
    },
    reset: () => proxy.reset(),
    disable: () => proxy.update({ enabled: false }),
    enable: () => proxy.update({ enabled: true }),
    counts: () => proxy.counts(),
    close: () => faults.close(),
  };
}
