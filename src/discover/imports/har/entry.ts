import { field, listOf, textOf } from '../json.ts';
import { toAddress, toHost } from '../names.ts';

const KINDS = [
  'document',
  'script',
  'style',
  'image',
  'font',
  'media',
  'fetch',
  'websocket',
  'ping',
  'preflight',
  'other',
] as const;
export type RequestKind = (typeof KINDS)[number];

/** What browsers call kinds of requests (`_resourceType`), in our words. */
const NAMES: Readonly<Record<string, RequestKind>> = {
  document: 'document',
  script: 'script',
  stylesheet: 'style',
  image: 'image',
  font: 'font',
  media: 'media',
  xhr: 'fetch',
  fetch: 'fetch',
  eventsource: 'fetch',
  websocket: 'websocket',
  ping: 'ping',
  beacon: 'ping',
  'csp-violation-report': 'ping',
  cspviolationreport: 'ping',
  preflight: 'preflight',
};
const TYPES: readonly (readonly [RegExp, RequestKind])[] = [
  [/html/, 'document'],
  [/javascript|ecmascript|wasm/, 'script'],
  [/css/, 'style'],
  [/^image\//, 'image'],
  [/font/, 'font'],
  [/^(?:video|audio)\//, 'media'],
  [/json|xml|event-stream|grpc/, 'fetch'],
];
/** Longest URL that is read, and longest body that is searched for methods. */
const MAX_URL = 100_000;
const MAX_BODY = 1_000_000;
/** Most calls of one body that are looked at. */
const MAX_CALLS = 1000;

/** The host of a URL of HTTP or WebSocket; undefined of anything else. Nothing else of the URL is read. */
export function hostOf(url: unknown): string | undefined {
  if (typeof url !== 'string' || url.length > MAX_URL) return undefined;
  const match = /^(?:https?|wss?):\/\/(?:[^/?#]*@)?(\[[0-9a-f:.]{2,45}\]|[^/:?#@\\\s]{1,255})/i.exec(url);
  const host = match?.[1]?.toLowerCase() ?? '';
  return toHost(host) ?? toAddress(host.replace(/^\[|\]$/g, ''));
}

/** What a request was for: as the browser says, else by the type of what came. */
export function kindOf(entry: unknown): RequestKind {
  const said = textOf(field(entry, '_resourceType'))?.toLowerCase();
  if (said !== undefined && Object.hasOwn(NAMES, said)) return NAMES[said] ?? 'other';
  const url = textOf(field(field(entry, 'request'), 'url')) ?? '';
  if (/^wss?:/i.test(url)) return 'websocket';
  const type = textOf(field(field(field(entry, 'response'), 'content'), 'mimeType'))?.toLowerCase() ?? '';
  return TYPES.find(([pattern]) => pattern.test(type))?.[1] ?? 'other';
}

/** The host of who asked for a request: the nearest script of the call, else the URL that is named. */
export function initiatorOf(entry: unknown): string | undefined {
  const initiator = field(entry, '_initiator');
  let stack = field(initiator, 'stack');
  for (let depth = 0; depth < 20 && stack !== undefined; depth++) {
    for (const frame of listOf(field(stack, 'callFrames'))) {
      const host = hostOf(field(frame, 'url'));
      if (host !== undefined) return host;
    }
    stack = field(stack, 'parent');
  }
  return textOf(field(initiator, 'type')) === 'preflight' ? undefined : hostOf(field(initiator, 'url'));
}

const EXTENSION = /^(?:chrome|moz|ms-browser|safari|safari-web)-extension:\/\//i;

/** Who made a request, as far as the browser says: the page, an extension, the browser itself or what it did not record. */
export function makerOf(entry: unknown): 'page' | 'extension' | 'unsaid' {
  const initiator = field(entry, '_initiator');
  const urls = [textOf(field(initiator, 'url'))];
  let stack = field(initiator, 'stack');
  for (let depth = 0; depth < 20 && stack !== undefined; depth++) {
    for (const frame of listOf(field(stack, 'callFrames'))) urls.push(textOf(field(frame, 'url')));
    stack = field(stack, 'parent');
  }
  // An extension that stands before `fetch` of the page is in the stack of what the page itself asks.
  if (urls.some((url) => hostOf(url) !== undefined)) return 'page';
  if (urls.some((url) => url !== undefined && EXTENSION.test(url))) return 'extension';
  return textOf(field(initiator, 'type')) === 'other' ? 'unsaid' : 'page';
}

/** Headers of an answer, as `MatchHost` wants them. Cookies and whatever carries a secret are left out. */
export function headersOf(response: unknown): [string, string][] {
  return listOf(field(response, 'headers'))
    .slice(0, 200)
    .flatMap((header): [string, string][] => {
      const name = textOf(field(header, 'name'))?.toLowerCase();
      const value = textOf(field(header, 'value'));
      if (name === undefined || value === undefined || name.length > 100) return [];
      return /cookie|auth|token|secret|key/.test(name) ? [] : [[name, value.slice(0, 2048)]];
    });
}

/** Methods of JSON-RPC that a request calls: their names only. */
export function methodsOf(request: unknown): string[] {
  if (field(request, 'method') !== 'POST') return [];
  const text = textOf(field(field(request, 'postData'), 'text'));
  if (text === undefined || text.length > MAX_BODY || !/^\s*[[{]/.test(text) || !text.includes('"jsonrpc"'))
    return [];
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // A body that is no JSON calls no method.
    return [];
  }
  return (Array.isArray(body) ? (body as unknown[]) : [body]).slice(0, MAX_CALLS).flatMap((call) => {
    const method = textOf(field(call, 'method'));
    return field(call, 'jsonrpc') === '2.0' &&
      method !== undefined &&
      /^[a-z][a-zA-Z0-9]{0,20}_[a-zA-Z0-9_]{1,40}$/.test(method)
      ? [method]
      : [];
  });
}
