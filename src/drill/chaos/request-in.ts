import { METHODS, type Method } from '../../plan/index.ts';
import { ACCEPT } from '../users.ts';
import { field, isObject, textIn, type JsonObject } from './bounded-json.ts';
import { short } from './tolerance-in.ts';
import type { Variables } from './variables.ts';
import { BEARER, FORM, isSecretHeader, JSON_TYPE } from './words.ts';

/** What is sent, in the words of a plan. */
export interface ReadRequest {
  readonly method: Method;
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string | undefined;
  readonly inSession: boolean;
  readonly notes: readonly string[];
}

/** Stands in an address for `{unique}` while it is parsed. */
const WORD = 'keelson-unique-word-4d1f';
/** A plan's own bounds (docs/plan.md). */
const MOST_HEADERS = 30;
/** Of a form or a query. */
const MOST_PAIRS = 1_000;
const LONGEST_BODY = 20_000;
const PATH = /^\/[\x21\x23-\x5b\x5d-\x7e]{0,1999}$/;

/** A request of the `http` provider as one of a plan; or why it cannot be one. @param origins where users come in */
export function readRequest(
  provider: JsonObject,
  variables: Variables,
  origins: readonly string[],
): ReadRequest | { readonly leftOut: string } {
  const raw = textIn(provider, 'url');
  if (raw === undefined) return { leftOut: 'Expected a url.' };
  const written = variables.resolve(raw);
  if ('missing' in written) return { leftOut: `Its url needs ${written.missing}.` };
  const notes = [...written.notes];
  const url = urlOf(written.text.replaceAll('{unique}', WORD));
  if (url === undefined) return { leftOut: `Expected an http or https url, found ${short(written.text)}.` };
  if (url.username !== '' || url.password !== '') return { leftOut: 'Its url holds a user and a password.' };
  if (!origins.includes(url.origin))
    return {
      leftOut: `It asks ${url.origin}, and users of this plan come in at ${origins.join(', ') || 'no known place'}.`,
    };
  const said = String(field(provider, 'method') ?? 'GET').toUpperCase();
  const method = METHODS.find((known) => known === said);
  if (method === undefined)
    return { leftOut: `Expected one of ${METHODS.join(', ')}, found ${short(said)}.` };
  const headers = new Headers(notes);
  const wrong = headers.read(field(provider, 'headers'), variables);
  if (wrong !== undefined) return { leftOut: wrong };
  const sent = bodyOf(field(provider, 'arguments'), method, headers.type, variables, url);
  if ('leftOut' in sent) return sent;
  if (sent.type !== undefined && sent.type !== JSON_TYPE) headers.add('content-type', sent.type);
  const path = (url.pathname + url.search).replaceAll(WORD, '{unique}');
  if (!PATH.test(path))
    return { leftOut: 'Its path is none that a plan can hold: at most 2,000 plain characters.' };
  if (field(provider, 'verify_tls') === false)
    notes.push('A drill checks certificates, whatever verify_tls says.');
  const { found, inSession } = headers;
  return { method, path, headers: found, body: sent.body, inSession, notes: [...notes, ...sent.notes] };
}

function urlOf(text: string): URL | undefined {
  if (text.length > 4_000 || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

class Headers {
  readonly found: { name: string; value: string }[] = [];
  inSession = false;
  /** What the body is sent as. */
  type: string | undefined;
  private readonly notes: string[];

  constructor(notes: string[]) {
    this.notes = notes;
  }

  /** @returns why they cannot be taken */
  read(headers: unknown, variables: Variables): string | undefined {
    if (headers === undefined || headers === null) return undefined;
    if (!isObject(headers)) return 'Expected headers as names with values.';
    const count = Object.keys(headers).length;
    if (count > MOST_HEADERS) return `Expected at most ${MOST_HEADERS} headers, found ${count}.`;
    for (const [written, raw] of Object.entries(headers)) {
      const name = written.toLowerCase();
      if (!/^[a-z0-9-]{1,100}$/.test(name) || typeof raw !== 'string')
        return `Expected a header with a text, found ${short(written)}.`;
      if (name === 'authorization' && raw === BEARER) this.inSession = true;
      else if (name === 'content-type') {
        this.type = raw.trim();
        // Only in just this case does Chaos Toolkit send arguments as JSON; else they are a form, whatever the header says.
        if (raw !== JSON_TYPE || written !== 'Content-Type') this.add(name, this.type);
      } else if (name !== 'accept' || raw !== ACCEPT) {
        const wrong = this.take(name, raw, variables);
        if (wrong !== undefined) return wrong;
      }
    }
    return undefined;
  }

  add(name: string, value: string): void {
    if (!this.found.some((one) => one.name === name)) this.found.push({ name, value });
  }

  private take(name: string, raw: string, variables: Variables): string | undefined {
    const key = variables.environment(raw);
    if (key !== undefined) {
      this.add(name, `env:${key}`);
      return undefined;
    }
    if (isSecretHeader(name) || variables.isSecret(raw)) {
      const place = `KEELSON_${name.toUpperCase().replaceAll('-', '_')}`;
      this.add(name, `env:${place}`);
      this.notes.push(`The value of ${name} is not copied: put it into ${place} of the environment.`);
      return undefined;
    }
    const { text, missing, notes } = { text: '', missing: undefined, notes: [], ...variables.resolve(raw) };
    if (missing !== undefined) return `Its header ${name} needs ${missing}.`;
    if (text === '' || text.length > 2_000 || /[^\t\x20-\x7e]/.test(text))
      return `Its header ${name} is none that a plan can hold.`;
    if (/^(env|file):/.test(text))
      return `Its header ${name} begins with env: or file:, which names a secret in a plan.`;
    this.add(name, text);
    this.notes.push(...notes);
    return undefined;
  }
}

interface ReadBody {
  readonly body: string | undefined;
  readonly type?: string;
  readonly notes: readonly string[];
}

function bodyOf(
  raw: unknown,
  method: Method,
  type: string | undefined,
  variables: Variables,
  url: URL,
): ReadBody | { readonly leftOut: string } {
  if (raw === undefined || raw === null) return { body: undefined, notes: [] };
  if (!isObject(raw)) return { leftOut: 'Expected arguments as names with values.' };
  const resolved = variables.resolveAll(raw);
  if ('missing' in resolved) return { leftOut: `Its arguments need ${resolved.missing}.` };
  const { values, notes } = resolved;
  if (Object.keys(values).length === 0) return { body: undefined, notes };
  if (method !== 'GET' && type === JSON_TYPE) return bounded(JSON.stringify(values), JSON_TYPE, notes);
  const pairs = new URLSearchParams();
  let count = 0;
  for (const [name, value] of Object.entries(values))
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === 'object' && one !== null)
        return { leftOut: 'Its arguments nest, and are sent as a form.' };
      if (++count > MOST_PAIRS) return { leftOut: `Expected at most ${MOST_PAIRS} arguments.` };
      if (one !== null) pairs.append(name, String(one).replaceAll('{unique}', WORD));
    }
  if (method !== 'GET') return bounded(pairs.toString().replaceAll(WORD, '{unique}'), type ?? FORM, notes);
  for (const [name, value] of pairs) url.searchParams.append(name, value);
  return { body: undefined, notes };
}

function bounded(
  body: string,
  type: string,
  notes: readonly string[],
): ReadBody | { readonly leftOut: string } {
  return body.length > LONGEST_BODY
    ? { leftOut: `Expected a body of at most ${LONGEST_BODY} characters, found ${body.length}.` }
    : { body, type, notes };
}
