import { systemTime, type Time } from '../../time.ts';
import { CommandProbe } from './command-probe.ts';
import { HttpProbe } from './http-probe.ts';
import { MetricProbe } from './metric-probe.ts';
import type { Asker, Probe, ProbeOptions, ProbeRule, Seen } from './probe.ts';
import { shown } from './shown.ts';

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
