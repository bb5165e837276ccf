import { problem, type Problem } from '../../problems.ts';
import { NO_COUNTS, type Imported, type ImportOptions } from './import.ts';
import { field, listOf, MAX_JSON_BYTES, parseJson, recordOf, textOf } from './json.ts';
import { toHost } from './names.ts';
import { addCalls, neverCalled, noCalls, type Calls, type SeenService, type Target } from './otel/calls.ts';
import { addMetrics, addPrometheus, addQueryResult, countOf } from './otel/metrics.ts';
import { MAX_SPANS, Traces } from './otel/traces.ts';
import { Parts, type Part } from './parts.ts';
import { oneOf } from './requirements.ts';

/** Most lines of a file of JSON a line. */
const MAX_LINES = 200_000;
const EXPECTED =
  'traces or service graph metrics of OTLP as JSON, a service graph of Prometheus, or dependencies of Jaeger';

/**
 * Reads who calls whom: traces of OTLP as JSON (one message, or one a line), metrics of the service graph connector as OTLP, as an answer
 * of Prometheus or in its text format, or the dependencies of Jaeger. Every call that was seen is kept, with its count.
 */
export function readOpenTelemetry(text: string, file: string, options: ImportOptions): Imported {
  const start = { file, line: 1, column: 1 };
  const refuse = (found: Problem): Imported => ({ draft: undefined, problems: [found], counts: NO_COUNTS });
  const limit = options.maxBytes ?? MAX_JSON_BYTES;
  if (text.length > limit) return refuse(problem('file-too-large', start, { bytes: text.length, limit }));
  if (text.trim() === '') return refuse(problem('empty-document', start, { expected: EXPECTED }));
  const calls = noCalls();
  if (!/^\s*[[{]/.test(text)) {
    if (addPrometheus(calls, text) === 0)
      return refuse(problem('wrong-type', start, { expected: EXPECTED, found: 'another text' }));
    return finish(calls, file, options);
  }
  const traces = new Traces(calls);
  const messages = readMessages(text, file, limit);
  if ('problem' in messages) return refuse(messages.problem);
  let known = 0;
  for (const message of messages.values) if (addMessage(calls, traces, message)) known++;
  if (known === 0) return refuse(problem('wrong-type', start, { expected: EXPECTED, found: 'other JSON' }));
  if (traces.count > MAX_SPANS)
    return refuse(problem('too-many', start, { what: 'spans', max: MAX_SPANS, found: traces.count }));
  traces.finish();
  return finish(calls, file, options);
}

/** One value, or one a line as the collector's file exporter writes them. */
function readMessages(
  text: string,
  file: string,
  limit: number,
): { readonly values: readonly unknown[] } | { readonly problem: Problem } {
  const first = text.slice(0, text.indexOf('\n') < 0 ? text.length : text.indexOf('\n'));
  const isByLine = first.trim().endsWith('}') && first.length < text.trimEnd().length;
  const line = isByLine ? parseJson(first, file, limit) : undefined;
  if (line === undefined || line.problem !== undefined) {
    const whole = parseJson(text, file, limit);
    return whole.problem === undefined ? { values: [whole.value] } : { problem: whole.problem };
  }
  const values: unknown[] = [];
  for (const [at, one] of text.split('\n').entries()) {
    if (one.trim() === '') continue;
    if (values.length >= MAX_LINES)
      return {
        problem: problem(
          'too-many',
          { file, line: at + 1, column: 1 },
          { what: 'lines', max: MAX_LINES, found: values.length + 1 },
        ),
      };
    const parsed = parseJson(one, file, limit);
    if (parsed.problem !== undefined) return { problem: { ...parsed.problem, line: at + 1 } };
    values.push(parsed.value);
  }
  return { values };
}

/** Whether a message is of one of the forms that are read. */
function addMessage(calls: Calls, traces: Traces, message: unknown): boolean {
  const spans =
    field(message, 'resourceSpans') ??
    field(message, 'batches') ??
    field(field(message, 'trace'), 'resourceSpans');
  const metrics = field(message, 'resourceMetrics');
  const data = field(message, 'data');
  const result = field(data, 'result');
  const dependencies = Array.isArray(message) ? message : data;
  if (Array.isArray(spans)) traces.add(spans);
  else if (Array.isArray(metrics)) addMetrics(calls, metrics);
  else if (Array.isArray(result)) addQueryResult(calls, result);
  else if (Array.isArray(dependencies)) return addDependencies(calls, dependencies);
  else return false;
  return true;
}

/** Dependencies of Jaeger: `[{parent, child, callCount}]`. */
function addDependencies(calls: Calls, list: readonly unknown[]): boolean {
  let found = false;
  for (const one of listOf(list).slice(0, MAX_LINES)) {
    const parent = textOf(field(one, 'parent'));
    const child = textOf(field(one, 'child'));
    if (recordOf(one) === undefined || parent === undefined || child === undefined) continue;
    found = true;
    addCalls(calls, parent, { kind: 'service', name: child }, countOf(Number(field(one, 'callCount'))));
  }
  return found;
}

function finish(calls: Calls, file: string, options: ImportOptions): Imported {
  const parts = new Parts(
    { file, basis: 'OpenTelemetry service graph', confidence: 'high', entries: 'services' },
    options,
  );
  for (const service of calls.services.values()) addService(parts, service);
  for (const { from, to, count } of [...calls.edges.values()]) {
    const part = parts.of(from);
    parts.see(part, nameOf(parts, calls, to), count);
  }
  const never = neverCalled(calls);
  if (never > 0)
    calls.remarks.add(
      `${never} ${never === 1 ? 'edge was' : 'edges were'} listed and never called (a count of 0, or none): left out. Of what stands by for a failure this says nothing.`,
    );
  return parts.finish({ understood: calls.services.size, aside: [], unknown: [] }, [
    'Only what was called while this was recorded is here: what is called once a month may be missing.',
    ...calls.remarks,
  ]);
}

/** The part of a service. One that only was called may be named by its host. */
function partOf(parts: Parts, service: SeenService): Part {
  const host = service.isSeen ? undefined : toHost(service.name);
  if (host !== undefined) return parts.outside(host);
  const isNew = !parts.has(service.name);
  const part = parts.of(service.name);
  if (isNew && !service.isSeen) part.comments.push(UNSEEN);
  return part;
}

const UNSEEN = 'Called, and never seen itself: what does it stand on?';

function addService(parts: Parts, service: SeenService): void {
  const part = partOf(parts, service);
  part.comments.push(...service.remarks);
  if (service.isEntry) part.isEntry = true;
  const byCapability = new Map<string, string[]>();
  for (const { capability, place } of service.runsOn.values()) {
    const reference = parts.references.at(capability, place);
    byCapability.set(capability, [...(byCapability.get(capability) ?? []), reference]);
  }
  for (const [capability, references] of byCapability) {
    const need = oneOf(references);
    if (need !== undefined) part.needs.push(need);
    if (new Set(references).size > 1)
      part.comments.push(
        `Seen at ${new Set(references).size} places of ${capability}: one is taken to be enough. How many must work?`,
      );
  }
}

function nameOf(parts: Parts, calls: Calls, target: Target): string {
  if (target.kind === 'capability') return parts.references.at(target.name, target.place);
  if (target.kind === 'host') return parts.outside(target.name).name;
  const service = calls.services.get(target.name);
  return partOf(
    parts,
    service ?? { name: target.name, runsOn: new Map(), remarks: new Set(), isSeen: false, isEntry: false },
  ).name;
}
