import { field, isObject, textIn, type JsonObject } from './bounded-json.ts';
import { UNIQUE } from './words.ts';

export type Resolved =
  | { readonly text: string; readonly notes: readonly string[] }
  /** What cannot be known here, in words. */
  | { readonly missing: string };

type Known =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'environment'; readonly key: string; readonly fallback: string | undefined }
  | { readonly kind: 'secret' }
  | { readonly kind: 'unknown'; readonly what: string };

/** `configuration` and `secrets` of an experiment. Values of secrets are never handed out. */
export class Variables {
  private readonly known = new Map<string, Known>();

  constructor(experiment: JsonObject) {
    const secrets = field(experiment, 'secrets');
    if (isObject(secrets))
      for (const [name, group] of Object.entries(secrets)) {
        this.known.set(name, knownOf(group, true));
        if (isObject(group))
          for (const [key, value] of Object.entries(group)) this.known.set(key, knownOf(value, true));
      }
    const configuration = field(experiment, 'configuration');
    // After the secrets: of two with one name the configuration's is taken, by the open API.
    if (isObject(configuration))
      for (const [name, value] of Object.entries(configuration)) this.known.set(name, knownOf(value, false));
  }

  /** The variable of the environment that alone makes up a text; undefined where it is anything else. */
  environment(text: string): string | undefined {
    const known = this.known.get(/^\$\{(\w{1,100})\}$/.exec(text)?.[1] ?? '');
    return known?.kind === 'environment' && /^\w{1,200}$/.test(known.key) ? known.key : undefined;
  }

  isSecret(text: string): boolean {
    return [...text.matchAll(REFERENCE)].some(
      (found) => this.known.get(nameIn(found) ?? '')?.kind === 'secret',
    );
  }

  /** A text with what its `${name}` stand for: `{unique}` where that is a word that only one request has. */
  resolve(text: string): Resolved {
    const notes: string[] = [];
    let missing: string | undefined;
    const unique = new RegExp(`\\$\\{${UNIQUE.name}\\}-\\d{1,6}`, 'g');
    const resolved = text.replace(unique, '{unique}').replace(REFERENCE, (written, ...groups: unknown[]) => {
      if (written === '$$') return '$';
      const name = String(groups[0] ?? groups[1]);
      const known = this.known.get(name);
      // What is not known stays as it is written: so does Chaos Toolkit.
      if (known === undefined) return written;
      if (known.kind === 'text') return known.text;
      if (known.kind === 'environment' && known.fallback !== undefined) {
        notes.push(`For ${known.key} of the environment its default is taken.`);
        return known.fallback;
      }
      missing ??= wordsOf(known, name);
      return '';
    });
    return missing === undefined ? { text: resolved, notes } : { missing };
  }

  /** @returns the same with every text in it resolved, however deep */
  resolveAll(
    value: JsonObject,
  ): { readonly values: JsonObject; readonly notes: readonly string[] } | { readonly missing: string } {
    const notes: string[] = [];
    let missing: string | undefined;
    const inside = (one: unknown): unknown => {
      if (typeof one === 'string') {
        const resolved = this.resolve(one);
        if ('missing' in resolved) {
          missing ??= resolved.missing;
          return '';
        }
        notes.push(...resolved.notes);
        return resolved.text;
      }
      if (Array.isArray(one)) return one.map(inside);
      return isObject(one) ? fromEntries(Object.entries(one).map(([key, each]) => [key, inside(each)])) : one;
    };
    const values = fromEntries(Object.entries(value).map(([key, one]) => [key, inside(one)]));
    return missing === undefined ? { values, notes } : { missing };
  }
}

/** As Python's `string.Template` has them. */
const REFERENCE = /\$\$|\$\{([A-Za-z_]\w{0,99})\}|\$([A-Za-z_]\w{0,99})/g;

function nameIn(found: RegExpMatchArray): string | undefined {
  return found[1] ?? found[2];
}

/** `__proto__` is a name like any other in JSON. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): JsonObject {
  return Object.fromEntries(entries);
}

function knownOf(value: unknown, isSecret: boolean): Known {
  if (isObject(value)) {
    const key = textIn(value, 'key');
    if (field(value, 'type') === 'env' && key !== undefined) {
      const fallback = field(value, 'default');
      return {
        kind: 'environment',
        key,
        fallback: !isSecret && typeof fallback === 'string' ? fallback : undefined,
      };
    }
    if (isSecret) return { kind: 'secret' };
    return { kind: 'unknown', what: field(value, 'type') === 'probe' ? 'a probe' : 'something' };
  }
  if (isSecret) return { kind: 'secret' };
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { kind: 'text', text: String(value) };
  return { kind: 'unknown', what: 'something' };
}

function wordsOf(known: Known, name: string): string {
  if (known.kind === 'environment')
    return `${known.key} of the environment, and a plan holds such a thing only as the whole value of a header`;
  if (known.kind === 'secret') return `the secret ${name}, and a plan holds none`;
  return `${name}, which ${known.kind === 'unknown' ? known.what : 'something'} gives while the experiment runs`;
}
