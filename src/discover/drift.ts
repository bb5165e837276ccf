import type { Evidence } from '../plan/index.ts';

/** A plan held against what was found: plain data, JSON as it is. */
export interface DiscoveryDrift {
  readonly schema: 'keelson.discovery-drift/1';
  readonly plan: { readonly name: string; readonly file: string };
  /** The day on which it was found: ISO 8601. */
  readonly asOf: string;
  /** Edges of the plan that were seen, with the evidence for them. */
  readonly confirmed: readonly ConfirmedEdge[];
  /** Edges of the plan that were not seen. */
  readonly notSeen: readonly {
    readonly service: string;
    readonly on: string;
    /** Such a thing shows itself from outside; the others cannot be seen from there. */
    readonly wouldShow: boolean;
  }[];
  /** Seen, and nowhere in the plan. */
  readonly added: readonly {
    /** The part of the platform, or `provider/capability`. */
    readonly from: string;
    readonly on: string;
    readonly evidence: readonly Evidence[];
  }[];
  /** The plan says one, and another of the same kind was seen in its place. */
  readonly contradicted: readonly {
    readonly service: string;
    readonly on: string;
    readonly seen: readonly string[];
    readonly why: string;
  }[];
}

export interface ConfirmedEdge {
  readonly service: string;
  /** As the plan names it. */
  readonly on: string;
  /** As it was seen; less close where the plan knows more. */
  readonly seen: string;
  readonly evidence: readonly Evidence[];
}

/** Whether the plan and what was seen differ. */
export function hasDrift({ added, contradicted }: Pick<DiscoveryDrift, 'added' | 'contradicted'>): boolean {
  return added.length + contradicted.length > 0;
}
