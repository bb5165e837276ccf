import type { Protection } from '../../model/index.ts';

/** What a sample has the shape of. */
export type SampleClass =
  | 'sql'
  | 'shell'
  | 'script'
  | 'code'
  | 'traversal'
  | 'inclusion'
  | 'protocol'
  | 'scanner'
  | 'bare-client'
  | 'automation'
  | 'burst';

/** How a sample is put into a request. In each, `twin` is what the harmless request beside it has in its place. */
export type Form =
  /** `?NAME=VALUE`, encoded. `name` is `keelson-drill` where it says nothing, and is sent as it is. */
  | { readonly kind: 'query'; readonly name?: string; readonly value: string; readonly twin?: string }
  /** Below `/keelson-drill-nothing/`, sent as it is. */
  | { readonly kind: 'path'; readonly value: string; readonly twin?: string }
  | {
      readonly kind: 'header';
      readonly name: string;
      readonly value: string;
      readonly twin: string | undefined;
    }
  | { readonly kind: 'cookie'; readonly value: string; readonly twin?: string }
  /** One field, `keelson-drill`, of a body. */
  | { readonly kind: 'json' | 'form'; readonly value: string; readonly twin?: string }
  /** Without any of the headers named, which its twin has. */
  | { readonly kind: 'without'; readonly names: readonly string[] }
  /** So many harmless requests at once. */
  | { readonly kind: 'burst'; readonly times: number };

/**
 * A request that has the shape of an attack and can do nothing: it names no file, table or host that exists, and nothing that it would
 * run exists either. A test holds every sample to that.
 */
export interface Sample {
  /** `CLASS-WHAT`. */
  readonly id: string;
  readonly class: SampleClass;
  /** What is to keep it away. */
  readonly protection: Exclude<Protection, 'mtls'>;
  /** The rules of the OWASP Core Rule Set whose shape it has, or what else it is like. */
  readonly rules: string;
  readonly form: Form;
}

/** Everything that a sample names is called so, and nothing in the world is. */
export const NOTHING = 'keelson-drill-nothing';
/** The same where a hyphen would end a name. */
export const NOTHING_NAMED = 'keelson_drill_nothing';
/** Reserved for documentation (RFC 5737): never routed. */
export const NOBODYS_ADDRESS = '192.0.2.1';
/** `.invalid` never resolves (RFC 6761). */
export const NOBODYS_HOST = 'keelson-drill.invalid';

/** The most requests that a burst sends at once. */
export const MOST_AT_ONCE = 40;
