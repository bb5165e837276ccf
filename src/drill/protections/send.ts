import { setTimeout } from 'node:timers/promises';
import { ask, type Answer } from '../ask.ts';
import { classify, isHeldBack, twinOf, type Verdict } from './classify.ts';
import type { AlternativeDoor } from './paths.ts';
import { requestSays, type Pair, type Request } from './requests.ts';
import type { AlternativeResult, SampleResult } from './result.ts';
import { MOST_AT_ONCE } from './sample.ts';

export interface SendOptions {
  /** How many requests are begun in a second, bursts apart. */
  readonly perSecond: number;
  /** A request is given up after so long. @unit ms */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Sent {
  readonly samples: readonly SampleResult[];
  readonly twins: AlternativeResult['twins'];
  readonly requests: number;
}

/** After so many harmless requests in a row that did not pass, nothing more is learnt. */
const MOST_VAIN = 5;

/** Sends samples to one address, each right after its harmless twin. */
export async function sendAll(
  pairs: readonly Pair[],
  door: AlternativeDoor,
  options: SendOptions,
): Promise<Sent> {
  return await new Sending(door, options).run(pairs);
}

class Sending {
  private readonly door: AlternativeDoor;
  private readonly options: SendOptions;
  private readonly address: string;
  private requests = 0;
  private nextMs = performance.now();

  constructor(door: AlternativeDoor, options: SendOptions) {
    this.door = door;
    this.options = options;
    const { origin, at } = door;
    this.address =
      at === undefined ? origin.host : `${at.host.includes(':') ? `[${at.host}]` : at.host}:${at.port}`;
  }

  async run(pairs: readonly Pair[]): Promise<Sent> {
    const samples: SampleResult[] = [];
    let passed = 0;
    let vain = 0;
    let isSilent = false;
    for (const pair of pairs) {
      if (vain >= MOST_VAIN || this.options.signal.aborted) {
        samples.push(this.result(pair, { outcome: 'unclear', how: 'not sent' }, 'not sent'));
        continue;
      }
      const answer = await this.ask(pair.twin);
      const twin = twinOf(answer);
      if (twin.kind === 'passed') {
        passed++;
        vain = 0;
        samples.push(this.result(pair, await this.verdict(pair, answer), twin.how));
        continue;
      }
      vain++;
      isSilent = twin.kind === 'silent';
      samples.push(
        this.result(pair, { outcome: 'unclear', how: 'its harmless twin did not pass' }, twin.how),
      );
    }
    const isOver = vain >= MOST_VAIN || (passed === 0 && pairs.length > 0 && !this.options.signal.aborted);
    const twins = !isOver ? 'open' : isSilent ? 'silent' : passed === 0 ? 'closed' : 'shut-out';
    return { samples, twins, requests: this.requests };
  }

  private async verdict(pair: Pair, twin: Answer): Promise<Verdict> {
    const { form } = pair.sample;
    if (form.kind === 'burst') return await this.burst(pair, form.times);
    const answer = await this.ask(pair.asked);
    const verdict = classify(answer, twin);
    if (answer.kind === 'answer') return verdict;
    // No answer is a refusal only of what still answers others.
    const again = twinOf(await this.ask(pair.twin));
    return again.kind === 'silent'
      ? { outcome: 'unclear', how: `${verdict.how}, and so it was for its twin` }
      : verdict;
  }

  private async burst({ asked }: Pair, times: number): Promise<Verdict> {
    const count = Math.min(times, MOST_AT_ONCE);
    const answers = await Promise.all(Array.from({ length: count }, () => this.send(asked)));
    const held = answers.filter(isHeldBack).length;
    const how = `${held} of ${count} held back`;
    return { outcome: held > 0 ? 'blocked' : 'through', how };
  }

  private result(pair: Pair, { outcome, how }: Verdict, twin: string): SampleResult {
    return { sample: pair.sample.id, address: this.address, send: requestSays(pair), outcome, how, twin };
  }

  /** In its turn. */
  private async ask(request: Request): Promise<Answer> {
    const { perSecond, signal } = this.options;
    const waitMs = this.nextMs - performance.now();
    if (waitMs > 0) await setTimeout(waitMs, undefined, { signal }).catch(() => undefined);
    this.nextMs = Math.max(this.nextMs, performance.now()) + 1_000 / perSecond;
    return await this.send(request);
  }

  private send({ method, path, headers, body }: Request): Promise<Answer> {
    this.requests++;
    const { origin, at, basePath = '' } = this.door;
    const { timeoutMs } = this.options;
    return ask({
      origin,
      at,
      method,
      path: basePath + path,
      headers,
      body,
      timeoutMs,
      mostBytes: MOST_BYTES,
    });
  }
}

/** What a page of a refusal says, it says at its beginning. */
const MOST_BYTES = 32 * 1024;
