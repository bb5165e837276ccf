import type { Draft } from './draft.ts';
import type { Trouble } from './crawl/crawl.ts';

/** What a platform was found to stand on, and why. Plain JSON, as `keelson discover --json` prints it. */
export interface Discovery {
  readonly schema: 'keelson.discovery/1';
  readonly domains: readonly string[];
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly dependences: readonly Dependence[];
  readonly contradictions: readonly Contradiction[];
  /** What could not be told, and why: an origin behind an edge, say. */
  readonly unknown: readonly { readonly part: Part; readonly of: string; readonly why: string }[];
  readonly reading: readonly Remark[];
  readonly troubles: readonly Trouble[];
  readonly draft: Draft;
}

/** Parts of a platform that can be seen from outside. A draft's services have these names. */
export const PARTS = [
  'names',
  'edge',
  'hosting',
  'certificates',
  'page-code',
  'page-extras',
  'challenge',
  'sign-in',
  'identity-checks',
  'chain-reads',
  'data',
  'wallet-connect',
  'mail',
  'support',
  'monitoring',
  'analytics',
  'status-page',
] as const;
export type Part = (typeof PARTS)[number];

export type Strength =
  /** Only this provider issues it. */
  | 'strong'
  /** Usual, but it can be copied or passed on. */
  | 'medium'
  /** A hint. It stands in the result, not in the plan. */
  | 'weak';

export interface Dependence {
  readonly part: Part;
  /** The host of the platform; or of a dependence of a provider, `provider/capability`. */
  readonly of: string;
  /** `provider/capability[@scope]`. */
  readonly on: string;
  /** The best of its signals. */
  readonly strength: Strength;
  readonly signals: readonly Signal[];
}

export interface Signal {
  readonly kind:
    | 'ns'
    | 'soa'
    | 'cname'
    | 'address'
    | 'mx'
    | 'txt'
    | 'caa'
    | 'https'
    | 'header'
    | 'cookie'
    | 'certificate'
    | 'host'
    | 'well-known';
  /** The name or URL at which it was seen. */
  readonly at: string;
  /** What was seen, printable, at most 200 characters. */
  readonly value: string;
  readonly strength: Strength;
  /** ISO 8601. */
  readonly date: string;
}

/** Signals that cannot all be right. */
export interface Contradiction {
  readonly part: Part;
  readonly of: string;
  readonly claims: readonly { readonly on: string; readonly signals: readonly Signal[] }[];
  /** Which of the claims went into the plan; none where it could not be told. */
  readonly taken: readonly string[];
  readonly why: string;
}

/** A sentence of the short reading. */
export interface Remark {
  readonly code:
    | 'single-dns-provider'
    | 'origin-exposed'
    | 'status-page-shared'
    | 'page-changeable'
    | 'unpinned-code'
    | 'single-rpc-provider'
    | 'no-dnssec'
    | 'any-authority'
    | 'name-dangling'
    | 'edge-is-only-one'
    | 'same-provider-twice'
    | 'nothing-found';
  readonly severity: 'warning' | 'note';
  readonly message: string;
  /** Hosts and references that it is about. */
  readonly about: readonly string[];
}
