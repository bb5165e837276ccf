import type { Dependence, Remark } from '../result.ts';
import type { Answers } from './answers.ts';
import { nameOf, zoneOf } from './answers.ts';
import { onPart } from './dependences.ts';
import type { Inferred } from './infer.ts';
import type { Knowledge } from './knowledge.ts';
import { providerOf } from './sighting.ts';
import { unquoted } from './zone.ts';

/** The short reading: what a person would look at first. */
export function readingOf(inferred: Inferred, answers: Answers, knowledge: Knowledge): Remark[] {
  const { dependences } = inferred;
  const reader = new Reading(inferred, answers, knowledge);
  if (!dependences.some(({ strength }) => strength !== 'weak'))
    return [
      ...reader.dangling(),
      remark(
        'nothing-found',
        'warning',
        answers.crawl.domains,
        `Nothing known was seen of ${answers.crawl.domains.join(', ')}: is that the name that users open? What no fingerprint describes is not seen.`,
      ),
    ];
  return [
    ...reader.singleNames(),
    ...reader.edgeIsOnlyOne(),
    ...reader.originExposed(),
    ...reader.dangling(),
    ...reader.statusPage(),
    ...reader.changeable(),
    ...reader.unpinned(),
    ...reader.singleNodes(),
    ...reader.twice(),
    ...reader.unsigned(),
    ...reader.anyAuthority(),
  ];
}

function remark(
  code: Remark['code'],
  severity: Remark['severity'],
  about: readonly string[],
  message: string,
): Remark {
  return { code, severity, message, about };
}

class Reading {
  private readonly inferred: Inferred;
  private readonly answers: Answers;
  private readonly knowledge: Knowledge;
  private readonly names: readonly Dependence[];
  private readonly edges: readonly Dependence[];

  constructor(inferred: Inferred, answers: Answers, knowledge: Knowledge) {
    this.inferred = inferred;
    this.answers = answers;
    this.knowledge = knowledge;
    this.names = this.on('names');
    this.edges = this.on('edge');
  }

  singleNames(): Remark[] {
    return this.answers.zones.flatMap((zone) => {
      const own = this.names.filter(
        ({ of, signals }) => of === zone && signals.some(({ kind }) => kind !== 'cname'),
      );
      const [only] = this.providers(own);
      const isUnknown = this.inferred.unknown.some(({ part, of }) => part === 'names' && of === zone);
      if (only === undefined || this.providers(own).length > 1 || isUnknown) return [];
      return [
        remark(
          'single-dns-provider',
          'warning',
          [zone, ...refs(own)],
          `${this.title(only)} alone answers for the names of ${zone}.`,
        ),
      ];
    });
  }

  edgeIsOnlyOne(): Remark[] {
    const [only] = this.providers(this.edges);
    if (only === undefined || this.providers(this.edges).length > 1) return [];
    const hosts = [...new Set(this.edges.map(({ of }) => of))];
    return [
      remark(
        'edge-is-only-one',
        'warning',
        [...hosts, ...refs(this.edges)],
        `${this.title(only)} is the only edge: nothing else answers for ${hosts.join(' and ')}.`,
      ),
    ];
  }

  /** Names that lead to where nothing is any more: what was there can often be taken by anybody. */
  dangling(): Remark[] {
    const hosts = new Set(this.answers.crawl.lookups.map(({ name }) => nameOf(name)));
    return [...hosts].flatMap((host) => {
      const last = this.answers.chain(host).at(-1);
      if (last === undefined || !this.answers.isOwn(host) || !this.answers.isDangling(host)) return [];
      return [
        remark(
          'name-dangling',
          'warning',
          [host, last],
          `${host} leads to ${last}, which does not exist: whoever takes that name answers for ${host}.`,
        ),
      ];
    });
  }

  /** Names and addresses beside the edge at which somebody could ask the origin itself. */
  originExposed(): Remark[] {
    const behind = new Set(this.edges.map(({ of }) => of));
    if (behind.size === 0) return [];
    const found: Remark[] = [];
    const edged = new Set(
      [...behind].flatMap((host) => this.answers.addresses(host).map(({ address }) => address)),
    );
    for (const host of this.answers.pageHosts) {
      const hosting = this.inferred.dependences.filter(
        ({ of, part, strength }) => of === host && part === 'hosting' && strength !== 'weak',
      );
      // A platform that hosts answers for itself; a bare address does not.
      const isHosted = hosting.some(({ on }) => !this.knowledge.isGeneral(on) && !this.isServer(on));
      const outside = this.answers
        .addresses(host)
        .filter(({ address }) => !edged.has(address) && !this.isOfEdge(address));
      // What a page is sent on to is not what was before.
      const edges = [...behind].filter((one) => zoneOf(one) === zoneOf(host));
      if (behind.has(host) || outside.length === 0 || isHosted || edges.length === 0) continue;
      const addresses = outside.map(({ address }) => address).slice(0, 4);
      found.push(
        remark(
          'origin-exposed',
          'warning',
          [host, ...addresses],
          `${host} is not behind the edge that ${edges.join(' and ')} ${edges.length === 1 ? 'stands' : 'stand'} behind: it answers at ${addresses.join(', ')}.`,
        ),
      );
    }
    for (const host of behind) {
      const all = this.answers.addresses(host);
      const outside = all.filter(({ address }) => !this.isOfEdge(address) && this.isOfServers(address));
      // Where none is known to be of an edge, the edge has addresses that nobody has listed.
      if (outside.length === 0 || !all.some(({ address }) => this.isOfEdge(address))) continue;
      const addresses = outside.map(({ address }) => address).slice(0, 4);
      found.push(
        remark(
          'origin-exposed',
          'warning',
          [host, ...addresses],
          `${host} also answers at ${addresses.join(', ')}, beside its edge.`,
        ),
      );
    }
    return [...found, ...this.exposedByOthers(edged)];
  }

  private exposedByOthers(edged: ReadonlySet<string>): Remark[] {
    const { answers } = this;
    const pages = new Set([...answers.pageHosts, ...answers.statusHosts]);
    const servers = new Set(answers.zones.flatMap((zone) => answers.ownRecords(zone, 'NS').map(nameOf)));
    const others = answers.crawl.lookups.filter(
      ({ name, type, records }) =>
        (type === 'A' || type === 'AAAA') &&
        records.length > 0 &&
        answers.isOwn(nameOf(name)) &&
        !pages.has(nameOf(name)) &&
        !servers.has(nameOf(name)),
    );
    const named = others.flatMap(({ name, records, chain }) => {
      const outside = records.filter((address) => !edged.has(address) && this.isOfServers(address));
      if (outside.length === 0 || chain.some((one) => !answers.isOwn(nameOf(one)))) return [];
      return [
        remark(
          'origin-exposed',
          'note',
          [nameOf(name), ...outside.slice(0, 4)],
          `${nameOf(name)} lies at ${outside.slice(0, 4).join(', ')}, behind no edge: is the origin there too?`,
        ),
      ];
    });
    const sent = answers.zones.flatMap((zone) => {
      const addresses = answers
        .records(zone, 'TXT')
        .map(unquoted)
        .filter((text) => text.startsWith('v=spf1'))
        .flatMap((text) => [...text.matchAll(/\bip[46]:([0-9a-f.:]{2,45})(?:\/(\d{1,3}))?/gi)])
        .filter(
          ([, address = '', bits]) =>
            Number(bits ?? (address.includes(':') ? 128 : 32)) >= (address.includes(':') ? 64 : 29),
        )
        .map(([, address = '']) => address)
        .filter((address) => !edged.has(address) && !this.isOfEdge(address));
      if (addresses.length === 0) return [];
      const some = [...new Set(addresses)].slice(0, 4);
      return [
        remark(
          'origin-exposed',
          'note',
          [zone, ...some],
          `Mail of ${zone} may come from ${some.join(', ')} (SPF): is the origin there too?`,
        ),
      ];
    });
    return [...named, ...sent];
  }

  statusPage(): Remark[] {
    const status = this.on('status-page');
    const { statusHosts, zones } = this.answers;
    if (statusHosts.length === 0) return [];
    const site = new Map<string, string>();
    for (const { on, part } of [...this.names, ...this.edges, ...this.on('hosting')])
      site.set(this.company(on), part);
    const stands = [...status, ...status.flatMap(({ on }) => this.below(on))];
    const shared = stands.filter(({ on }) => site.has(this.company(on)));
    const remarks: Remark[] = [];
    const companies = [...new Set(shared.map(({ on }) => this.title(this.company(on))))];
    if (companies.length > 0)
      remarks.push(
        remark(
          'status-page-shared',
          'warning',
          [...statusHosts, ...refs(shared)],
          `The status page ${statusHosts.join(', ')} stands on ${listed(companies)}, as the site does: what takes the site down can take the news of it too.`,
        ),
      );
    const under = statusHosts.filter((host) => zones.some((zone) => host.endsWith(`.${zone}`)));
    if (under.length > 0)
      remarks.push(
        remark(
          'status-page-shared',
          'note',
          under,
          `${under.join(', ')} is a name of the site’s own zone: when that is not answered, neither is found.`,
        ),
      );
    return remarks;
  }

  /** Who can change what users see. */
  changeable(): Remark[] {
    const who = [
      ...this.who('who answers for its names', this.names),
      ...this.who('its edge', this.edges),
      ...this.who('its hosting', this.on('hosting')),
      ...this.who('code from elsewhere', this.codeFromElsewhere()),
    ];
    if (who.length === 0) return [];
    const about = [...this.names, ...this.edges, ...this.on('hosting'), ...this.codeFromElsewhere()];
    return [
      remark('page-changeable', 'note', refs(about), `What users see can be changed by ${who.join('; ')}.`),
    ];
  }

  /** Tag managers too: they are made to put code into the page. */
  private codeFromElsewhere(): Dependence[] {
    const isTags = ({ on }: Dependence): boolean => this.knowledge.own(on)?.kind === 'tags';
    return [...this.on('page-code', 'page-extras'), ...this.on('analytics').filter(isTags)];
  }

  private who(how: string, dependences: readonly Dependence[]): string[] {
    const titles = this.providers(dependences).map((one) => this.title(one));
    return titles.length === 0 ? [] : [`${how} (${titles.join(', ')})`];
  }

  unpinned(): Remark[] {
    const hosts = this.inferred.named
      .filter(
        ({ host, hasScripts, isPinned, strength }) =>
          hasScripts && !isPinned && strength === 'strong' && !this.answers.isOwn(host),
      )
      .map(({ host }) => host);
    if (hosts.length === 0) return [];
    return [
      remark(
        'unpinned-code',
        'warning',
        hosts,
        `Scripts from ${some(hosts)} are not pinned by a hash: whoever answers there runs code in the page.`,
      ),
    ];
  }

  singleNodes(): Remark[] {
    const nodes = this.on('chain-reads');
    const [only] = this.providers(nodes);
    if (only === undefined || this.providers(nodes).length > 1) return [];
    return [
      remark(
        'single-rpc-provider',
        'warning',
        refs(nodes),
        `Chains are read from ${this.title(only)} alone, as far as is seen.`,
      ),
    ];
  }

  twice(): Remark[] {
    const parts = new Map<string, Set<string>>();
    for (const { part, on } of this.on(
      'names',
      'edge',
      'hosting',
      'certificates',
      'challenge',
      'sign-in',
      'chain-reads',
      'mail',
      'status-page',
    ))
      parts.set(this.company(on), (parts.get(this.company(on)) ?? new Set()).add(part));
    return [...parts].flatMap(([company, of]) =>
      of.size < 2
        ? []
        : [
            remark(
              'same-provider-twice',
              'note',
              [company],
              `${this.title(company)} stands under ${listed([...of])}: these can fail together, and are no fallback for each other.`,
            ),
          ],
    );
  }

  unsigned(): Remark[] {
    return this.answers.zones.flatMap((zone) => {
      const signer = this.answers.lookup(zone, 'DS');
      // Of a zone that begins with a CNAME it is the answer of another zone.
      if (signer === undefined || signer.chain.length > 0) return [];
      if (signer.outcome !== 'empty' && signer.outcome !== 'no-such-name') return [];
      return [
        remark(
          'no-dnssec',
          'note',
          [zone],
          `${zone} is not signed (no DS): who can answer for the names can answer anything.`,
        ),
      ];
    });
  }

  anyAuthority(): Remark[] {
    return this.answers.zones.flatMap((zone) => {
      if (this.answers.lookup(zone, 'CAA')?.outcome !== 'empty') return [];
      return [
        remark(
          'any-authority',
          'note',
          [zone],
          `${zone} has no CAA record: any authority may sign certificates for it.`,
        ),
      ];
    });
  }

  private on(...parts: Parameters<typeof onPart>[1][]): Dependence[] {
    return onPart(this.inferred.dependences, ...parts);
  }

  private below(on: string): Dependence[] {
    return this.inferred.dependences.filter(({ of, strength }) => of === on && strength !== 'weak');
  }

  private providers(dependences: readonly Dependence[]): string[] {
    return [...new Set(dependences.map(({ on }) => providerOf(on)))];
  }

  private company(on: string): string {
    return this.knowledge.companyOf(providerOf(on));
  }

  private title(provider: string): string {
    const known = this.knowledge.catalog.providers.find(({ name }) => name === provider)?.title;
    return known ?? this.knowledge.vendor(provider)?.title ?? provider;
  }

  private isOfEdge(address: string): boolean {
    return this.knowledge.matcher.address(address).some(({ fingerprint }) => fingerprint.part === 'edge');
  }

  /** Of machines that people rent, or of nobody who is known; not of a platform that hosts. */
  private isOfServers(address: string): boolean {
    const found = this.knowledge.matcher.address(address);
    return found.every(({ means }) =>
      means.every((one) => this.knowledge.isGeneral(one) || this.isServer(one)),
    );
  }

  private isServer(on: string): boolean {
    const kind = this.knowledge.own(on)?.kind ?? this.knowledge.ofCatalog(on)?.kind;
    return kind === 'server' || kind === 'compute';
  }
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function refs(dependences: readonly Dependence[]): string[] {
  return [...new Set(dependences.map(({ on }) => on))];
}

function some(words: readonly string[]): string {
  return words.length <= 6
    ? words.join(', ')
    : `${words.slice(0, 6).join(', ')} and ${words.length - 6} more`;
}
