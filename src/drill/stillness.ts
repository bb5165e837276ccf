import type { Answer } from './ask.ts';
import { fieldOf } from './judge.ts';

/** What `moves` of a plan asks, with its time. */
export interface Moves {
  readonly field: string;
  readonly withinMs: number;
}

/**
 * Whether answers stand still that must not: a field that has been the same for too long, or an age that does not grow. An answer that
 * says how old it is may be old, as long as it says so truly.
 */
export class Stillness {
  private readonly moves: Moves | undefined;
  private readonly mostAgeMs: number;
  private value: { readonly text: string; readonly sinceMs: number } | undefined;
  private aged: { readonly body: string; readonly ageMs: number; readonly atMs: number } | undefined;

  /** @param mostAgeMs the oldest that the plan shows anything */
  constructor(moves: Moves | undefined, mostAgeMs: number) {
    this.moves = moves;
    this.mostAgeMs = mostAgeMs;
  }

  /** @returns what is wrong, in one sentence; undefined where nothing is */
  look(answer: Answer, nowMs: number): string | undefined {
    if (answer.kind === 'none' || answer.status >= 300) return undefined;
    const snapshot = answer.headers['keelson-snapshot'];
    return snapshot === undefined ? this.fresh(answer.body, nowMs) : this.old(answer, snapshot, nowMs);
  }

  private fresh(body: string, nowMs: number): string | undefined {
    const { moves } = this;
    this.aged = undefined;
    if (moves === undefined) return undefined;
    const text = fieldOf(body, moves.field);
    if (text === undefined) return `It has no ${moves.field}.`;
    if (this.value?.text !== text) this.value = { text, sinceMs: nowMs };
    const stoodMs = nowMs - this.value.sinceMs;
    return stoodMs > moves.withinMs
      ? `${moves.field} has been the same for ${Math.round(stoodMs)} ms, and nothing says that it is old.`
      : undefined;
  }

  private old(
    { body }: Extract<Answer, { kind: 'answer' }>,
    snapshot: string,
    nowMs: number,
  ): string | undefined {
    const seconds = Number(/\bage=(\d{1,9})\b/.exec(snapshot)?.[1] ?? Number.NaN);
    if (Number.isNaN(seconds)) return 'It is from before, and does not say how old it is.';
    const ageMs = seconds * 1_000;
    if (ageMs > this.mostAgeMs + SLACK_MS)
      return `It is ${seconds} s old, and the plan shows nothing older than ${this.mostAgeMs / 1_000} s.`;
    const before = this.aged;
    if (before === undefined || before.body !== body) this.aged = { body, ageMs, atMs: nowMs };
    else if (Math.abs(ageMs - before.ageMs - (nowMs - before.atMs)) > SLACK_MS)
      return `It says that it is ${seconds} s old, and it has been the same for ${Math.round((nowMs - before.atMs) / 1_000)} s longer than that.`;
    return undefined;
  }
}

/** Ages are whole seconds, and requests take their time. @unit ms */
const SLACK_MS = 2_000;
