/** One value of an answer in Prometheus' text format. */
export interface MetricSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** A metric as a rule names it: `errors_total{kind="5xx"}`. A series fits when it has all of these labels. */
export interface Selector {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?|nan)$/i;

/** @returns undefined when it is none */
export function selectorOf(text: string): Selector | undefined {
  const read = nameAndLabels(text.trim());
  return read?.rest.trim() === '' ? { name: read.name, labels: read.labels } : undefined;
}

/**
 * Those samples of a text that fit. Every line of the metric that is asked for must be well formed, and of the others none is looked at.
 *
 * @returns undefined when a line that names it is no sample
 */
export function samplesOf(text: string, { name, labels }: Selector): MetricSample[] | undefined {
  const found: MetricSample[] = [];
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (!trimmed.startsWith(name) || /^[a-zA-Z0-9_:]/.test(trimmed.slice(name.length))) continue;
    const sample = sampleOf(trimmed);
    if (sample === undefined) return undefined;
    if ([...labels].every(([label, value]) => sample.labels.get(label) === value)) found.push(sample);
  }
  return found;
}

function sampleOf(line: string): MetricSample | undefined {
  const read = nameAndLabels(line);
  if (read === undefined) return undefined;
  // A value, and a time where there is one; OpenMetrics adds an exemplar after a sign of its own.
  const [value = '', time, ...more] = read.rest.trim().split(/\s+/);
  const isTimed =
    time === undefined || time === '#' || (/^-?\d+(?:\.\d+)?$/.test(time) && (more[0] ?? '#') === '#');
  if (!/^\s/.test(read.rest) || !VALUE.test(value) || !isTimed) return undefined;
  return { name: read.name, labels: read.labels, value: numberOf(value) };
}

function numberOf(text: string): number {
  if (/nan/i.test(text)) return Number.NaN;
  if (/inf/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

function nameAndLabels(
  text: string,
):
  | { readonly name: string; readonly labels: ReadonlyMap<string, string>; readonly rest: string }
  | undefined {
  const name = matchAt(NAME, text, 0);
  if (name === undefined) return undefined;
  let at = name.length;
  const labels = new Map<string, string>();
  const skip = (): void => {
    while (text[at] === ' ' || text[at] === '\t') at++;
  };
  const before = at;
  skip();
  if (text[at] !== '{') return { name, labels, rest: text.slice(before) };
  at++;
  for (;;) {
    skip();
    if (text[at] === '}') return { name, labels, rest: text.slice(at + 1) };
    const label = matchAt(LABEL, text, at);
    if (label === undefined || labels.has(label)) return undefined;
    at += label.length;
    skip();
    if (text[at++] !== '=') return undefined;
    skip();
    const value = quotedAt(text, at);
    if (value === undefined) return undefined;
    labels.set(label, value.text);
    at = value.end;
    skip();
    if (text[at] === ',') at++;
    else if (text[at] !== '}') return undefined;
  }
}

/** `\\`, `\"` and `\n` are what a value of a label may be written with. */
function quotedAt(text: string, from: number): { readonly text: string; readonly end: number } | undefined {
  if (text[from] !== '"') return undefined;
  let read = '';
  for (let at = from + 1; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') return { text: read, end: at + 1 };
    if (sign !== '\\') {
      read += sign;
      continue;
    }
    const escaped = ESCAPES[text[++at] ?? ''];
    if (escaped === undefined) return undefined;
    read += escaped;
  }
  return undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', '"': '"', n: '\n' };

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
