import { field, textsAt, valuesAt } from '../json.ts';
import type { Resource } from './resources.ts';
import type { Rule } from './rule.ts';

/** Longest text that is taken for an id. */
const MAX_ID = 600;
/** Longest text that is searched for ids of others, and most that are found in it. */
const MAX_SEARCHED = 200_000;
const MAX_FOUND = 300;

/** Finds the resource that an id, an ARN, a link, a host name or an address belongs to. */
export class Identities {
  private readonly everywhere = new Map<string, Known>();
  private readonly byType = new Map<string, Known>();

  add(resource: Resource, rule: Rule): void {
    const isPart = rule.as === 'part';
    for (const key of ['id', 'arn', 'self_link'])
      for (const text of textsAt(resource.values, [key])) this.put(resource, text, true, isPart);
    for (const path of ['name', ...(rule.ids ?? [])])
      for (const text of textsAt(resource.values, path.split('.')))
        this.put(resource, text, isTelling(text) && rule.as !== 'place', isPart);
  }

  /** By anything that it is known by; among resources of a type also by its name. */
  find(text: string, type?: string): Resource | undefined {
    if (text.length > MAX_ID) return undefined;
    const key = withoutVersion(normal(text));
    if (type !== undefined) return this.byType.get(`${type} ${key}`)?.resource ?? undefined;
    const known = this.everywhere.get(key) ?? this.everywhere.get(key.replace(/:\d{1,5}$/, ''));
    // The name of a tunnel holds its id, which only some versions of the provider say as a name.
    return (known ?? this.everywhere.get(key.replace(/\.cfargotunnel\.com$/, '')))?.resource ?? undefined;
  }

  /**
   * Those that a longer text names by what is theirs alone: a list of addresses, the URL of a database. Hosts that `isHost` knows are left
   * to their records.
   */
  findWithin(text: string, isHost: (host: string) => boolean = () => false): Resource[] {
    const found = new Set<Resource>();
    const whole = isTelling(text) && !isHost(hostIn(text)) ? this.find(text) : undefined;
    if (whole !== undefined) return [whole];
    for (const token of tokensOf(text)) {
      if (found.size >= MAX_FOUND) break;
      if (isHost(hostIn(token))) continue;
      const one =
        this.find(token) ?? this.find(hostIn(token)) ?? this.find(token.replace(/^.*?(?=arn:)/, ''));
      if (one !== undefined) found.add(one);
    }
    return [...found];
  }

  private put(resource: Resource, text: string, isEverywhere: boolean, isPart: boolean): void {
    if (text.length > MAX_ID) return;
    const whole = withoutVersion(normal(text));
    for (const key of new Set([whole, whole.replace(/:\d{1,5}$/, '')])) {
      if (key.length < 2) continue;
      record(this.byType, `${resource.type} ${key}`, resource, isPart);
      if (isEverywhere) record(this.everywhere, key, resource, isPart);
    }
  }
}

interface Known {
  /** Null where several have it. */
  readonly resource: Resource | null;
  readonly isPart: boolean;
}

/** What is a part itself goes before what leads to one: an address belongs to its load balancer. */
function record(index: Map<string, Known>, key: string, resource: Resource, isPart: boolean): void {
  const known = index.get(key);
  if (known === undefined || (isPart && !known.isPart)) index.set(key, { resource, isPart });
  else if (known.resource !== resource && known.isPart === isPart) index.set(key, { resource: null, isPart });
}

/** Whether a text says by itself what it names: `main` does not. */
function isTelling(text: string): boolean {
  return /[.:/]/.test(text) || (text.length >= 8 && /[-_\d]/.test(text));
}

/** The key or the secret of which a text names one version, or one field: that is what is known by its id. */
function withoutVersion(key: string): string {
  return key
    .replace(/^(arn:aws[a-z-]*:secretsmanager:[^:]*:\d*:secret:[^:]+):.*$/, '$1')
    .replace(/^(projects\/.*\/(?:cryptokeys|secrets)\/[^/]+)\/(?:cryptokeyversions|versions)\/[^/]+$/, '$1');
}

function normal(text: string): string {
  return text
    .toLowerCase()
    .replace(
      /^(?:https?:)?\/\/(?:www\.googleapis\.com|compute\.googleapis\.com)\/(?:compute\/)?(?:v1|beta)\//,
      '',
    )
    .replace(/^[a-z][a-z0-9+.-]{0,20}:\/\//, '')
    .replace(/^dualstack\./, '')
    .replace(/[./]+$/, '');
}

/** Pieces of a text that may name something by themselves: addresses, hosts, URLs, ids. */
function* tokensOf(text: string): Generator<string> {
  let count = 0;
  for (const [token] of text.slice(0, MAX_SEARCHED).matchAll(/[A-Za-z0-9][A-Za-z0-9._:/-]{5,400}/g)) {
    if (++count > MAX_FOUND * 100) return;
    if (isTelling(token)) yield token;
  }
}

/** Hosts that a text names, each once: those of URLs, of addresses with a port, and plain names. */
export function hostsWithin(text: string): string[] {
  const found = new Set<string>();
  for (const token of tokensOf(text)) {
    const host = hostIn(token);
    if (host.includes('.')) found.add(host.toLowerCase());
    if (found.size >= MAX_FOUND) break;
  }
  return [...found];
}

/** The host of a URL or of an address with a port; of anything else what stands where a host would. */
export function hostIn(token: string): string {
  return token.replace(/^[^/]*\/\//, '').replace(/[:/].*$/, '');
}

/** Variables that name who may call, or whom users are sent back to, and not who is called. */
const CALLERS =
  /cors|allow(?:ed)?_?(?:origin|host|caller)|trusted_?(?:origin|host)|callback_?ur[il]|redirect_?ur[il]/i;

/**
 * Every text that a program is told under a path, at most so deep as attributes nest. JSON within a text is opened; variables by which it
 * knows its callers are left out.
 */
export function textsTold(value: unknown, path: readonly string[]): string[] {
  const found: string[] = [];
  const visit = (one: unknown, depth: number): void => {
    if (depth > 24 || found.length > 20_000) return;
    if (typeof one === 'string') {
      const opened = depth < 20 ? openedJson(one) : undefined;
      if (opened === undefined) found.push(one);
      else visit(opened, depth + 1);
    } else if (Array.isArray(one)) for (const inner of one) visit(inner, depth + 1);
    else if (typeof one === 'object' && one !== null) {
      // `{name: 'DB_HOST', value: …}` as containers and workers have it.
      const name = field(one, 'name');
      if (typeof name === 'string' && CALLERS.test(name)) return;
      for (const [key, inner] of Object.entries(one)) if (!CALLERS.test(key)) visit(inner, depth + 1);
    }
  };
  for (const one of valuesAt(value, path)) visit(one, 0);
  return found;
}

function openedJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text) || text.length > MAX_SEARCHED) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // A text that only looks like JSON is searched as it stands.
    return undefined;
  }
}
