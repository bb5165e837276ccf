/** Why a plan is believed: every edge and every rate with its sources. Plain data, JSON as it is. */
export interface EvidenceRow {
  /** edge: something needs something. rate: how often something fails and for how long. */
  readonly kind: 'edge' | 'rate';
  /** Of an edge what needs; of a rate the event. */
  readonly subject: string;
  /** Of an edge what is needed; null for a rate. */
  readonly needs: string | null;
  /** In words: `alternative 2`, `0.38 a year, 2 h 10 m on average`. */
  readonly says: string;
  /** Who says so: the plan, the catalogue, incidents, a statement, a study; `assumed` where nobody does. */
  readonly basis: 'incidents' | 'drills' | 'statement' | 'study' | 'plan' | 'catalog' | 'assumed';
  /** The basis in words: `3 incidents in 6.9 years`. */
  readonly detail: string;
  readonly sources: readonly Source[];
  /** Best of its sources; null where nobody weighed any. */
  readonly confidence: 'high' | 'medium' | 'low' | null;
  /** Where the plan says it, from 1; null where something else does. */
  readonly line: number | null;
}

export interface Source {
  /** A link or a title; null where there is none. */
  readonly source: string | null;
  /** As of when; null where unknown. */
  readonly date: string | null;
  /** How much weight it bears; null where nobody weighed it. */
  readonly confidence: 'high' | 'medium' | 'low' | null;
  /** How it was read. */
  readonly basis: string | null;
  readonly note: string | null;
  /** The incident of the library that it is; null where it is none. */
  readonly incident: string | null;
}
