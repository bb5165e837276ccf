import type { Match } from '../fingerprints/matcher.ts';
import type { Contradiction, Part } from '../result.ts';
import type { Answers } from './answers.ts';
import type { Knowledge } from './knowledge.ts';
import { providerOf, signalOf, sightingsOf, type Sighting } from './sighting.ts';

/** What a host stands on, after what speaks against each other has been weighed. */
export interface Settled {
  readonly sightings: readonly Sighting[];
  readonly contradictions: readonly Contradiction[];
  /** Edges that claim to answer, and are not believed. */
  readonly isImitated: boolean;
}

/** What one vendor is believed to do for the host. */
interface Claim {
  readonly on: string;
  readonly part: Part;
  readonly sightings: Sighting[];
  /** By a name that leads to it, by an address, or by headers alone. */
  readonly by: 'name' | 'address' | 'header';
}

/**
 * Weighs what the names, the addresses and the headers of a host say. Names and addresses tell who is asked, and cannot be copied; headers
 * tell who has answered, and can be. So a header counts where nothing leads elsewhere, or where it is plain that one stands behind another.
 *
 * @param answersNames the companies that answer for the host's zone: an edge of theirs is the platform's own
 */
export function settleHost(
  host: string,
  answers: Answers,
  knowledge: Knowledge,
  answersNames: ReadonlySet<string>,
): Settled {
  return new HostWeigher(host, answers, knowledge, answersNames).settle();
}

/** Signs that only an edge itself gives, of which so many at once are no chance copy. */
const PLAIN = 2;

class HostWeigher {
  private readonly host: string;
  private readonly answers: Answers;
  private readonly knowledge: Knowledge;
  private readonly answersNames: ReadonlySet<string>;
  private readonly date: string;
  private readonly taken: Claim[] = [];
  /** What vendors stand on themselves, and steering on the way. */
  private readonly beside: Sighting[] = [];
  private readonly contradictions: Contradiction[] = [];
  private isImitated = false;

  constructor(host: string, answers: Answers, knowledge: Knowledge, answersNames: ReadonlySet<string>) {
    this.host = host;
    this.answers = answers;
    this.knowledge = knowledge;
    this.answersNames = answersNames;
    this.date = answers.crawl.at;
  }

  settle(): Settled {
    this.byName();
    this.byAddress();
    const groups = this.headerGroups();
    for (const group of groups) if (!isEdge(group)) this.byHeader(group);
    this.giveBackEdges();
    for (const group of groups) if (isEdge(group)) this.byHeader(group);
    return {
      sightings: [...this.taken.flatMap(({ sightings }) => sightings), ...this.beside],
      contradictions: this.contradictions,
      isImitated: this.isImitated,
    };
  }

  private byName(): void {
    let contract: Claim | undefined;
    // What a name led to once is no longer stood on.
    const isDangling = this.answers.isDangling(this.host);
    for (const name of [this.host, ...this.answers.chain(this.host)])
      for (const match of this.knowledge.matcher.host('cname', name)) {
        const { fingerprint } = match;
        const strength = isDangling ? 'weak' : fingerprint.strength;
        const signal = signalOf('cname', this.host, name, strength, this.date);
        const seen = sightingsOf(match, this.host, signal, { isRouting: true });
        if (fingerprint.part === 'names' || strength === 'weak') this.beside.push(...seen);
        else if (contract === undefined || this.isSame(contract.on, match.means[0] ?? '')) {
          for (const one of seen)
            if (contract === undefined || !this.knowledge.bringsEdge(contract.on, one.on))
              contract = this.take(one, 'name', contract);
        } else this.below(contract.on, seen);
      }
  }

  private byAddress(): void {
    const contract = this.taken[0];
    for (const { address, at } of this.answers.addresses(this.host))
      for (const match of this.knowledge.matcher.address(address)) {
        const { strength } = match.fingerprint;
        const signal = signalOf('address', at, address, strength, this.date);
        const seen = sightingsOf(match, this.host, signal, { isRouting: true });
        for (const one of seen) {
          const known = this.taken.find(({ on }) => on === one.on);
          if (known !== undefined) known.sightings.push(one);
          else if (contract === undefined && strength !== 'weak') this.take(one, 'address');
          else if (contract === undefined) this.beside.push(one);
          else this.addressBeside(contract, one);
        }
      }
  }

  /** An address that another vendor than the one to whom the name leads answers from. */
  private addressBeside(contract: Claim, one: Sighting): void {
    const isSame = this.isSame(contract.on, one.on);
    if (isSame || this.knowledge.isGeneral(one.on) || one.signal.strength === 'weak') {
      // A vendor's own address says nothing more than its name; a cloud under it is the vendor's to choose.
      if (isSame) contract.sightings.push({ ...one, on: contract.on, part: contract.part });
      return;
    }
    if (!this.knowledge.bringsEdge(contract.on, one.on) && one.part === contract.part)
      this.contradict(
        one.part,
        [contract, { ...contract, on: one.on, sightings: [one] }],
        [contract.on],
        `The name leads to ${contract.on}, the address is of ${one.on}: taken as one that ${providerOf(contract.on)} answers through.`,
      );
    this.below(contract.on, [one]);
  }

  /** Headers and cookies of all that was fetched, by company. */
  private headerGroups(): HeaderGroup[] {
    const groups = new Map<string, HeaderGroup>();
    const seen = new Set<unknown>();
    for (const { url, headers = [] } of this.answers.fetched(this.host))
      for (const [name, value] of headers)
        for (const { match, shown } of this.headerMatches(name, value)) {
          if (seen.has(match.fingerprint)) continue;
          seen.add(match.fingerprint);
          const company = this.knowledge.companyOf(match.vendor.name);
          const group = groups.get(company) ?? { company, sightings: [], plain: new Set() };
          groups.set(company, group);
          const { fingerprint } = match;
          const kind = fingerprint.kind === 'cookie' ? 'cookie' : 'header';
          const at = withoutQuery(url);
          const signal = signalOf(kind, at, shown, fingerprint.strength, this.date);
          group.sightings.push(...sightingsOf(match, this.host, signal));
          if (fingerprint.strength === 'strong')
            group.plain.add(`${fingerprint.kind} ${fingerprint.pattern}`);
        }
    return [...groups.values()];
  }

  private headerMatches(name: string, value: string): { match: Match; shown: string }[] {
    const { matcher } = this.knowledge;
    const asHeader = matcher.header(name, value).map((match) => ({ match, shown: `${name}: ${value}` }));
    if (name !== 'set-cookie') return asHeader;
    // What a cookie holds is somebody's session.
    const cookie = value.split('=', 1)[0]?.trim() ?? '';
    return [...asHeader, ...matcher.text('cookie', cookie).map((match) => ({ match, shown: `${cookie}=…` }))];
  }

  private byHeader(group: HeaderGroup): void {
    const sure = group.sightings.filter(({ signal }) => signal.strength !== 'weak');
    const weak = group.sightings.filter(({ signal }) => signal.strength === 'weak');
    this.beside.push(...weak);
    // A challenge on the page is no claim to answer for the host.
    const [claiming, others] = parted(
      sure,
      ({ part }) => part === 'edge' || part === 'hosting' || part === 'status-page',
    );
    for (const one of others) this.take(one, 'header');
    const isKnown = this.taken.some(({ on, by }) => by !== 'header' && this.isKnownBy(on, claiming));
    const bringer = this.taken.find(({ on }) =>
      claiming.some((one) => this.knowledge.bringsEdge(on, one.on)),
    );
    if (claiming.length === 0) return;
    if (isKnown) this.takeInstead(claiming);
    else if (bringer !== undefined) this.below(bringer.on, claiming);
    else if (isEdge(group)) this.edgeByHeader(group, claiming);
    else this.hostingByHeader(group, claiming);
  }

  /** Users are led to the vendor that headers name: to what they name, or to something of which not all addresses are known. */
  private isKnownBy(led: string, claiming: readonly Sighting[]): boolean {
    if (claiming.some(({ on }) => on === led)) return true;
    const isSame = this.isSame(led, claiming[0]?.on ?? '');
    return isSame && !claiming.some(({ on, part }) => part === 'edge' && this.isElsewhere(on));
  }

  /** An edge that shows itself by headers alone. */
  private edgeByHeader({ plain }: HeaderGroup, claiming: readonly Sighting[]): void {
    const on = claiming.find(({ part }) => part === 'edge')?.on ?? '';
    const claim: Claim = { on, part: 'edge', sightings: [...claiming], by: 'header' };
    const front = this.taken.find(({ part }) => part === 'edge');
    const led = this.taken.find(({ by, part }) => by !== 'header' && part !== 'challenge');
    if (front !== undefined) {
      const isBehind = plain.size >= PLAIN;
      const why = isBehind
        ? `Users are led to ${front.on}; ${plain.size} signs that only ${on} gives came through it: one edge stands behind the other.`
        : `Users are led to ${front.on}; a single header names ${on}, and a header can be copied or passed on.`;
      this.contradict('edge', [front, claim], isBehind ? [front.on, on] : [front.on], why);
      if (isBehind) this.takeAll(claiming);
      return;
    }
    if (led !== undefined && (led.by === 'name' || this.hasRanges(on))) {
      const why = `Headers name ${on}, but users are led to ${led.on}: headers can be copied, and passed on from elsewhere.`;
      this.contradict('edge', [led, claim], [led.on], why);
      this.isImitated = true;
      return;
    }
    if (led === undefined && this.isElsewhere(on)) {
      const why = `Headers name ${on}, but the address is none of those that it answers from: headers can be copied, and passed on from elsewhere.`;
      this.contradict('edge', [claim], [], why);
      this.isImitated = true;
      return;
    }
    this.takeAll(claiming);
  }

  /** A host that shows itself by headers alone. */
  private hostingByHeader({ plain }: HeaderGroup, claiming: readonly Sighting[]): void {
    const on = claiming[0]?.on ?? '';
    const part = claiming[0]?.part ?? 'hosting';
    const claim: Claim = { on, part, sightings: [...claiming], by: 'header' };
    const led = this.taken.find((one) => one.by !== 'header' && one.part === part);
    if (led === undefined) {
      this.takeAll(claiming);
      return;
    }
    // Platforms stand on clouds, and may answer from their addresses.
    const isCloud = led.by === 'address' && this.knowledge.vendor(providerOf(led.on))?.kind === 'cloud';
    if (isCloud && plain.size > 0 && !this.knowledge.isGeneral(on)) {
      this.taken.splice(this.taken.indexOf(led), 1);
      this.takeAll(claiming);
      return;
    }
    const isBehind = led.by === 'address' && plain.size >= PLAIN;
    const why = isBehind
      ? `The address is of ${led.on}; ${plain.size} signs that only ${on} gives came from there: it is asked from there.`
      : `Users are led to ${led.on}; a header names ${on}, and a header can be copied or passed on.`;
    this.contradict(part, [led, claim], isBehind ? [led.on, on] : [led.on], why);
    if (isBehind) this.takeAll(claiming);
  }

  /** An edge known by its address alone is not the platform's where its host brings it and the zone does not lie with the edge. */
  private giveBackEdges(): void {
    for (const claim of [...this.taken]) {
      if (claim.by !== 'address' || claim.part !== 'edge') continue;
      if (this.answersNames.has(this.knowledge.companyOf(providerOf(claim.on)))) continue;
      const bringer = this.taken.find(({ on }) => this.knowledge.bringsEdge(on, claim.on));
      if (bringer === undefined) continue;
      this.taken.splice(this.taken.indexOf(claim), 1);
      this.below(bringer.on, claim.sightings);
    }
  }

  /** What headers name instead of something general of the same vendor's that the address told. */
  private takeInstead(claiming: readonly Sighting[]): void {
    const [first] = claiming;
    if (first === undefined) return;
    for (const claim of [...this.taken]) {
      const isNamed = claiming.some(({ on }) => on === claim.on);
      const isGeneral = claim.by === 'address' && this.knowledge.isGeneral(claim.on);
      if (isNamed || !isGeneral || !this.isSame(claim.on, first.on)) continue;
      this.taken.splice(this.taken.indexOf(claim), 1);
      const sightings = claim.sightings.map((one) => ({ ...one, on: first.on, part: first.part }));
      this.taken.push({ on: first.on, part: first.part, sightings, by: 'address' });
    }
    this.takeAll(claiming);
  }

  private takeAll(sightings: readonly Sighting[]): void {
    for (const one of sightings) this.take(one, 'header');
  }

  private take(one: Sighting, by: Claim['by'], first?: Claim): Claim {
    const known = this.taken.find(({ on, part }) => on === one.on && part === one.part);
    if (known !== undefined) {
      known.sightings.push(one);
      return first ?? known;
    }
    const claim: Claim = { on: one.on, part: one.part, sightings: [one], by };
    this.taken.push(claim);
    return first ?? claim;
  }

  /** What a vendor stands on itself. */
  private below(vendor: string, sightings: readonly Sighting[]): void {
    for (const one of sightings)
      if (!this.isSame(vendor, one.on) && one.part !== 'names') this.beside.push({ ...one, of: vendor });
  }

  private contradict(part: Part, claims: readonly Claim[], taken: readonly string[], why: string): void {
    this.contradictions.push({
      part,
      of: this.host,
      claims: claims.map(({ on, sightings }) => ({ on, signals: sightings.map(({ signal }) => signal) })),
      taken,
      why,
    });
  }

  private isSame(a: string, b: string): boolean {
    return this.knowledge.companyOf(providerOf(a)) === this.knowledge.companyOf(providerOf(b));
  }

  private hasRanges(on: string): boolean {
    const signals = this.knowledge.vendor(providerOf(on))?.signals ?? [];
    return signals.some(({ kind }) => kind === 'address');
  }

  /** It answers from known addresses only, and the host has none of them. */
  private isElsewhere(on: string): boolean {
    const addresses = this.answers.addresses(this.host).filter(({ address }) => !address.includes(':'));
    const isThere = ({ address }: { readonly address: string }): boolean =>
      this.knowledge.matcher.address(address).some(({ means }) => means.includes(on));
    return addresses.length > 0 && this.knowledge.hasWholeRanges(on) && !addresses.some(isThere);
  }
}

interface HeaderGroup {
  readonly company: string;
  readonly sightings: Sighting[];
  /** Headers and cookies that only the vendor gives. */
  readonly plain: Set<string>;
}

function isEdge({ sightings }: HeaderGroup): boolean {
  return sightings.some(({ part, signal }) => part === 'edge' && signal.strength !== 'weak');
}

function parted<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}

export function withoutQuery(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? url;
}
