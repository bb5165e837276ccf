import { HealthRule, type RolloutHealth } from '../../policies/index.ts';
import { Alarm, type Time } from '../../time.ts';
import type { HealthRule as Rule } from '../contract.ts';
import type { Probe, ProbeRule, Seen } from '../deliver/probe.ts';
import { probeFor } from '../deliver/probes.ts';

export interface HealthWatchOptions {
  readonly rules: readonly Rule[];
  /** Where commands run. */
  readonly folder: string;
  readonly time: Time;
  /** Called when health is another. @param why in words, for people */
  readonly onHealth: (health: RolloutHealth, why: string) => void;
}

/** How one rule stands. */
export interface RuleStanding {
  readonly name: string;
  readonly last: Seen['kind'] | null;
  readonly words: string;
  /** RFC 3339. */
  readonly at: string | null;
}

interface Watched {
  readonly rule: Rule;
  readonly probe: Probe;
  last: Seen | undefined;
  at: number | undefined;
}

/** Asks how the readers do, each rule at its own pace, and says when they are well and when not. */
export class HealthWatch {
  health: RolloutHealth;
  private readonly options: HealthWatchOptions;
  private readonly watched: readonly Watched[];
  private readonly judge: HealthRule;
  private readonly alarm: Alarm;
  private readonly ending = new AbortController();

  constructor(options: HealthWatchOptions) {
    const { rules, folder, time } = options;
    this.options = options;
    this.watched = rules.map((rule) => ({
      rule,
      probe: probeFor(probeRuleOf(rule, folder), { name: rule.name, timeoutMs: rule.timeMs, time }),
      last: undefined,
      at: undefined,
    }));
    this.judge = new HealthRule(
      rules.map(({ failures, successes, everyMs, timeMs }) => ({
        failures,
        successes,
        // Nothing is known once three looks in a row have given nothing.
        silentMs: 3 * (everyMs + timeMs),
      })),
    );
    this.health = this.judge.health(time.now());
    this.alarm = new Alarm(time, () => this.refresh());
  }

  start(): void {
    for (const [index, watched] of this.watched.entries()) void this.ask(index, watched);
  }

  stop(): void {
    this.ending.abort();
    this.alarm.setTo(Number.POSITIVE_INFINITY);
  }

  /** Health is another also by nothing happening: after the machine has slept, nothing is known. */
  refresh(): void {
    this.note(this.judge.health(this.options.time.now()), 'not every rule has answered of late');
  }

  standings(): RuleStanding[] {
    return this.watched.map(({ rule, last, at }) => ({
      name: rule.name,
      last: last?.kind ?? null,
      words: last?.words ?? 'not asked yet',
      at: at === undefined ? null : new Date(at).toISOString(),
    }));
  }

  private async ask(index: number, watched: Watched): Promise<void> {
    const { time } = this.options;
    const began = time.now();
    const seen = await watched.probe.look(this.ending.signal);
    if (this.ending.signal.aborted) return;
    const now = time.now();
    watched.last = seen;
    watched.at = now;
    this.note(this.judge.record(index, seen.kind, now), wordsOf(watched.rule.name, seen.words));
    time.after(Math.max(0, began + watched.rule.everyMs - now), () => {
      if (!this.ending.signal.aborted) void this.ask(index, watched);
    });
  }

  private note(health: RolloutHealth, why: string): void {
    this.alarm.setTo(this.judge.wakeAt);
    if (health === this.health) return;
    this.health = health;
    this.options.onHealth(health, why);
  }
}

/** What is said of a metric begins with its name already. */
function wordsOf(name: string, words: string): string {
  return words.startsWith(name) ? words : `${name} ${words}`;
}

function probeRuleOf(rule: Rule, folder: string): ProbeRule {
  switch (rule.kind) {
    case 'command': {
      const [program = '', ...args] = rule.command;
      return { kind: 'command', command: [program, ...args], folder };
    }
    case 'http': {
      const { status, contains } = rule;
      return {
        kind: 'http',
        url: new URL(rule.url),
        ...(status === undefined ? {} : { status }),
        ...(contains === undefined ? {} : { contains }),
      };
    }
    case 'metric': {
      const { metric, atMost, atLeast, rate } = rule;
      return {
        kind: 'metric',
        url: new URL(rule.url),
        metric,
        isRate: rate,
        ...(atMost === undefined ? {} : { atMost }),
        ...(atLeast === undefined ? {} : { atLeast }),
      };
    }
  }
}
