import { systemTime, type Time } from '../../time.ts';
import { CommandProbe } from './command-probe.ts';
import { HttpProbe } from './http-probe.ts';
import { MetricProbe } from './metric-probe.ts';
import { shown } from './shown.ts';

/** One rule of health. */
export interface Probe {
  readonly name: string;
  /** Asks once; while it is asked, who asks again gets the same answer. Never rejects. */
  look(signal: AbortSignal): Promise<Seen>;
}

export interface Seen {
  readonly kind:
    | 'good'
    | 'bad'
    /** It could not be asked, or what it says is no answer: nothing is known. */
    | 'none';
  /** Printable, one line, bounded. */
  readonly words: string;
}

export type ProbeRule =
  | { readonly kind: 'command'; readonly command: readonly [string, ...string[]]; readonly folder: string }
  | {
      readonly kind: 'http';
      readonly url: URL;
      /** @default any from 200 to 299 */
      readonly status?: number;
      /** Must be within the first 64 KiB. @default anything is well */
      readonly contains?: string;
    }
  | {
      readonly kind: 'metric';
      readonly url: URL;
      /** `errors_total{kind="5xx"}`: exactly one series must fit. */
      readonly metric: string;
      readonly atMost?: number;
      readonly atLeast?: number;
      /** Its growth between two looks is judged, per second, in place of its value. @default false */
      readonly isRate?: boolean;
    };

export interface ProbeOptions {
  readonly name: string;
  /** Of one look. @unit ms */
  readonly timeoutMs: number;
  readonly time?: Time;
}

/** Asks, of one kind. */
export interface Asker {
  ask(signal: AbortSignal): Promise<Seen>;
}

/** @throws RangeError when the metric of a rule is none */
export function probeFor(rule: ProbeRule, { name, timeoutMs, time = systemTime() }: ProbeOptions): Probe {
  return new OneAtATime(name, askerFor(rule, timeoutMs, time));
}

function askerFor(rule: ProbeRule, timeoutMs: number, time: Time): Asker {
  switch (rule.kind) {
    case 'command':
      return new CommandProbe(rule, timeoutMs);
    case 'http':
      return new HttpProbe(rule, timeoutMs);
    case 'metric':
      return new MetricProbe(rule, timeoutMs, time);
  }
}

class OneAtATime implements Probe {
  readonly name: string;
  private readonly asker: Asker;
  private asking: Promise<Seen> | undefined;

  constructor(name: string, asker: Asker) {
    this.name = name;
    this.asker = asker;
  }

  look(signal: AbortSignal): Promise<Seen> {
    this.asking ??= this.ask(signal).finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async ask(signal: AbortSignal): Promise<Seen> {
    try {
      return await this.asker.ask(signal);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      return { kind: 'none', words: `could not be asked: ${shown(words)}` };
    }
  }
}
