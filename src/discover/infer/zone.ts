import type { Contradiction } from '../result.ts';
import type { Answers } from './answers.ts';
import { nameOf, registeredOf, zoneOf } from './answers.ts';
import type { Knowledge } from './knowledge.ts';
import { providerOf, signalOf, sightingsOf, type Sighting } from './sighting.ts';

export interface ZoneSeen {
  readonly sightings: readonly Sighting[];
  readonly contradictions: readonly Contradiction[];
  /** Name servers, or mail hosts, of which nobody is known: `host` and why. */
  readonly unknown: readonly { readonly part: 'names' | 'mail'; readonly of: string; readonly why: string }[];
}

/** Who answers for the names of a zone, and takes its mail. */
export function readZone(zone: string, answers: Answers, knowledge: Knowledge): ZoneSeen {
  const names = readNames(zone, answers, knowledge);
  const mail = readMail(zone, answers, knowledge);
  return {
    sightings: [...names.sightings, ...mail.sightings, ...readTexts(zone, answers, knowledge)],
    contradictions: names.contradictions,
    unknown: [...names.unknown, ...mail.unknown],
  };
}

function readNames(zone: string, answers: Answers, knowledge: Knowledge): ZoneSeen {
  const servers = answers.ownRecords(zone, 'NS').map(nameOf);
  const [alias] = servers.length === 0 ? (answers.lookup(zone, 'NS')?.chain ?? []) : [];
  if (alias !== undefined) return { sightings: [], contradictions: [], unknown: unknownBehind(zone, alias) };
  const strangers: string[] = [];
  const sightings = servers.flatMap((server) => {
    const seen = serverSeen(zone, server, answers, knowledge);
    if (seen.length === 0) strangers.push(server);
    return seen;
  });
  const first = soaSeen(zone, answers, knowledge);
  const isNamed = sightings.length > 0;
  const [agreeing, differing] = [true, false].map((agrees) =>
    first.filter(({ on }) => isNamed === false || sightings.some((one) => one.on === on) === agrees),
  ) as [Sighting[], Sighting[]]; // two words, two lists
  // Name servers under a name of the platform's own: the SOA tells whose they are, where it does.
  if (!isNamed) {
    const own = servers.length > 0 && servers.every((server) => zoneOf(server) === zone);
    if (own && first.length > 0) return { sightings: first, contradictions: [], unknown: [] };
    return { sightings: [], contradictions: [], unknown: unknownNames(zone, strangers) };
  }
  const taken = [...new Set(sightings.map(({ on }) => on))];
  const contradictions = [...new Set(differing.map(({ on }) => on))].map(
    (on): Contradiction => ({
      part: 'names',
      of: zone,
      claims: [...taken.map((one) => claimOf(one, sightings)), claimOf(on, differing)],
      taken,
      why: `Resolvers ask the name servers of the delegation; the SOA names ${on}, which may be left over, or where changes are made.`,
    }),
  );
  return { sightings: [...sightings, ...agreeing], contradictions, unknown: unknownNames(zone, strangers) };
}

function claimOf(on: string, sightings: readonly Sighting[]): Contradiction['claims'][number] {
  return { on, signals: sightings.filter((one) => one.on === on).map(({ signal }) => signal) };
}

function unknownNames(zone: string, servers: readonly string[]): ZoneSeen['unknown'] {
  if (servers.length === 0) return [];
  return [
    {
      part: 'names',
      of: zone,
      why: `Nobody is known by the name servers ${servers.slice(0, 4).join(', ')}.`,
    },
  ];
}

function unknownBehind(zone: string, alias: string): ZoneSeen['unknown'] {
  const why = `The zone’s own name leads to ${alias}, and resolvers tell the name servers of that.`;
  return [{ part: 'names', of: zone, why }];
}

/** By its name, or where it is a name of the platform's own by an address that only name servers of a vendor have. */
function serverSeen(zone: string, server: string, answers: Answers, knowledge: Knowledge): Sighting[] {
  const date = answers.crawl.at;
  const named = knowledge.matcher.host('ns', server).flatMap((match) => {
    const signal = signalOf('ns', `${zone} NS`, server, match.fingerprint.strength, date);
    return sightingsOf(match, zone, signal, { isRouting: true });
  });
  return named;
}

function soaSeen(zone: string, answers: Answers, knowledge: Knowledge): Sighting[] {
  const [record = ''] = answers.ownRecords(zone, 'SOA');
  const [first = '', mailbox = ''] = record.split(/\s+/, 2);
  const seen = [first, mailbox].flatMap((name) =>
    knowledge.matcher.host('soa', nameOf(name)).flatMap((match) => {
      const signal = signalOf('soa', `${zone} SOA`, name, match.fingerprint.strength, answers.crawl.at);
      return sightingsOf(match, zone, signal);
    }),
  );
  return seen;
}

function readMail(zone: string, answers: Answers, knowledge: Knowledge): ZoneSeen {
  const strangers: string[] = [];
  const sightings = answers.records(zone, 'MX').flatMap((record) => {
    const host = nameOf(record.split(/\s+/).at(-1) ?? '');
    const matches = knowledge.matcher.host('mx', host);
    if (matches.length === 0 && host !== '' && host !== '.' && !answers.isOwn(host)) strangers.push(host);
    return matches.flatMap((match) => {
      const signal = signalOf('mx', `${zone} MX`, host, match.fingerprint.strength, answers.crawl.at);
      return sightingsOf(match, zone, signal, { isRouting: true });
    });
  });
  const unknown =
    strangers.length === 0
      ? []
      : [
          {
            part: 'mail' as const,
            of: zone,
            why: `Nobody is known by the mail hosts ${strangers.slice(0, 4).join(', ')}.`,
          },
        ];
  return { sightings, contradictions: [], unknown };
}

function readTexts(zone: string, answers: Answers, knowledge: Knowledge): Sighting[] {
  const seen = answers.records(zone, 'TXT').flatMap((record) => {
    const text = unquoted(record);
    // A blank ends each word, the last one too: what is included is no part of a longer name.
    return knowledge.matcher.text('txt', `${text} `).flatMap((match) => {
      const { pattern, strength } = match.fingerprint;
      // What proves a domain to a vendor is between the two; who may send mail is for all to read.
      const shown = text.startsWith('v=spf1') ? text : `${pattern.replace(/\*$/, '')}…`;
      const signal = signalOf('txt', `${zone} TXT`, shown, strength, answers.crawl.at);
      return sightingsOf(match, zone, signal);
    });
  });
  return seen;
}

/** A TXT record as one text: strings in quotes follow each other. */
export function unquoted(record: string): string {
  if (!record.startsWith('"')) return record;
  return [...record.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
    .map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'))
    .join('');
}

/** The companies that answer for the names of the platform's zones. */
export function companiesOfNames(sightings: readonly Sighting[], knowledge: Knowledge): Set<string> {
  const names = sightings.filter(({ part }) => part === 'names');
  return new Set(names.map(({ on }) => knowledge.companyOf(providerOf(on))));
}

/** Who answers for the zone that a vendor's host lies in, where it is another company: one need of the vendor's. */
export function namesBelow(vendor: string, host: string, answers: Answers, knowledge: Knowledge): Sighting[] {
  const zone = registeredOf(host);
  const own = knowledge.companyOf(providerOf(vendor));
  const servers = answers.ownRecords(zone, 'NS').map(nameOf);
  const seen = servers.flatMap((server) => serverSeen(zone, server, answers, knowledge));
  const companies = new Set(seen.map(({ on }) => knowledge.companyOf(providerOf(on))));
  const isAlone = companies.size === 1 && seen.length >= servers.length;
  return seen
    .filter(({ on }) => knowledge.companyOf(providerOf(on)) !== own)
    .map((one) => ({
      ...one,
      of: vendor,
      // With others beside it, losing one of them is no loss.
      signal: isAlone ? one.signal : { ...one.signal, strength: 'weak' as const },
    }));
}
