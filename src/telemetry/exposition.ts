export interface Sample {
  /** In the order of the metric's label names. */
  readonly labels: readonly string[];
  /** Of a histogram its sum. */
  readonly value: number;
  readonly bounds?: Float64Array;
  /** By bound, not cumulative; one more than there are bounds. */
  readonly counts?: Float64Array;
}

export interface Exposed {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labelNames: readonly string[];
  readonly samples: readonly Sample[];
}

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Metrics as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0.0. A metric without a series is left out.
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and https://github.com/prometheus/OpenMetrics
 */
export function expositionOf(metrics: readonly Exposed[], isOpen: boolean): Exposition {
  const lines: string[] = [];
  for (const metric of metrics) {
    const { name, help, type, samples } = metric;
    if (samples.length === 0) continue;
    // OpenMetrics calls a family of counters by its name without `_total`, which only its samples have.
    const family = isOpen && type === 'counter' ? name.replace(/_total$/, '') : name;
    lines.push(`# HELP ${family} ${isOpen ? escapeLabel(help) : escapeHelp(help)}`);
    lines.push(`# TYPE ${family} ${type}`);
    for (const sample of samples) writeSample(lines, metric, sample);
  }
  if (isOpen) lines.push('# EOF');
  return {
    contentType: isOpen
      ? 'application/openmetrics-text; version=1.0.0; charset=utf-8'
      : 'text/plain; version=0.0.4; charset=utf-8',
    text: `${lines.join('\n')}\n`,
  };
}

/** Whether who sends this header would rather have OpenMetrics than plain text. */
export function prefersOpenMetrics(accept: string): boolean {
  const open = qualityOf('application/openmetrics-text', accept);
  return open > 0 && open >= Math.max(qualityOf('text/plain', accept), qualityOf('text/*', accept));
}

/** How much a media type is wanted, 0 to 1; the type by its name alone, not by what would include it. */
export function qualityOf(type: string, accept: string): number {
  let best = 0;
  for (const range of accept.slice(0, 2000).toLowerCase().split(',')) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim());
    if (name !== type) continue;
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const quality = q === undefined ? 1 : Number(q);
    if (quality >= 0 && quality <= 1) best = Math.max(best, quality);
  }
  return best;
}

function writeSample(lines: string[], { name, labelNames }: Exposed, sample: Sample): void {
  const { labels, value, bounds, counts } = sample;
  const pairs = labelNames.map((label, i) => `${label}="${escapeLabel(labels[i] ?? '')}"`);
  if (bounds === undefined || counts === undefined) {
    lines.push(`${name}${braced(pairs)} ${numberOf(value)}`);
    return;
  }
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    total += counts[i] ?? 0;
    const bound = bounds[i];
    const le = bound === undefined ? '+Inf' : boundOf(bound);
    lines.push(`${name}_bucket${braced([...pairs, `le="${le}"`])} ${numberOf(total)}`);
  }
  lines.push(`${name}_sum${braced(pairs)} ${numberOf(value)}`);
  lines.push(`${name}_count${braced(pairs)} ${numberOf(total)}`);
}

function braced(pairs: readonly string[]): string {
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function numberOf(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/** With its point, as OpenMetrics wants it, in both formats: so that a series is the same whichever was read. */
function boundOf(bound: number): string {
  const text = String(bound);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function escapeHelp(text: string): string {
  return text.toWellFormed().replace(/[\\\n]/g, (found) => (found === '\n' ? '\\n' : '\\\\'));
}

function escapeLabel(text: string): string {
  return text.toWellFormed().replace(/[\\\n"]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
}
