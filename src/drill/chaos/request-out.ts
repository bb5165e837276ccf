import type { HeaderValue, Try } from '../../plan/index.ts';
import { ACCEPT, words } from '../users.ts';
import type { Configuration, HttpProvider, Json } from './open-api.ts';
import { BEARER, FORM, isSecretHeader, JSON_TYPE, SESSION, UNIQUE } from './words.ts';

export interface RequestsOptions {
  /** Where users come in. */
  readonly users: string;
  /** @unit ms */
  readonly timeoutMs: number;
}

/** The tries of a plan as requests of the `http` provider, and what they need of the environment. No secret is among them. */
export class Requests {
  /** Tries that it cannot send as they are, and why. */
  readonly leftOut: { readonly name: string; readonly why: string }[] = [];
  private readonly options: RequestsOptions;
  private readonly needed = new Map<string, { readonly type: 'env'; readonly key: string }>();
  private uniques = 0;

  constructor(options: RequestsOptions) {
    this.options = options;
  }

  /** @returns undefined where it cannot be said: then it is told in `leftOut` */
  providerOf(journey: string, one: Try): HttpProvider | undefined {
    const { send, body } = one;
    const name = `${journey}: ${words(send)}`;
    if (!isPlainPath(this.options.users, send.path))
      return this.leave(name, 'its path is one that others would send differently');
    if (body !== undefined && send.method === 'GET')
      return this.leave(name, 'it is a GET with a body, and the arguments of a GET are its query');
    const type = textOf(one.headers?.find((header) => header.name === 'content-type')?.value);
    const sent = body === undefined ? {} : argumentsOf(body, type ?? JSON_TYPE);
    if (sent === undefined)
      return this.leave(
        name,
        'its body is none that arguments can be without changing it: a plain JSON object, or a form',
      );
    this.sayLosses(name, one);
    const isUnique = `${send.path}${body ?? ''}${JSON.stringify(one.headers ?? [])}`.includes('{unique}');
    const number = isUnique ? ++this.uniques : 0;
    const word = (text: string): string =>
      text.replaceAll('$', '$$$$').replaceAll('{unique}', `\${${UNIQUE.name}}-${number}`);
    return {
      type: 'http',
      url: new URL(this.options.users).origin + word(send.path),
      method: send.method,
      headers: this.headersOf(one, sent.type, word),
      ...(sent.values === undefined ? {} : { arguments: mapTexts(sent.values, word) }),
      timeout: this.options.timeoutMs / 1_000,
    };
  }

  /** What the environment is asked for. @param unique begins the words that only one request has */
  configuration(unique: string): Configuration {
    return {
      ...Object.fromEntries(this.needed),
      // Always there: without any configuration arguments are not looked through, and `$$` in them would stay.
      [UNIQUE.name]: { type: 'env', key: UNIQUE.key, default: unique },
    };
  }

  private headersOf(
    { headers = [], session }: Try,
    type: string | undefined,
    word: (text: string) => string,
  ): Record<string, string> {
    const found: Record<string, string> = { Accept: ACCEPT };
    if (session !== undefined) {
      this.needed.set(SESSION.name, { type: 'env', key: SESSION.key });
      found.Authorization = BEARER;
    }
    for (const { name, value } of headers) {
      if (name === 'content-type' && type !== undefined) continue;
      for (const known of Object.keys(found)) if (known.toLowerCase() === name) delete found[known];
      found[name] = this.valueOf(name, value, word);
    }
    // In just this case: it is how Chaos Toolkit finds out what to do with arguments.
    if (type !== undefined) found['Content-Type'] = type;
    return found;
  }

  private valueOf(name: string, value: HeaderValue, word: (text: string) => string): string {
    // A secret is a secret even where the plan has it in the open: what is written is shared more widely.
    if ('text' in value && !isSecretHeader(name)) return word(value.text);
    const key = 'secret' in value && value.secret.startsWith('env:') ? value.secret.slice(4) : keyOf(name);
    const known = `keelson_${key.toLowerCase().replace(/[^a-z0-9]/g, '_')}`;
    this.needed.set(known, { type: 'env', key });
    return `\${${known}}`;
  }

  private sayLosses(name: string, { good, once, headers = [] }: Try): void {
    const lost = (['contains', 'lacks', 'moves'] as const).filter((word) => good?.[word] !== undefined);
    if (lost.length > 0)
      this.say(
        name,
        `${lost.join(', ')} of what is good: Chaos Toolkit reads JSON answers as objects, and no tolerance looks for a text in one`,
      );
    if (once !== undefined) this.say(name, 'once: a listing is counted by a drill only');
    for (const header of headers) {
      if ('secret' in header.value && header.value.secret.startsWith('file:'))
        this.say(name, `${header.name} of a file: put it into ${keyOf(header.name)} of the environment`);
      if ('text' in header.value && isSecretHeader(header.name))
        this.say(name, `the value of ${header.name}: put it into ${keyOf(header.name)} of the environment`);
    }
  }

  private leave(name: string, why: string): undefined {
    this.say(name, why);
  }

  private say(name: string, why: string): void {
    if (!this.leftOut.some((one) => one.name === name && one.why === why)) this.leftOut.push({ name, why });
  }
}

interface SentBody {
  readonly type?: string;
  readonly values?: Readonly<Record<string, Json>>;
}

/** Stands for `{unique}` where that would be written otherwise. */
const WORD = 'keelson-unique-word-4d1f';

/** Whether an address is read back as it was: neither encoded further, nor cut at a `#`, nor without its dots. */
function isPlainPath(users: string, path: string): boolean {
  const plain = path.replaceAll('{unique}', WORD);
  const { pathname, search } = new URL(new URL(users).origin + plain);
  return pathname + search === plain;
}

/** A body as arguments; undefined where they could not be turned back into it. */
function argumentsOf(body: string, type: string): SentBody | undefined {
  if (type === JSON_TYPE) {
    const values = objectIn(body);
    const isSame = values !== undefined && JSON.stringify(values) === withoutSpace(body);
    return isSame && !hasUniqueName(values) ? { type, values } : undefined;
  }
  if (type !== FORM) return undefined;
  const plain = body.replaceAll('{unique}', WORD);
  const pairs = [...new URLSearchParams(plain)];
  const isSame = new URLSearchParams(pairs).toString() === plain;
  if (!isSame || new Set(pairs.map(([name]) => name)).size < pairs.length || plain === '') return undefined;
  const values = Object.fromEntries(pairs.map(([name, value]) => [name, value.replaceAll(WORD, '{unique}')]));
  return hasUniqueName(values) || Object.keys(values).some((name) => name.includes(WORD))
    ? undefined
    : { type, values };
}

/** What stands in names is not looked through. */
function hasUniqueName(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasUniqueName);
  return Object.entries(value).some(([name, one]) => name.includes('{unique}') || hasUniqueName(one));
}

function withoutSpace(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/g, (_, text: string | undefined) => text ?? '');
}

function objectIn(text: string): Readonly<Record<string, Json>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    // Parsed from JSON, and an object.
    return Object.keys(value).length === 0 ? undefined : (value as Record<string, Json>);
  } catch {
    return undefined;
  }
}

function mapTexts(
  values: Readonly<Record<string, Json>>,
  word: (text: string) => string,
): Record<string, Json> {
  const inside = (value: Json): Json => {
    if (typeof value === 'string') return word(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(inside);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inside(one)]));
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, inside(value)]));
}

function textOf(value: HeaderValue | undefined): string | undefined {
  return value !== undefined && 'text' in value ? value.text : undefined;
}

function keyOf(header: string): string {
  return `KEELSON_${header.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}
