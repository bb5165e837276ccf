import type { Answers } from './answers.ts';
import type { Knowledge } from './knowledge.ts';
import { settleHost, withoutQuery } from './host.ts';
import { namesBelow } from './zone.ts';
import { providerOf, signalOf, sightingsOf, type Sighting } from './sighting.ts';

/** Who has signed the certificates of the platform's hosts, and who answers whether they are still good. */
export function readCertificates(
  hosts: readonly string[],
  answers: Answers,
  knowledge: Knowledge,
): readonly Sighting[] {
  const below = new Map<string, readonly Sighting[]>();
  const seen = hosts.flatMap((host) => {
    const fetched = answers
      .fetched(host)
      .find(({ certificate }) => certificate?.issuerOrganisation !== undefined);
    const certificate = fetched?.certificate;
    if (fetched === undefined || certificate?.issuerOrganisation === undefined || !certificate.isTrusted)
      return [];
    const issuer = certificate.issuerOrganisation;
    return knowledge.matcher.text('issuer', issuer).flatMap((match) => {
      const at = withoutQuery(fetched.url);
      const signal = signalOf(
        'certificate',
        at,
        `signed by ${issuer}`,
        match.fingerprint.strength,
        answers.crawl.at,
      );
      const sightings = sightingsOf(match, host, signal);
      for (const { on } of sightings)
        for (const statusHost of certificate.statusHosts)
          if (!below.has(`${on} ${statusHost}`))
            below.set(`${on} ${statusHost}`, statusBelow(on, statusHost, answers, knowledge));
      return sightings;
    });
  });
  return [...seen, ...[...below.values()].flat()];
}

/** Who answers for a host that says whether certificates are still good. */
function statusBelow(authority: string, host: string, answers: Answers, knowledge: Knowledge): Sighting[] {
  const own = knowledge.companyOf(providerOf(authority));
  const served = settleHost(host, answers, knowledge, new Set()).sightings.filter(({ of }) => of === host);
  return [...served, ...namesBelow(authority, host, answers, knowledge)]
    .filter(({ on }) => knowledge.companyOf(providerOf(on)) !== own)
    .map((one) => ({ ...one, part: 'certificates', of: authority }));
}
