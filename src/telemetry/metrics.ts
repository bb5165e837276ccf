import { expositionOf, prefersOpenMetrics, type Exposition, type Sample } from './exposition.ts';

/** More label values than this share one series, whose labels all say `other`: what users send cannot fill the memory. */
const MOST_SERIES = 1000;
/** @unit characters */
const LONGEST_LABEL = 200;
const OTHER = 'other';

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$/;
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]{0,99}$/;

/** Upper bounds that suit requests. @unit s */
export const REQUEST_SECONDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** One series that only grows. Taken once, it costs one addition a call. */
export class Counter {
  value = 0;

  /** @param n what is not above 0 is left out */
  add(n = 1): void {
    if (n > 0) this.value += n;
  }
}

/** One series that goes up and down. */
class Gauge {
  value = 0;

  add(n: number): void {
    this.value += n;
  }
}

/** One series of counts by size. */
export class Histogram {
  /** Upper bounds, rising; what is above the last is counted too. */
  readonly bounds: Float64Array;
  /** By bound what was at most that and above the one before; the last is what was above all. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: Float64Array) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** @param x no number is left out */
  observe(x: number): void {
    if (Number.isNaN(x)) return;
    const { bounds } = this;
    let i = 0;
    while (i < bounds.length && x > (bounds[i] ?? 0)) i++;
    this.counts[i] = (this.counts[i] ?? 0) + 1;
    this.sum += x;
  }
}

/** All series of one metric. */
export class Family<H> {
  private readonly series = new Map<string, { readonly labels: readonly string[]; readonly handle: H }>();
  private readonly labelNames: readonly string[];
  private readonly make: () => H;

  constructor(labelNames: readonly string[], make: () => H) {
    this.labelNames = labelNames;
    this.make = make;
    if (labelNames.length === 0) this.of();
  }

  /**
   * The series with these values of its labels, to keep and to count with. Text of any kind is well.
   *
   * @throws RangeError when there are not as many values as the metric has labels
   */
  of(...values: readonly string[]): H {
    if (values.length !== this.labelNames.length)
      throw new RangeError(`Expected ${this.labelNames.length} labels, found ${values.length}.`);
    const labels = values.map(clip);
    const key = keyOf(labels);
    const known = this.series.get(key);
    if (known !== undefined) return known.handle;
    const other = labels.map(() => OTHER);
    if (this.series.size >= MOST_SERIES && key !== keyOf(other)) return this.of(...other);
    const handle = this.make();
    this.series.set(key, { labels, handle });
    return handle;
  }

  *[Symbol.iterator](): Iterator<{ readonly labels: readonly string[]; readonly handle: H }> {
    yield* this.series.values();
  }
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: () => Sample[];
}

/** Reads the values of a gauge, each with its labels. */
type Read = (say: (value: number, ...labels: readonly string[]) => void) => void;

/** What counts and measures. */
export type Instruments = Pick<Registry, 'counter' | 'histogram' | 'gaugeFrom' | 'counterFrom'>;

/** What is counted and measured, for Prometheus to ask for. */
export class Registry {
  private readonly metrics = new Map<string, Metric>();
  private readonly counters = new Map<string, Family<Counter>>();
  private readonly histograms = new Map<string, Family<Histogram>>();
  private readonly names = new Set<string>();
  private readonly failures: Family<Counter>;

  constructor() {
    this.failures = this.counter(
      'keelson_scrape_failures_total',
      'How often a gauge could not be read when it was asked for.',
      ['metric'],
    );
  }

  /** @param name ends in `_total` */
  counter(name: string, help: string, labelNames: readonly string[] = []): Family<Counter> {
    if (!name.endsWith('_total'))
      throw new RangeError(`Expected the name of a counter to end in _total, found ${name}.`);
    const family = new Family(labelNames, () => new Counter());
    this.add({ name, help, labelNames, type: 'counter', samples: () => valuesOf(family) });
    this.counters.set(name, family);
    return family;
  }

  /**
   * Instruments for one of several that follow each other in one process: what is counted goes on where the one before has left it, and
   * what is read is read of whoever has called `show` last.
   */
  shelf(): Instruments & { show(): void } {
    const readings: (() => void)[] = [];
    const read = (
      type: 'counter' | 'gauge',
      name: string,
      ...rest: [string, readonly string[], Read]
    ): void => {
      readings.push(() => {
        this.remove(name);
        this.readFrom(type, name, ...rest);
      });
    };
    return {
      counter: (name, ...rest) => this.counters.get(name) ?? this.counter(name, ...rest),
      histogram: (name, ...rest) => this.histograms.get(name) ?? this.histogram(name, ...rest),
      gaugeFrom: (name, ...rest) => read('gauge', name, ...rest),
      counterFrom: (name, ...rest) => read('counter', name, ...rest),
      show: () => {
        for (const put of readings) put();
      },
    };
  }

  /**
   * A gauge that is read only when it is asked for.
   *
   * @param read says each value with its labels; when it throws, the metric is left out of that answer and that is counted
   */
  gaugeFrom(name: string, help: string, labelNames: readonly string[], read: Read): void {
    this.readFrom('gauge', name, help, labelNames, read);
  }

  /**
   * A counter that is kept elsewhere, and read only when it is asked for.
   *
   * @param name ends in `_total`
   * @param read as that of `gaugeFrom`
   */
  counterFrom(name: string, help: string, labelNames: readonly string[], read: Read): void {
    if (!name.endsWith('_total'))
      throw new RangeError(`Expected the name of a counter to end in _total, found ${name}.`);
    this.readFrom('counter', name, help, labelNames, read);
  }

  /** @param bounds upper bounds, rising, finite */
  histogram(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    bounds: readonly number[] = REQUEST_SECONDS,
  ): Family<Histogram> {
    if (labelNames.includes('le')) throw new RangeError('A histogram has a label le of its own.');
    if (bounds.some((bound, i) => !Number.isFinite(bound) || bound <= (bounds[i - 1] ?? -Infinity)))
      throw new RangeError(`Expected finite bounds that rise, found ${bounds.join(', ')}.`);
    const shared = Float64Array.from(bounds);
    const family = new Family(labelNames, () => new Histogram(shared));
    const samples = (): Sample[] =>
      [...family].map(({ labels, handle }) => ({
        labels,
        value: handle.sum,
        bounds: handle.bounds,
        counts: handle.counts,
      }));
    this.add({ name, help, labelNames, type: 'histogram', samples });
    this.histograms.set(name, family);
    return family;
  }

  /**
   * Everything, as text: of Prometheus (0.0.4), or of OpenMetrics where that is asked for.
   *
   * @param accept the header of who asks
   */
  text(accept = ''): Exposition {
    const metrics = [...this.metrics.values()].map((metric) => ({ ...metric, samples: metric.samples() }));
    return expositionOf(metrics, prefersOpenMetrics(accept));
  }

  private readFrom(
    type: 'counter' | 'gauge',
    name: string,
    help: string,
    labelNames: readonly string[],
    read: Read,
  ): void {
    const samples = (): Sample[] => {
      const family = new Family(labelNames, () => new Gauge());
      try {
        read((value, ...labels) => family.of(...labels).add(value));
      } catch {
        this.failures.of(name).add();
        return [];
      }
      return valuesOf(family);
    };
    this.add({ name, help, labelNames, type, samples });
  }

  private remove(name: string): void {
    const metric = this.metrics.get(name);
    if (metric === undefined) return;
    this.metrics.delete(name);
    for (const one of namesOf(metric)) this.names.delete(one);
  }

  private add(metric: Metric): void {
    const { name, labelNames } = metric;
    if (!METRIC_NAME.test(name)) throw new RangeError(`Expected the name of a metric, found "${name}".`);
    for (const label of labelNames)
      if (!LABEL_NAME.test(label)) throw new RangeError(`Expected the name of a label, found "${label}".`);
    if (new Set(labelNames).size < labelNames.length)
      throw new RangeError(`Expected each label of ${name} once.`);
    const names = namesOf(metric);
    if (names.some((one) => this.names.has(one))) throw new RangeError(`There is a metric ${name} already.`);
    for (const one of names) this.names.add(one);
    this.metrics.set(name, metric);
  }
}

/** Whatever its samples or its family are called in either format. */
function namesOf({ name, type }: Metric): string[] {
  if (type === 'counter') return [name, name.replace(/_total$/, '')];
  return type === 'gauge' ? [name] : [name, `${name}_bucket`, `${name}_sum`, `${name}_count`];
}

function valuesOf(family: Iterable<{ labels: readonly string[]; handle: Counter | Gauge }>): Sample[] {
  return [...family].map(({ labels, handle }) => ({ labels, value: handle.value }));
}

/** Short, and without halves of characters that no text in UTF-8 can carry. */
function clip(value: string): string {
  return value.slice(0, LONGEST_LABEL).toWellFormed();
}

/** The same only for the same labels: a separator could stand in a label. */
function keyOf(labels: readonly string[]): string {
  return labels.length === 1 ? (labels[0] ?? '') : labels.map((label) => `${label.length}:${label}`).join('');
}
