import type { Time } from '../../time.ts';

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
