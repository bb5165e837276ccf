import type { PageReference, ReferenceKind } from '../crawl/crawl.ts';
import type { Fingerprint } from '../fingerprints/library.ts';
import type { Part, Signal, Strength } from '../result.ts';
import type { Answers } from './answers.ts';
import { hostOf, nameOf, registeredOf } from './answers.ts';
import { withoutQuery } from './host.ts';
import type { Knowledge } from './knowledge.ts';
import { signalOf, sightingsOf, weaker, type Sighting } from './sighting.ts';

/** How much it says that a page names a host in some way; of what is left out it says nothing. */
const WORTH: Partial<Record<ReferenceKind, Strength>> = {
  script: 'strong',
  style: 'strong',
  font: 'strong',
  frame: 'strong',
  manifest: 'strong',
  data: 'strong',
  endpoint: 'strong',
  websocket: 'strong',
  preconnect: 'medium',
  // What a page may load is no sign that it does.
  policy: 'weak',
};
/** Only these ask nodes and services; a link to one is a link. */
const ASKS: readonly ReferenceKind[] = ['data', 'endpoint', 'websocket', 'preconnect', 'policy'];
const CODE: readonly ReferenceKind[] = ['script', 'style', 'font', 'manifest'];

/** A host that pages name, and what it is to them. */
export interface NamedHost {
  readonly host: string;
  /** What it is where no fingerprint says: code of the page, or data. Undefined where it is neither. */
  readonly part: 'page-code' | 'data' | undefined;
  readonly sightings: readonly Sighting[];
  /** The page or bundle that names it first. */
  readonly at: string;
  readonly strength: Strength;
  /** Its scripts, where all of them are pinned by a hash. */
  readonly isPinned: boolean;
  readonly hasScripts: boolean;
}

/** Most hosts of one platform that are looked at. */
const MOST_HOSTS = 2000;

/** Nodes of so many others in one script are a list of a library that no fingerprint of it knows; who really asks nodes asks fewer. */
const MOST_NODES = 8;

/** A host as a page or a script of the platform names it, and how much that says. */
interface Named {
  readonly reference: PageReference;
  /** Of the page or the script. */
  readonly url: string;
  readonly worth: Strength;
  /** What stands against its being called, for whoever reads the signal. */
  readonly against?: string;
}

/** Every host that the platform's own pages and bundles name, with what is known of it. */
export function readReferences(answers: Answers, knowledge: Knowledge): NamedHost[] {
  const hosts = new Map<string, Named[]>();
  const doubts = new Doubts(answers, knowledge);
  for (const { url, purpose, references = [] } of answers.crawl.fetches) {
    if (purpose !== 'page' && purpose !== 'bundle') continue;
    const isList = doubts.carriesList(references);
    for (const reference of references) {
      const host = nameOf(reference.host);
      const worth = WORTH[reference.kind];
      if (worth === undefined || host === '') continue;
      const against = doubts.against(reference, isList);
      const named: Named =
        against === undefined
          ? { reference, url, worth }
          : { reference, url, worth: doubts.isConfirmed(reference) ? 'medium' : 'weak', against };
      const list = hosts.get(host);
      if (list !== undefined) list.push(named);
      else if (hosts.size < MOST_HOSTS) hosts.set(host, [named]);
    }
  }
  return [...hosts].map(([host, named]) => namedHost(host, named, answers, knowledge));
}

/**
 * An endpoint in a script is one that the script could call. Libraries carry hundreds that the site never calls: what stands there without a key, and by
 * all that is known for no reason of the site's own, is a hint.
 */
class Doubts {
  private readonly knowledge: Knowledge;
  /** Hosts that a policy lets the page connect to; with a dot before them where it lets all below. */
  private readonly allowed = new Set<string>();

  constructor(answers: Answers, knowledge: Knowledge) {
    this.knowledge = knowledge;
    for (const { purpose, references = [] } of answers.crawl.fetches)
      if (purpose === 'page')
        for (const { kind, directive, host } of references)
          if (kind === 'policy' && directive === 'connect-src') this.allowed.add(host.replace(/^\*/, ''));
  }

  /** Why what is named may not be called; undefined where nothing speaks against it. */
  against(reference: PageReference, isList: boolean): string | undefined {
    const { host, path, within } = reference;
    if (within === 'data-block') return 'in a block of data';
    if (!isEndpointOfCode(reference) || hasKey(reference) || !this.asksNodesOrData(reference))
      return undefined;
    if (this.isCompleted(reference)) return 'with a key that is put in when it runs';
    const libraries = this.knowledge.matcher.libraryDefaults.at(nameOf(host), path);
    if (libraries !== undefined) return `a default of ${libraries.split(' ').join(', ')}`;
    if (within === 'chain-definition') return 'in the definition of a chain';
    if (this.isKeyed(reference)) return 'without a key';
    return isList && this.isNode(reference) ? 'in a list of nodes of many' : undefined;
  }

  /** Whether a script names nodes of so many that it cannot be a choice. */
  carriesList(references: readonly PageReference[]): boolean {
    const nodes = references.filter((one) => isEndpointOfCode(one) && !hasKey(one) && this.isNode(one));
    return new Set(nodes.map(({ host }) => registeredOf(nameOf(host)))).size > MOST_NODES;
  }

  /** Whether a key, or a policy of somebody who knows the page, says that it connects there. */
  isConfirmed(reference: PageReference): boolean {
    const host = nameOf(reference.host);
    if (!isEndpointOfCode(reference)) return false;
    if (hasKey(reference) || this.isCompleted(reference)) return true;
    const labels = host.split('.');
    return (
      this.allowed.has(host) ||
      labels.some((_, i) => i > 0 && this.allowed.has(`.${labels.slice(i).join('.')}`))
    );
  }

  /** Of a service that a library is made for (a relay of wallets, sign-in), carrying its address is using it. */
  private asksNodesOrData(reference: PageReference): boolean {
    const found = this.fingerprints(reference);
    return found.length === 0 || found.some(({ part }) => part === 'chain-reads' || part === 'data');
  }

  /** A vendor that is called with a key, and code of the site's own that puts something there. */
  private isCompleted(reference: PageReference): boolean {
    const { host, path, isBegun } = reference;
    if (isBegun !== true || !this.isKeyed(reference)) return false;
    return this.knowledge.matcher.libraryDefaults.completing(nameOf(host), path) === undefined;
  }

  private isKeyed(reference: PageReference): boolean {
    return this.fingerprints(reference).some(({ isKeyed }) => isKeyed === true);
  }

  private isNode(reference: PageReference): boolean {
    const found = this.fingerprints(reference);
    if (found.length > 0) return found.some(({ part }) => part === 'chain-reads');
    return this.knowledge.nodesAt(nameOf(reference.host)) !== undefined;
  }

  private fingerprints({ host, path }: PageReference): Fingerprint[] {
    return this.knowledge.matcher.host('host', nameOf(host), path).map(({ fingerprint }) => fingerprint);
  }
}

function isEndpointOfCode({ kind }: PageReference): boolean {
  return kind === 'endpoint' || kind === 'websocket';
}

/** Somebody has put a key there (`redact.ts`): it is the site's own choice. */
function hasKey({ path }: PageReference): boolean {
  return path.includes('…');
}

function namedHost(host: string, named: readonly Named[], answers: Answers, knowledge: Knowledge): NamedHost {
  const sorted = named.toSorted((a, b) => rank(a.worth) - rank(b.worth));
  const seen = new Set<string>();
  const sightings: Sighting[] = [];
  for (const one of sorted) {
    if (answers.isOwn(host)) break;
    for (const sighting of sightingsAt(host, one, answers, knowledge)) {
      const key = `${sighting.part} ${sighting.on}`;
      if (!seen.has(key)) sightings.push(sighting);
      seen.add(key);
    }
  }
  const kinds = new Set(sorted.map(({ reference }) => reference.kind));
  const scripts = sorted.filter(({ reference }) => reference.kind === 'script');
  const [best] = sorted;
  return {
    host,
    part: partOf(kinds),
    sightings,
    at: withoutQuery(best?.url ?? ''),
    strength: best?.worth ?? 'weak',
    isPinned: scripts.length > 0 && scripts.every(({ reference }) => reference.isPinned === true),
    hasScripts: scripts.length > 0,
  };
}

function partOf(kinds: ReadonlySet<ReferenceKind>): NamedHost['part'] {
  if (CODE.some((kind) => kinds.has(kind))) return 'page-code';
  return (['data', 'endpoint', 'websocket'] as const).some((kind) => kinds.has(kind)) ? 'data' : undefined;
}

function rank(worth: Strength): number {
  return ['strong', 'medium', 'weak'].indexOf(worth);
}

function sightingsAt(
  host: string,
  { reference: { kind, path }, url, worth, against }: Named,
  answers: Answers,
  knowledge: Knowledge,
): Sighting[] {
  const of = hostOf(url);
  const signal = (strength: Strength): Signal =>
    signalOf(
      'host',
      withoutQuery(url),
      `${kind} ${host}${path === '/' ? '' : path}${against === undefined ? '' : `, ${against}`}`,
      strength,
      answers.crawl.at,
    );
  const matches = knowledge.matcher.host('host', host, path);
  const fitting = matches.filter(({ fingerprint }) => isAsked(fingerprint.part, kind));
  if (matches.length > 0)
    return fitting.flatMap((match) =>
      sightingsOf(match, of, signal(weaker(worth, match.fingerprint.strength))),
    );
  const nodes = ASKS.includes(kind) ? knowledge.nodesAt(host) : undefined;
  if (nodes === undefined) return [];
  return [{ part: 'chain-reads', of, on: nodes, signal: signal(weaker(worth, 'medium')), isRouting: false }];
}

function isAsked(part: Part, kind: ReferenceKind): boolean {
  return (part !== 'chain-reads' && part !== 'data') || ASKS.includes(kind);
}
