import type { Protection } from '../../model/index.ts';
import type { SampleClass } from './sample.ts';

/** What a drill of protections found, plain data: `protections` of the contract `keelson.drill/1`. Fields are only ever added. */
export interface ProtectionDrill {
  /** Of the order in which samples were sent. */
  readonly seed: number;
  /** How many requests were sent, twins among them. */
  readonly requests: number;
  /** What was sent: the same down every path that is compared. */
  readonly samples: readonly {
    readonly id: string;
    readonly class: SampleClass;
    readonly protection: Protection;
    readonly rules: string;
  }[];
  readonly paths: readonly ProtectedPath[];
  readonly findings: readonly ProtectionFinding[];
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  /**
   * wrong: something does not protect as the plan says. unclear: nothing is wrong as far as could be seen, and something could not be
   * seen. better: something protects though the plan does not say so. agrees: all is as the plan says.
   */
  readonly outcome: ProtectionOutcome;
  /** Why it was ended before its time; null where it was not. */
  readonly stopped: string | null;
}

export type ProtectionOutcome = 'agrees' | 'better' | 'unclear' | 'wrong';

/** A service whose alternatives stand in for each other. */
export interface ProtectedPath {
  readonly service: string;
  readonly alternatives: readonly AlternativeResult[];
}

export interface AlternativeResult {
  readonly name: string;
  /** In the order of the plan, from 1. */
  readonly number: number;
  /** Where it was asked. */
  readonly addresses: readonly string[];
  /** What the plan says that it protects with. */
  readonly claims: readonly Protection[];
  /** open: harmless requests passed. closed: none of them did. shut-out: at first they did. silent: it did not answer as it should. */
  readonly twins: 'open' | 'closed' | 'shut-out' | 'silent';
  readonly seen: readonly ProtectionSeen[];
  readonly samples: readonly SampleResult[];
}

/** What was seen of one protection at one alternative, by samples. */
export interface ProtectionSeen {
  readonly protection: Protection;
  readonly isClaimed: boolean;
  /** By all addresses of the alternative. */
  readonly blocked: readonly string[];
  /** By one at least. */
  readonly through: readonly string[];
  readonly unclear: readonly string[];
  /** Samples that the first alternative blocks and this one lets through. */
  readonly leaks: readonly string[];
}

export interface SampleResult {
  readonly sample: string;
  readonly address: string;
  /** The request as it was sent, at most 200 characters of it. */
  readonly send: string;
  readonly outcome: SampleOutcome;
  /** By what that is known: `status 403`, `a challenge`, `the connection was cut`. */
  readonly how: string;
  /** What its harmless twin got. */
  readonly twin: string;
}

/** through: answered as its harmless twin was. unclear: neither that nor blocked, or the twin did not pass. */
export type SampleOutcome = 'blocked' | 'through' | 'unclear';

export interface ProtectionFinding {
  /**
   * absent: nothing of what the plan says that it protects with is there. weaker: it lets through what the first blocks. unsaid: it blocks,
   * and the plan does not say so. blocks-everything: harmless requests too. shut-out: after some samples it answered nothing more of this
   * drill. silent: it did not answer.
   */
  readonly kind: 'absent' | 'weaker' | 'unsaid' | 'blocks-everything' | 'shut-out' | 'silent';
  readonly outcome: Exclude<ProtectionOutcome, 'agrees'>;
  readonly service: string;
  readonly alternative: string;
  readonly number: number;
  /** Null where it is about all of them. */
  readonly protection: Protection | null;
  /** The part of the plan: `edge.any[2]`. */
  readonly edge: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** In one sentence. */
  readonly says: string;
  /** Samples that show it. */
  readonly samples: readonly string[];
  /** The smallest change of the plan with which it would say what was seen; null where there is none. */
  readonly edit: { readonly says: string; readonly yaml: string } | null;
  /** Whose users are without the protection while they are on this alternative. */
  readonly exposes: readonly Exposure[];
}

export interface Exposure {
  readonly journey: string;
  /** Its modes that need the protection and have it from nowhere else. */
  readonly modes: readonly string[];
  /** What the plan says happens without it. As long as the plan is wrong, what it refuses is served too. */
  readonly missing: 'refuse' | 'serve';
}
