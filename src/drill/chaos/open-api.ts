/*
 * Chaos Toolkit's open API, as far as it is written here: https://docs.chaostoolkit.org/reference/api/experiment/ and
 * …/journal/. What its library does beyond that is said where it counts.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface HttpProvider {
  readonly type: 'http';
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of GET the query, else the body: as JSON where the header `Content-Type` is exactly `application/json`, else as a form. */
  readonly arguments?: Readonly<Record<string, Json>>;
  /** @unit s */
  readonly timeout?: number;
}

/** A number is held against the status of an answer. */
export type Tolerance =
  | number
  | { readonly type: 'range'; readonly target: 'status'; readonly range: readonly [number, number] }
  | { readonly type: 'regex'; readonly target: 'body'; readonly pattern: string }
  | {
      readonly type: 'jsonpath';
      readonly target: 'headers';
      readonly path: string;
      readonly expect: string;
    };

export interface Probe {
  readonly type: 'probe';
  readonly name: string;
  readonly provider: HttpProvider;
  readonly tolerance?: Tolerance;
}

export interface Action {
  readonly type: 'action';
  readonly name: string;
  readonly provider: HttpProvider;
  /** @unit s */
  readonly pauses?: { readonly after: number };
}

export type Configuration = Readonly<
  Record<string, string | { readonly type: 'env'; readonly key: string; readonly default?: string }>
>;

export interface Experiment {
  readonly version: '1.0.0';
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly configuration: Configuration;
  readonly 'steady-state-hypothesis': { readonly title: string; readonly probes: readonly Probe[] };
  readonly method: readonly (Action | Probe)[];
  readonly rollbacks: readonly Action[];
  readonly runtime: {
    readonly hypothesis: { readonly strategy: 'before-method-only' };
    readonly rollbacks: { readonly strategy: 'always' };
  };
  readonly extensions: readonly { readonly name: 'keelson'; readonly [key: string]: unknown }[];
}

/** What came of one activity. Moments are RFC 3339 in UTC. */
export interface Run {
  readonly activity: Action | Probe;
  readonly status: 'succeeded' | 'failed';
  readonly start: string;
  readonly end: string;
  /** @unit s */
  readonly duration: number;
  readonly output: string | null;
  readonly tolerance_met?: boolean;
  readonly exception?: string;
}

export interface SteadyState {
  readonly steady_state_met: boolean;
  readonly probes: readonly (Run & { readonly tolerance_met: boolean })[];
}

export interface Journal {
  readonly experiment: Experiment;
  readonly status: 'completed' | 'failed' | 'aborted' | 'interrupted';
  readonly deviated: boolean;
  readonly start: string;
  readonly end: string;
  /** @unit s */
  readonly duration: number;
  readonly steady_states: { readonly before?: SteadyState; readonly after?: SteadyState };
  readonly run: readonly Run[];
  readonly rollbacks: readonly Run[];
}
