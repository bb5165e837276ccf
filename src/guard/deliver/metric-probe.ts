import type { Time } from '../../time.ts';
import { askUrl, HeardText } from './ask-url.ts';
import { OURS } from './http-probe.ts';
import type { Asker, ProbeRule, Seen } from './probe.ts';
import { samplesOf, selectorOf, type Selector } from './prometheus-text.ts';

/** Of an answer. @unit bytes */
const MOST_HEARD = 8_000_000;

type MetricRule = Extract<ProbeRule, { kind: 'metric' }>;

/**
 * Well while one series of a metric, or its growth per second between two looks, is within bounds. Where the server has not exactly one
 * such series nothing is known, nor after a counter has begun anew; where it does not answer, it is not well.
 */
export class MetricProbe implements Asker {
  private readonly rule: MetricRule;
  private readonly selector: Selector;
  private readonly timeoutMs: number;
  private readonly time: Time;
  private before: { readonly value: number; readonly at: number } | undefined;

  constructor(rule: MetricRule, timeoutMs: number, time: Time) {
    const selector = selectorOf(rule.metric);
    if (selector === undefined) throw new RangeError(`Expected a metric, found ${rule.metric}.`);
    this.rule = rule;
    this.selector = selector;
    this.timeoutMs = timeoutMs;
    this.time = time;
  }

  async ask(signal: AbortSignal): Promise<Seen> {
    const { url, metric, isRate = false } = this.rule;
    const heard = new HeardText(MOST_HEARD);
    const request = { url, timeoutMs: this.timeoutMs, headers: { accept: 'text/plain;version=0.0.4' } };
    const outcome = await askUrl(request, () => (chunk) => heard.hear(chunk), signal);
    if (outcome.kind === 'failed')
      return { kind: OURS.has(outcome.why) ? 'none' : 'bad', words: outcome.words };
    const { status } = outcome.answer;
    if (status !== 200) return { kind: 'bad', words: `answers ${status}, expected 200` };
    if (heard.isTooLong) return none(`answers with more than ${MOST_HEARD} bytes`);
    const samples = samplesOf(heard.text(), this.selector);
    if (samples === undefined) return none(`a line of ${metric} is no sample`);
    const [sample] = samples;
    if (sample === undefined) return none(`has no ${metric}`);
    if (samples.length > 1) return none(`has ${samples.length} series that fit ${metric}: name more labels`);
    if (!Number.isFinite(sample.value)) return none(`${metric} is ${sample.value}`);
    return isRate ? this.judgeRate(sample.value) : this.judge(sample.value, '');
  }

  private judgeRate(value: number): Seen {
    const at = this.time.now();
    const { before } = this;
    this.before = { value, at };
    if (before === undefined || at <= before.at) return none('a rate takes two looks');
    if (value < before.value) return none('the counter has begun anew');
    return this.judge(((value - before.value) * 1000) / (at - before.at), ' a second');
  }

  private judge(value: number, unit: string): Seen {
    const { metric, atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = this.rule;
    const words = `${metric} is ${Number(value.toPrecision(4))}${unit}`;
    if (value > atMost) return { kind: 'bad', words: `${words}, above ${atMost}` };
    if (value < atLeast) return { kind: 'bad', words: `${words}, below ${atLeast}` };
    return { kind: 'good', words };
  }
}

function none(words: string): Seen {
  return { kind: 'none', words };
}
