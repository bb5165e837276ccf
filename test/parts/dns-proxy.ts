import { DNS_FAULTS } from '../../src/faults/dns/faults.ts';
import { dnsFront } from '../../src/faults/dns/front.ts';
import type { Counts, DnsFault, HostPort, ToxicInForce, ToxicSettings } from '../../src/faults/fault.ts';
import { randomStream } from '../../src/random.ts';
import { systemTime } from '../../src/time.ts';

export interface DnsProxy {
  readonly port: number;
  set(type: string, attributes?: ToxicSettings['attributes'], extras?: Partial<ToxicSettings>): Promise<void>;
  reset(): Promise<void>;
  disable(): Promise<void>;
  enable(): Promise<void>;
  counts(): Counts;
  close(): Promise<void>;
}

export async function dnsProxy(upstream: HostPort, { seed = 1 } = {}): Promise<DnsProxy> {
  const toxics: ToxicInForce[] = [];
  const counts: Counts = {
    accepted: 0,
    open: 0,
    failed: 0,
    requests: 0,
    upstreamBytes: 0,
    downstreamBytes: 0,
  };
  const time = systemTime();
  const front = dnsFront({
    name: 'dns',
    listen: { host: '127.0.0.1', port: 0 },
    upstream,
    time,
    toxics: () => toxics,
    counts,
  });
  const at = await front.start();
  return {
    port: Number(at.split(':')[1]),
    async set(type, attributes = {}, extras = {}) {
      const fault = DNS_FAULTS.find((one) => one.type === type) as DnsFault;
      const settings: ToxicSettings = {
        name: type,
        type,
        stream: 'downstream',
        toxicity: 1,
        attributes,
        ...extras,
      };
      const values = { latency: 0, jitter: 0, ttl: 0, ...attributes };
      const random = (number: number, what = 'effect') => randomStream(`dns ${type} ${what} ${number}`, seed);
      toxics.push({
        settings,
        fault,
        hook: fault.make(values, { time, stream: 'downstream' }),
        strikes: (number) => random(number, 'toxicity')() < settings.toxicity,
        random,
        countChanged() {},
      });
    },
    async reset() {
      toxics.length = 0;
    },
    disable: () => front.stop(),
    enable: async () => void (await front.start()),
    counts: () => counts,
    close: () => front.stop(),
  };
}
