import { PARTS, type Contradiction, type Dependence, type Part } from '../result.ts';
import type { Answers } from './answers.ts';
import { readCertificates } from './certificates.ts';
import { dependencesOf, isOfPlatform } from './dependences.ts';
import { settleHost, type Settled } from './host.ts';
import type { Knowledge } from './knowledge.ts';
import { readReferences, type NamedHost } from './references.ts';
import { providerOf, weaker, type Sighting } from './sighting.ts';
import { companiesOfNames, namesBelow, readZone } from './zone.ts';

export interface Inferred {
  readonly dependences: readonly Dependence[];
  readonly contradictions: readonly Contradiction[];
  readonly unknown: readonly { readonly part: Part; readonly of: string; readonly why: string }[];
  readonly named: readonly NamedHost[];
}

type Unknown = Inferred['unknown'][number];

/** What a platform stands on, by all that was answered. */
export function infer(answers: Answers, knowledge: Knowledge): Inferred {
  const zones = answers.zones.map((zone) => readZone(zone, answers, knowledge));
  const ofZones = zones.flatMap(({ sightings }) => sightings);
  const answersNames = companiesOfNames(ofZones, knowledge);
  const settle = (host: string): Settled => settleHost(host, answers, knowledge, answersNames);

  const pages = answers.pageHosts.map((host) => ({ host, settled: settle(host) }));
  const status = answers.statusHosts.map((host) => settle(host));
  const named = readReferences(answers, knowledge);
  const certificates = readCertificates(answers.pageHosts, answers, knowledge);
  const ofNamed = named.flatMap((one) => namedSightings(one, answers, knowledge, settle));

  const sightings = [
    ...ofZones,
    ...pages.flatMap(({ settled }) => settled.sightings),
    ...status.flatMap((settled) => settled.sightings.map(asStatusPage)),
    ...certificates,
    ...ofNamed,
  ];
  const below = namesOfVendors(sightings, answers, knowledge);
  const dependences = inOrder(dependencesOf([...sightings, ...below], knowledge));
  return {
    dependences,
    contradictions: [
      ...zones.flatMap(({ contradictions }) => contradictions),
      ...pages.flatMap(({ settled }) => settled.contradictions),
      ...status.flatMap(({ contradictions }) => contradictions),
    ],
    unknown: unknownOf(zones, pages, named, answers, dependences),
    named,
  };
}

/** Of a status page nobody asks which part of it somebody does. */
function asStatusPage(one: Sighting): Sighting {
  const isPart = one.part === 'edge' || one.part === 'hosting';
  return isPart && !one.of.includes('/') ? { ...one, part: 'status-page' } : one;
}

/** What is seen of a host that pages name: whose it is, or else what serves it. */
function namedSightings(
  named: NamedHost,
  answers: Answers,
  knowledge: Knowledge,
  settle: (host: string) => Settled,
): Sighting[] {
  if (answers.pageHosts.includes(named.host)) return [];
  const served = settle(named.host).sightings.filter(({ signal }) => signal.strength !== 'weak');
  const [vendor] = named.sightings;
  if (vendor !== undefined) {
    const company = knowledge.companyOf(providerOf(vendor.on));
    const below = served
      .filter(({ on }) => knowledge.companyOf(providerOf(on)) !== company)
      // On which cloud a vendor's machines are, an address tells; whether all of them are there, it does not.
      .map((one) => ({
        ...one,
        of: one.of === named.host ? vendor.on : one.of,
        signal: lessIfGeneral(one, knowledge),
      }));
    return [...named.sightings, ...below];
  }
  return served.flatMap((one) => {
    if (one.of !== named.host) return [one];
    const isServing = one.part === 'edge' || one.part === 'hosting';
    if (isServing && named.part === undefined) return [];
    const part = isServing ? (named.part ?? one.part) : one.part;
    return [
      { ...one, part, signal: { ...one.signal, strength: weaker(one.signal.strength, named.strength) } },
    ];
  });
}

function lessIfGeneral({ on, signal }: Sighting, knowledge: Knowledge): Sighting['signal'] {
  return knowledge.isGeneral(on) ? { ...signal, strength: 'weak' } : signal;
}

/** Who answers for the names that vendors are reached by. */
function namesOfVendors(sightings: readonly Sighting[], answers: Answers, knowledge: Knowledge): Sighting[] {
  const seen = new Set<string>();
  return sightings.flatMap(({ of, on, signal }) => {
    const isName = signal.kind === 'ns' || signal.kind === 'cname' || signal.kind === 'host';
    const value =
      signal.kind === 'host' ? ((signal.value.split(' ')[1] ?? '').split('/')[0] ?? '') : signal.value;
    if (!isName || signal.strength === 'weak' || of.includes('/') || answers.isOwn(value)) return [];
    if (seen.has(`${on} ${value}`)) return [];
    seen.add(`${on} ${value}`);
    return namesBelow(on, value, answers, knowledge);
  });
}

/** One of each vendor's. */
function firstOfEach(references: readonly string[]): string[] {
  const seen = new Set<string>();
  return references.filter((one) => !seen.has(providerOf(one)) && seen.add(providerOf(one)));
}

function inOrder(dependences: readonly Dependence[]): Dependence[] {
  const rank = (one: Dependence): number => (isOfPlatform(one) ? 0 : PARTS.length) + PARTS.indexOf(one.part);
  return dependences.toSorted((a, b) => rank(a) - rank(b));
}

function unknownOf(
  zones: readonly { readonly unknown: readonly Unknown[] }[],
  pages: readonly { readonly host: string; readonly settled: Settled }[],
  named: readonly NamedHost[],
  answers: Answers,
  dependences: readonly Dependence[],
): Unknown[] {
  const hosting = pages.flatMap(({ host, settled }): Unknown[] => {
    if (answers.addresses(host).length === 0 && answers.fetched(host).length === 0) return [];
    const mine = settled.sightings.filter(({ of, signal }) => of === host && signal.strength !== 'weak');
    const edges = [...new Set(mine.filter(({ part }) => part === 'edge').map(({ on }) => on))];
    const isEdgeUnknown =
      settled.isImitated && edges.length === 0 && mine.every(({ part }) => part !== 'hosting');
    const edge: Unknown[] = isEdgeUnknown
      ? [{ part: 'edge', of: host, why: 'Headers name an edge that cannot be the one that answers.' }]
      : [];
    if (mine.some(({ part }) => part === 'hosting')) return edge;
    const why =
      edges.length > 0
        ? `It stands behind ${firstOfEach(edges).join(' and ')}, which hides it.`
        : 'Its names, addresses and headers are nobody’s who is known.';
    return [...edge, { part: 'hosting', of: host, why }];
  });
  const strangers = named.filter(
    ({ host, part, sightings, strength }) =>
      part === 'page-code' &&
      sightings.length === 0 &&
      strength === 'strong' &&
      !answers.isOwn(host) &&
      !dependences.some(({ of, part: on }) => of === host && on === 'page-code'),
  );
  const code = strangers.map(
    ({ host, at }): Unknown => ({
      part: 'page-code',
      of: host,
      why: `${at} loads code from it, and whose it is nobody knows.`,
    }),
  );
  return [...zones.flatMap(({ unknown }) => unknown), ...hosting, ...code];
}
