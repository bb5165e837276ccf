import type { Part, Strength } from '../result.ts';
import type { Handled, Protection } from '../../plan/index.ts';
import type { RegionForm } from './pattern.ts';

/** What is known of how vendors show themselves, as plain JSON: made from `data/fingerprints/` when Keelson is built. */
export interface Fingerprints {
  readonly schema: 'keelson.fingerprints/1';
  readonly vendors: readonly Vendor[];
  /** Whose published address ranges are whose, as `addresses.txt` has it; see `addresses.ts`. */
  readonly addresses: string;
  /** Endpoints that libraries carry in their own code, as `library-defaults.csv` has them; see `library-defaults.ts`. */
  readonly defaults: string;
}

export interface Vendor {
  /** As in the catalogue: `cloudflare`. */
  readonly name: string;
  readonly title: string;
  /** edge, cloud, dns, rpc, …; as in the catalogue. */
  readonly kind: string;
  /** Whose it is, where one company has several names here: name servers of its own then say nothing. @default itself */
  readonly company?: string;
  /** What the catalogue lacks of it. */
  readonly capabilities: readonly VendorCapability[];
  /** Edges that come with what it offers: their signs are the vendor's own, and say nothing of an edge of the platform's. */
  readonly brings: readonly { readonly capability: string; readonly edges: readonly string[] }[];
  readonly signals: readonly Fingerprint[];
}

export interface VendorCapability {
  readonly name: string;
  readonly title: string;
  readonly kind: string;
  readonly plane?: 'data' | 'control';
  readonly handles?: readonly Handled[];
  readonly protects?: readonly Protection[];
  /** It says that something of the vendor's is there, and not what: what says more stands for it. @default false */
  readonly isGeneral?: boolean;
  readonly needs?: readonly VendorNeed[];
}

export interface VendorNeed {
  /** `provider/capability[@scope]`. */
  readonly use: string;
  readonly kind: 'hard' | 'degraded';
  readonly basis: Basis;
  readonly date: string;
  readonly source?: string;
  readonly note?: string;
}

/** Where a fingerprint is from: the list written for this project, general knowledge, or a page that was read. */
export type Basis = 'listed' | 'recalled' | 'read';

export const FINGERPRINT_KINDS = [
  'cname',
  'ns',
  'soa',
  'mx',
  'txt',
  'header',
  'cookie',
  'issuer',
  'host',
  'address',
] as const;
export type FingerprintKind = (typeof FINGERPRINT_KINDS)[number];

export interface Fingerprint {
  readonly kind: FingerprintKind;
  /**
   * Of `cname`, `ns`, `soa`, `mx` and `host` a pattern of host names; of `header` a header's name; of `address` a name in `addresses.txt`;
   * of the others a pattern of the text.
   */
  readonly pattern: string;
  /** Of a header: a pattern of its value. @default any */
  readonly value?: string;
  /** Of a host: with what its path begins. @default any */
  readonly path?: string;
  /** Of a host: it is called with a key in the path, so a URL without one is a hint. @default not */
  readonly isKeyed?: true;
  /** How the names of regions look that `{region}` stands for. @default word */
  readonly regions?: RegionForm;
  /** Of addresses: the ranges are all that the vendor answers from, so who answers from elsewhere is not the vendor. IPv4. @default false */
  readonly isWhole?: true;
  /** `provider/capability`, `provider/capability@{region}`. */
  readonly means: readonly string[];
  readonly part: Part;
  readonly strength: Strength;
  readonly basis: Basis;
  readonly date: string;
  readonly source?: string;
  readonly note?: string;
}
