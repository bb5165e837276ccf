import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

/** A platform that does not exist, as the world sees it, and what is true of it. */
export interface Fixture {
  readonly name: string;
  readonly title: string;
  readonly kind: 'exchange' | 'wallet' | 'explorer' | 'defi' | 'rpc' | 'other';
  /** Written before any fingerprint was looked at. */
  readonly isHeldOut: boolean;
  readonly domains: readonly string[];
  readonly zones: Readonly<Record<string, FixtureZone>>;
  /** By host names, several parted by spaces. */
  readonly sites: Readonly<Record<string, Site>>;
  readonly truth: Truth;
}

export interface FixtureZone {
  /** Who answers for it. @default knot */
  readonly server?: 'knot' | 'bind';
  readonly ns: readonly string[];
  /** The first two fields of its SOA. @default the first name server, and `hostmaster` there */
  readonly soa?: string;
  /** Without origin: `www A 192.0.2.1`. */
  readonly records?: readonly string[];
  /** The address that outsiders see of name servers in this zone. @default where they really listen */
  readonly seen?: string;
  readonly signed?: boolean;
  /** TXT records of 60 characters besides. */
  readonly longText?: number;
}

export interface Site extends Presentation {
  /** Who signs its certificate: a name of `world/issuers.yaml`. */
  readonly issuer: string;
  readonly paths?: Readonly<Record<string, string>>;
  /** Where every path leads to. */
  readonly redirect?: string;
  /** What differs at an address. */
  readonly at?: Readonly<Record<string, Presentation>>;
}

export interface Presentation {
  /** A name of `world/headers.yaml`. */
  readonly like?: string;
  readonly headers?: readonly string[];
}

/** Edges as `part provider/capability[@scope]`; `*` stands for anything. */
export interface Truth {
  /** There, and to be seen. */
  readonly edges: readonly string[];
  /** Would be wrong. */
  readonly not?: readonly string[];
  /** So, or nearly so: neither asked for nor wrong. */
  readonly may?: readonly string[];
  readonly remarks?: readonly string[];
  readonly 'not-remarks'?: readonly string[];
  /** Parts about which signals contradict one another. */
  readonly contradictions?: readonly string[];
  /** Parts that cannot be told. */
  readonly unknown?: readonly string[];
}

export interface Issuer {
  readonly organisation: string;
  readonly name: string;
  readonly ocsp?: string;
  readonly crl?: string;
  readonly issuer?: string;
}

const folder = join(import.meta.dirname, '../discovered');

/** All of them, by name; those held out last. */
export function readFixtures(): Fixture[] {
  return ['.', 'held-out'].flatMap((under) =>
    readdirSync(join(folder, under))
      .filter((file) => file.endsWith('.yaml'))
      .sort()
      .map((file) => ({
        ...read<Omit<Fixture, 'name' | 'isHeldOut'>>(join(under, file)),
        name: file.slice(0, -'.yaml'.length),
        isHeldOut: under === 'held-out',
      })),
  );
}

export const readVendorZones = (): Record<string, FixtureZone> => read('world/vendors.yaml');
export const readIssuers = (): Record<string, Issuer> => read('world/issuers.yaml');
export const readHeaders = (): Record<string, readonly string[]> => read('world/headers.yaml');
/** What providers stand on: `provider/capability provider/capability`. */
export const readBeneath = (): Required<Pick<Truth, 'edges' | 'may'>> => read('world/beneath.yaml');

/** The hosts of a fixture with the site of each. */
export function sitesOf({ sites }: Fixture): (readonly [host: string, site: Site])[] {
  return Object.entries(sites).flatMap(([hosts, site]) =>
    hosts.split(' ').map((host) => [host, site] as const),
  );
}

function read<T>(file: string): T {
  // Files of this repository, in the form that the types say: what is not so fails the tests that use it.
  return load(readFileSync(join(folder, file), 'utf8')) as T;
}
