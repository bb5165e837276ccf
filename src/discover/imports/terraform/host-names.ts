import { toHost } from '../names.ts';
import type { Resource } from './resources.ts';

/** A host and the resources that say what answers at it. */
export interface Host {
  /** `www.example.com`; the address of a record whose name is not known yet. */
  readonly key: string;
  readonly records: Resource[];
  readonly naming: Resource[];
  /** Its zone is answered inside of a network only. */
  isPrivate: boolean;
  /** `*.example.com`: it answers for every name of its domain that has no records of its own. */
  isWildcard: boolean;
}

/** Finds the host of a file that a program names: by its own records, or by those of a wildcard above it. */
export class HostNames {
  private readonly keys: ReadonlySet<string>;
  private readonly wildcards: ReadonlySet<string>;
  /** The hosts that records and domains are of, by their addresses. */
  private readonly byResource: ReadonlyMap<string, string>;

  constructor(hosts: Iterable<Host> = []) {
    const all = [...hosts];
    this.keys = new Set(all.map(({ key }) => key));
    this.wildcards = new Set(all.filter(({ isWildcard }) => isWildcard).map(({ key }) => key));
    this.byResource = new Map(
      all.flatMap(({ key, records, naming }) =>
        [...records, ...naming].map(({ address }) => [address, key] as const),
      ),
    );
  }

  /** The key of the host with records of exactly this name. */
  has(text: string): boolean {
    return this.keys.has(plain(text));
  }

  /** The key of the host that answers for a name; undefined where the file has none. */
  find(text: string): string | undefined {
    const name = plain(text);
    if (this.keys.has(name)) return name;
    if (this.wildcards.size === 0 || toHost(name) === undefined) return undefined;
    // A name within a domain that has records of its own is none of a wildcard further above.
    for (let rest = name; rest.includes('.'); ) {
      rest = rest.slice(rest.indexOf('.') + 1);
      if (this.wildcards.has(`any.${rest}`)) return `any.${rest}`;
      if (this.keys.has(rest)) return undefined;
    }
    return undefined;
  }

  /** The key of the host that a record or a domain is of. */
  of({ address }: Resource): string | undefined {
    return this.byResource.get(address);
  }
}

function plain(text: string): string {
  return text.toLowerCase().replace(/\.$/, '');
}
