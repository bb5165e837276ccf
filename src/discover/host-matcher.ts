import type { Catalog } from '../catalog/index.ts';
import type { DraftProvider } from './draft.ts';
import type { Fingerprints } from './fingerprints/library.ts';
import { Matcher } from './fingerprints/matcher.ts';
import type { MatchHost } from './imports/index.ts';
import { Knowledge } from './infer/knowledge.ts';
import { declaredProviders } from './infer/providers.ts';

/** Who answers at a host by its name and by headers, for readers of files. What is only a hint is left out. */
export function hostMatcher(fingerprints: Fingerprints, catalog: Catalog): MatchHost {
  const knowledge = new Knowledge(new Matcher(fingerprints), catalog);
  return (host, headers) => {
    const { matcher } = knowledge;
    const named = [...matcher.host('host', host), ...matcher.host('cname', host)];
    const answered = headers.flatMap(([name, value]) => matcher.header(name, value));
    const sure = [...named, ...answered].filter(({ fingerprint }) => fingerprint.strength === 'strong');
    const nodes = named.length === 0 ? knowledge.nodesAt(host) : undefined;
    const found = [...sure.flatMap(({ means }) => means), ...(nodes === undefined ? [] : [nodes])];
    return [...new Set(found)];
  };
}

/** Providers that fingerprints know and the catalogue lacks, in whole or in part: for drafts that refer to them. */
export function knownProviders(fingerprints: Fingerprints, catalog: Catalog): readonly DraftProvider[] {
  const knowledge = new Knowledge(new Matcher(fingerprints), catalog);
  const all = fingerprints.vendors.flatMap(({ name, capabilities }) =>
    capabilities.map((capability) => `${name}/${capability.name}`),
  );
  return declaredProviders(all, [], knowledge);
}
