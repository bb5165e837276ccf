import { redactUrl } from '../../telemetry/redact.ts';
import type { Attributes } from './otlp.ts';

/** A request that was answered here, as OpenTelemetry's conventions for HTTP name its parts. */
export interface ServerSpan {
  readonly method: string;
  /** What was asked for, with its query: kept without the values of that. */
  readonly url: string;
  readonly scheme: 'http' | 'https';
  /** What it matched, of few different ones. */
  readonly route?: string;
  /** 0 when the client went away before there was one. */
  readonly status: number;
  readonly host?: string;
  readonly protocolVersion?: string;
  /** What went wrong, of few different ones: `ECONNREFUSED`, `timeout`. */
  readonly errorType?: string;
  readonly journey?: string;
  readonly mode?: string;
  /** `served`, `refused`, `failed`, and the like. */
  readonly outcome?: string;
  /** What a pool of nodes was asked: methods and names of few different ones. */
  readonly rpc?: {
    readonly pool: string;
    readonly methods: readonly string[];
    readonly nodes: readonly string[];
  };
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);
/** @unit characters */
const LONGEST = 500;

/** `GET /api/orders`: a name of few different ones, whatever is asked for. */
export function spanName(method: string, route: string | undefined): string {
  const known = METHODS.has(method) ? method : 'HTTP';
  return route === undefined ? known : `${known} ${clip(route)}`;
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/ (stable). Of who asked there is nothing. */
export function serverAttributes(span: ServerSpan): Attributes {
  const [path = '', query] = redactUrl(span.url).split('?');
  return {
    ...methodOf(span.method),
    'url.scheme': span.scheme,
    'url.path': path,
    'url.query': query,
    'http.route': span.route,
    'http.response.status_code': span.status === 0 ? undefined : span.status,
    'error.type': span.errorType ?? (span.status >= 500 ? String(span.status) : undefined),
    'server.address': span.host === undefined ? undefined : clip(span.host),
    'network.protocol.version': span.protocolVersion,
    'keelson.journey': span.journey,
    'keelson.mode': span.mode,
    'keelson.outcome': span.outcome,
    ...(span.rpc === undefined ? {} : rpcAttributes(span.rpc)),
  };
}

/** https://opentelemetry.io/docs/specs/semconv/rpc/json-rpc/. A batch of different calls has no method of its own. */
function rpcAttributes({ pool, methods, nodes }: NonNullable<ServerSpan['rpc']>): Attributes {
  return {
    'rpc.system': 'jsonrpc',
    'rpc.jsonrpc.version': '2.0',
    'rpc.method': methods.length === 1 ? methods[0] : undefined,
    'keelson.pool': pool,
    'keelson.nodes': nodes.length === 0 ? undefined : clip(nodes.join(',')),
  };
}

/** Methods that nobody knows are one, or whoever asks could make as many as they like. */
function methodOf(method: string): Attributes {
  if (METHODS.has(method)) return { 'http.request.method': method };
  return { 'http.request.method': '_OTHER', 'http.request.method_original': clip(method) };
}

function clip(text: string): string {
  return text.slice(0, LONGEST);
}
