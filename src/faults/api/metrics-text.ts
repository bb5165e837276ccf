import type { CountsView, FaultProxy, ProxyView } from '../fault-proxy.ts';

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  series(view: ProxyView, counts: CountsView): readonly Series[];
}

// The first one by Toxiproxy's name and labels.
const METRICS: readonly Metric[] = [
  {
    name: 'toxiproxy_proxy_received_bytes_total',
    type: 'counter',
    help: 'Bytes that came in from clients (upstream) and servers (downstream).',
    series: ({ name, listen, upstream }, { upstreamBytes, downstreamBytes }) =>
      Object.entries({ upstream: upstreamBytes, downstream: downstreamBytes }).map(([direction, value]) => ({
        labels: { direction, proxy: name, listener: listen, upstream },
        value,
      })),
  },
  counter('connections_total', 'Connections that were taken.', ({ accepted }) => accepted),
  { ...counter('connections_open', 'Connections that are open.', ({ open }) => open), type: 'gauge' },
  counter(
    'connections_failed_total',
    'Connections whose upstream could not be reached.',
    ({ failed }) => failed,
  ),
  counter('requests_total', 'Requests of HTTP and queries of DNS.', ({ requests }) => requests),
  {
    name: 'keelson_faults_changed_total',
    type: 'counter',
    help: 'Connections, requests or queries that a toxic has changed.',
    series: ({ name }, { changed }) =>
      Object.entries(changed).map(([toxic, value]) => ({ labels: { proxy: name, toxic }, value })),
  },
];

/** As Prometheus reads it: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function metricsText(proxies: readonly FaultProxy[]): string {
  const stand = proxies.map((proxy) => ({ view: proxy.view(), counts: proxy.counts() }));
  const lines = METRICS.flatMap(({ name, type, help, series }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...stand
      .flatMap(({ view, counts }) => series(view, counts))
      .map(({ labels, value }) => `${name}{${labelsText(labels)}} ${value}`),
  ]);
  return `${lines.join('\n')}\n`;
}

function counter(name: string, help: string, value: (counts: CountsView) => number): Metric {
  return {
    name: `keelson_faults_${name}`,
    type: 'counter',
    help,
    series: (view, counts) => [{ labels: { proxy: view.name }, value: value(counts) }],
  };
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`)
    .join(',');
}
