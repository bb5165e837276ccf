import { AddressRanges } from './addresses.ts';
import { LibraryDefaults } from './library-defaults.ts';
import type { Fingerprint, FingerprintKind, Fingerprints, Vendor } from './library.ts';
import { HostPattern, TextPattern, type Found } from './pattern.ts';

/** A fingerprint that something fits. */
export interface Match {
  readonly vendor: Vendor;
  readonly fingerprint: Fingerprint;
  /** `provider/capability[@region]`. */
  readonly means: readonly string[];
}

interface Ready<P> {
  readonly vendor: Vendor;
  readonly fingerprint: Fingerprint;
  readonly pattern: P;
}

type HostKind = 'cname' | 'ns' | 'soa' | 'mx' | 'host';
type TextKind = 'txt' | 'cookie' | 'issuer';

/** The library of fingerprints, ready to be asked. */
export class Matcher {
  readonly vendors: ReadonlyMap<string, Vendor>;
  private readonly hosts = new Map<string, Ready<HostPattern>[]>();
  private readonly texts = new Map<string, Ready<TextPattern>[]>();
  private readonly labels = new Map<string, Ready<undefined>[]>();
  private ranges: AddressRanges | undefined;
  private readonly addresses: string;
  private defaults: LibraryDefaults | undefined;
  private readonly defaultsTable: string;

  constructor({ vendors, addresses, defaults }: Fingerprints) {
    this.vendors = new Map(vendors.map((vendor) => [vendor.name, vendor]));
    this.addresses = addresses;
    this.defaultsTable = defaults;
    for (const vendor of vendors) for (const fingerprint of vendor.signals) this.add(vendor, fingerprint);
  }

  /** What a name under which something is reached says: of those that fit, the one that says most. */
  host(kind: HostKind, host: string, path = '/'): Match[] {
    const labels = host.split('.');
    const endings = [labels.slice(-2).join('.'), labels.at(-1) ?? ''];
    const near = endings.flatMap((ending) => this.hosts.get(`${kind} ${ending}`) ?? []);
    const fitting = near.flatMap(({ pattern, ...one }) => {
      const found = pattern.match(host);
      const begins = one.fingerprint.path;
      if (found === undefined || (begins !== undefined && !path.startsWith(begins))) return [];
      return [{ match: matchOf(one, found), weight: pattern.weight }];
    });
    return heaviest(fitting);
  }

  header(name: string, value: string): Match[] {
    return (this.texts.get(`header ${name}`) ?? []).flatMap(({ pattern, ...one }) => {
      const found = one.fingerprint.value === undefined ? {} : pattern.match(value);
      return found === undefined ? [] : [matchOf(one, found)];
    });
  }

  text(kind: TextKind, value: string): Match[] {
    const fitting = (this.texts.get(kind) ?? []).flatMap(({ pattern, ...one }) => {
      const found = pattern.match(value);
      return found === undefined ? [] : [{ match: matchOf(one, found), weight: pattern.weight }];
    });
    // A record of senders names several; who has signed a certificate is one.
    return kind === 'txt' ? fitting.map(({ match }) => match) : heaviest(fitting);
  }

  address(address: string): Match[] {
    this.ranges ??= new AddressRanges(this.addresses);
    const label = this.ranges.find(address);
    return label === undefined ? [] : (this.labels.get(label) ?? []).map((one) => matchOf(one, {}));
  }

  /** Endpoints that libraries carry. */
  get libraryDefaults(): LibraryDefaults {
    this.defaults ??= new LibraryDefaults(this.defaultsTable);
    return this.defaults;
  }

  private add(vendor: Vendor, fingerprint: Fingerprint): void {
    const { kind, pattern, value, regions } = fingerprint;
    if (isHostKind(kind)) {
      const ready = { vendor, fingerprint, pattern: new HostPattern(pattern, regions) };
      push(this.hosts, `${kind} ${ready.pattern.ending}`, ready);
    } else if (kind === 'address') push(this.labels, pattern, { vendor, fingerprint, pattern: undefined });
    else if (kind === 'header')
      push(this.texts, `header ${pattern}`, {
        vendor,
        fingerprint,
        pattern: new TextPattern(value ?? '', regions),
      });
    else push(this.texts, kind, { vendor, fingerprint, pattern: new TextPattern(pattern, regions) });
  }
}

function isHostKind(kind: FingerprintKind): kind is HostKind {
  return kind === 'cname' || kind === 'ns' || kind === 'soa' || kind === 'mx' || kind === 'host';
}

function push<T>(lists: Map<string, T[]>, key: string, one: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [one]);
  else list.push(one);
}

function matchOf({ vendor, fingerprint }: Omit<Ready<unknown>, 'pattern'>, { region }: Found): Match {
  const means = fingerprint.means.flatMap((one) =>
    one.endsWith('@{region}') ? (region === undefined ? [] : [one.replace('{region}', region)]) : [one],
  );
  return { vendor, fingerprint, means };
}

function heaviest(fitting: readonly { readonly match: Match; readonly weight: number }[]): Match[] {
  const most = Math.max(...fitting.map(({ weight }) => weight));
  return fitting.filter(({ weight }) => weight === most).map(({ match }) => match);
}
