import { field, listOf, textOf } from '../json.ts';
import { toAddress, toHost } from '../names.ts';
import { Attributes } from './attributes.ts';
import { addCalls, serviceOf, type Calls, type Target } from './calls.ts';
import { addPlatform } from './platform.ts';

/** Most spans of a file that are read. */
export const MAX_SPANS = 1_000_000;

interface Span {
  readonly service: string;
  readonly parent: string;
  readonly kind: 'client' | 'server' | 'producer' | 'consumer' | 'internal';
  readonly attributes: Attributes;
  readonly resource: Attributes;
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** Collects spans of OTLP as JSON, and tells who calls whom. */
export class Traces {
  private readonly spans = new Map<string, Span>();
  private readonly calls: Calls;
  count = 0;

  constructor(calls: Calls) {
    this.calls = calls;
  }

  /** `resourceSpans` of one message. */
  add(resourceSpans: unknown): void {
    for (const group of listOf(resourceSpans)) {
      const resource = new Attributes(field(field(group, 'resource'), 'attributes'));
      const name = resource.text('service.name');
      if (name === undefined) {
        this.calls.remarks.add('Spans of services without a name were left out.');
        continue;
      }
      const service = serviceOf(this.calls, name);
      service.isSeen = true;
      addPlatform(service, resource);
      const scopes = [
        ...listOf(field(group, 'scopeSpans')),
        ...listOf(field(group, 'instrumentationLibrarySpans')),
      ];
      for (const scope of scopes)
        for (const span of listOf(field(scope, 'spans'))) this.addSpan(span, name, resource);
    }
  }

  /** Tells the calls of all spans that were added. */
  finish(): void {
    /** Spans that one of another service continues: what they called is known by it. */
    const continued = new Set<string>();
    for (const span of this.spans.values()) {
      const parent = this.spans.get(span.parent);
      if (parent === undefined || parent.service === span.service) continue;
      // Who takes a message needs the queue, not who has put it there.
      if (span.kind !== 'consumer' && parent.kind !== 'producer') {
        addCalls(this.calls, parent.service, { kind: 'service', name: span.service }, 1);
        continued.add(span.parent);
      }
    }
    const names = new Map([...this.calls.services.keys()].map((name) => [name.toLowerCase(), name]));
    for (const [id, span] of this.spans) {
      if (span.kind === 'server' && span.parent === '') serviceOf(this.calls, span.service).isEntry = true;
      const isQueue = span.kind === 'consumer' || span.kind === 'producer';
      if (!isQueue && (span.kind !== 'client' || continued.has(id))) continue;
      const target = targetOf(span, names);
      if (target === 'unsaid')
        serviceOf(this.calls, span.service).remarks.add('It calls something that its spans do not name.');
      else addCalls(this.calls, span.service, target, 1);
    }
  }

  private addSpan(value: unknown, service: string, resource: Attributes): void {
    if (++this.count > MAX_SPANS) return;
    const trace = textOf(field(value, 'traceId')) ?? '';
    const id = textOf(field(value, 'spanId')) ?? '';
    const parent = textOf(field(value, 'parentSpanId')) ?? '';
    const kind = field(value, 'kind');
    const named = typeof kind === 'string' ? KIND_NAMES[kind] : KINDS[typeof kind === 'number' ? kind : 0];
    this.spans.set(`${trace} ${id}`, {
      service,
      parent: /^0*$/.test(parent) ? '' : `${trace} ${parent}`,
      kind: named ?? 'internal',
      attributes: new Attributes(field(value, 'attributes')),
      resource,
    });
  }
}

const KIND_NAMES: Readonly<Record<string, Span['kind']>> = {
  SPAN_KIND_SERVER: 'server',
  SPAN_KIND_CLIENT: 'client',
  SPAN_KIND_PRODUCER: 'producer',
  SPAN_KIND_CONSUMER: 'consumer',
};

/** Systems that are a provider's own, whose region is the caller's unless the span names another. */
const OWN: Readonly<Record<string, string>> = {
  dynamodb: 'aws/dynamodb',
  'aws.dynamodb': 'aws/dynamodb',
  aws_sqs: 'aws/sqs',
  awssqs: 'aws/sqs',
  'aws.sns': 'aws/sns',
  aws_sns: 'aws/sns',
  gcp_pubsub: 'gcp/pubsub',
  'gcp.spanner': 'gcp/spanner',
  spanner: 'gcp/spanner',
};
/** Of calls by the SDK of AWS: `rpc.service`. */
const SDK: Readonly<Record<string, string>> = {
  dynamodb: 'aws/dynamodb',
  sqs: 'aws/sqs',
  sns: 'aws/sns',
  s3: 'aws/s3',
  lambda: 'aws/lambda',
  kinesis: 'aws/kinesis',
};

/** Whom a span of a client, a producer or a consumer calls. */
function targetOf(span: Span, services: ReadonlyMap<string, string>): Target | 'unsaid' {
  const { attributes, resource } = span;
  const peer = nameIn(attributes.text('peer.service', 'service.peer.name'));
  const host = hostIn(
    attributes.text('server.address', 'net.peer.name', 'http.host', 'net.sock.peer.name') ??
      attributes.text('url.full', 'http.url'),
  );
  const system = attributes.text('db.system.name', 'db.system', 'messaging.system')?.toLowerCase();
  const sdk =
    attributes.text('rpc.system', 'rpc.system.name') === 'aws-api'
      ? attributes.text('rpc.service')?.toLowerCase()
      : undefined;
  const own =
    (system === undefined ? undefined : ownOf(OWN, system)) ??
    (sdk === undefined ? undefined : ownOf(SDK, sdk));
  if (own !== undefined) {
    // Whoever runs at the same provider is taken to ask it in its own region, as its libraries do.
    const isAtHome = own.startsWith(`${resource.text('cloud.provider')?.toLowerCase()}/`);
    const region =
      attributes.text('cloud.region', 'aws.region') ??
      (isAtHome ? resource.text('cloud.region') : undefined) ??
      regionInHost(host);
    return { kind: 'capability', name: own, place: { region: region?.toLowerCase() } };
  }
  if (peer !== undefined) {
    const known = services.get(peer.toLowerCase());
    return known === undefined ? { kind: 'store', name: peer } : { kind: 'service', name: known };
  }
  const named = host?.toLowerCase().replace(/:\d+$/, '');
  if (named !== undefined) {
    const known = services.get(named) ?? services.get(withinCluster(named));
    if (known !== undefined && known !== span.service) return { kind: 'service', name: known };
    const full = toHost(named);
    if (full !== undefined && full !== 'localhost.localdomain') return { kind: 'host', name: full };
  }
  if (system !== undefined) {
    const inner = nameIn(attributes.text('db.namespace', 'db.name'));
    return { kind: 'store', name: inner === undefined ? system : `${system}-${inner}` };
  }
  if (named === undefined || named === 'localhost' || named.startsWith('127.')) return 'unsaid';
  return toAddress(named) === undefined ? { kind: 'store', name: named } : { kind: 'host', name: named };
}

function ownOf(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The region in the host of an endpoint of AWS: `sqs.eu-west-1.amazonaws.com`. */
function regionInHost(host: string | undefined): string | undefined {
  return /^[a-z0-9-]{2,30}\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/.exec(host?.toLowerCase() ?? '')?.[1];
}

/** `orders.shop.svc.cluster.local` is the service orders. */
function withinCluster(host: string): string {
  return /\.svc(?:\.cluster\.local)?$|\.(?:internal|local)$/.test(host) || !host.includes('.')
    ? (host.split('.')[0] ?? '')
    : '';
}

/** The host of a URL, or of what stands where a host should; whoever is named before it, and what stands behind it, is not read. */
function hostIn(text: string | undefined): string | undefined {
  return /^(?:[a-z][a-z0-9+.-]{0,20}:\/\/)?(?:[^/?#]*@)?([^/:?#@\s]{1,253})/i.exec(text ?? '')?.[1];
}

/** A name; of a URL, which may hold a password, its host. */
function nameIn(text: string | undefined): string | undefined {
  return text !== undefined && /:\/\/|@/.test(text) ? hostIn(text) : text;
}
