import { field, listOf, textOf } from '../json.ts';
import { Attributes } from './attributes.ts';
import { addCalls, serviceOf, type Calls } from './calls.ts';

/** Most lines, or points, of service graphs that are read. */
const MAX_POINTS = 500_000;
const METRIC = /^traces[._]service[._]graph[._]request[._](?:failed[._])?total$/;
/** What the connector calls who is outside of what it sees. */
const OUTSIDE = new Set(['', 'user', 'unknown', 'user_virtual_node']);

/** `resourceMetrics` of the service graph connector. */
export function addMetrics(calls: Calls, resourceMetrics: unknown): void {
  let count = 0;
  for (const group of listOf(resourceMetrics))
    for (const scope of listOf(field(group, 'scopeMetrics')))
      for (const metric of listOf(field(scope, 'metrics'))) {
        if (!METRIC.test(textOf(field(metric, 'name')) ?? '')) continue;
        for (const point of listOf(field(field(metric, 'sum'), 'dataPoints'))) {
          if (++count > MAX_POINTS) return;
          const attributes = new Attributes(field(point, 'attributes'));
          const value = Number(field(point, 'asInt') ?? field(point, 'asDouble') ?? 0);
          addPoint(calls, (key) => attributes.text(key), value);
        }
      }
}

/** The answer of Prometheus to a query: `{data: {result: [{metric: {client, server}, value: [time, text]}]}}`. */
export function addQueryResult(calls: Calls, result: unknown): void {
  for (const one of listOf(result).slice(0, MAX_POINTS)) {
    const metric = field(one, 'metric');
    const name = textOf(field(metric, '__name__'));
    if (name !== undefined && !METRIC.test(name)) continue;
    const value = field(one, 'value') ?? listOf(field(one, 'values')).at(-1);
    addPoint(calls, (key) => textOf(field(metric, key)), Number(listOf(value)[1] ?? 0));
  }
}

/** Lines of the text format of Prometheus. Returns how many of them were of a service graph. */
export function addPrometheus(calls: Calls, text: string): number {
  let found = 0;
  for (const [, name = '', inside = '', value = ''] of text.matchAll(
    /^([a-zA-Z_:][a-zA-Z0-9_:]{0,100})\{([^\n]{0,4000})\}[ \t]+([^\s]{1,40})/gm,
  )) {
    if (!METRIC.test(name)) continue;
    if (++found > MAX_POINTS) break;
    const labels = new Map(
      [...inside.matchAll(/([a-zA-Z_][a-zA-Z0-9_]{0,100})="((?:[^"\\]|\\.){0,400})"/g)].map(
        ([, key = '', label = '']) => [key, label.replace(/\\(.)/g, '$1')] as const,
      ),
    );
    addPoint(calls, (key) => labels.get(key), Number(value));
  }
  return found;
}

function addPoint(calls: Calls, label: (key: string) => string | undefined, value: number): void {
  const client = label('client') ?? '';
  const server = label('server') ?? '';
  const count = countOf(value);
  if (server === '' || server === 'unknown') return;
  if (OUTSIDE.has(client)) {
    if (count > 0) serviceOf(calls, server).isEntry = true;
    return;
  }
  const kind = label('connection_type') ?? '';
  if (kind === 'messaging_system' && count > 0) {
    // One puts messages where the other takes them: both need the queue, neither the other.
    serviceOf(calls, server).remarks.add(
      `It takes messages of ${client.slice(0, 60)} from a queue. Which? Both need it.`,
    );
    serviceOf(calls, client).remarks.add(
      `It sends messages to ${server.slice(0, 60)} by a queue. Which? Both need it.`,
    );
    return;
  }
  addCalls(calls, client, { kind: 'service', name: server }, count);
}

/** How often, as a whole number: an increase over a time may be part of a call. 0 of what is no count. */
export function countOf(value: number): number {
  return Number.isFinite(value) && value > 0 ? Math.max(1, Math.round(value)) : 0;
}
