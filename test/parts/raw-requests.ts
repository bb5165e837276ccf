/** A request as one strict reading of RFC 9112 has it. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  /** Names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

export interface Reading {
  readonly requests: readonly RawRequest[];
  /** Why nothing more can be read: `more` when it is only not there yet. */
  readonly ended: 'whole' | 'more' | 'wrong';
  /** How many bytes were read. */
  readonly read: number;
}

const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +([!-~]+) +HTTP\/1\.[01]$/;
const FIELD =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[!-~\x80-\xff](?:[ \t!-~\x80-\xff]*[!-~\x80-\xff])?)?)[ \t]*$/;
const CHUNK = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;[ \t!-~\x80-\xff]*)?$/;

/**
 * Reads requests out of bytes (as latin1) and takes nothing that could be read otherwise: the judge of what a gateway passes on, so
 * it shares no line with one.
 */
export function readRequests(bytes: string): Reading {
  const requests: RawRequest[] = [];
  let at = 0;
  for (;;) {
    // Empty lines before a request are nothing (RFC 9112, section 2.2), and read alike by everybody.
    while (bytes[at] === '\r' || bytes[at] === '\n') at++;
    if (at === bytes.length) return { requests, ended: 'whole', read: at };
    const one = readRequest(bytes, at);
    if (typeof one === 'string') return { requests, ended: one, read: at };
    requests.push(one.request);
    at = one.end;
  }
}

function readRequest(
  bytes: string,
  start: number,
): { readonly request: RawRequest; readonly end: number } | 'more' | 'wrong' {
  const head = bytes.indexOf('\r\n\r\n', start);
  if (head < 0) return 'more';
  const [line = '', ...fields] = bytes.slice(start, head).split('\r\n');
  const first = LINE.exec(line);
  if (first === null) return 'wrong';
  const headers: [string, string][] = [];
  for (const field of fields) {
    const found = FIELD.exec(field);
    if (found === null) return 'wrong';
    headers.push([(found[1] ?? '').toLowerCase(), found[2] ?? '']);
  }
  const all = (name: string): string[] => headers.flatMap(([one, value]) => (one === name ? [value] : []));
  const [lengths, encodings] = [all('content-length'), all('transfer-encoding')];
  if (all('host').length !== 1 || lengths.length + encodings.length > 1) return 'wrong';
  const request = { method: first[1] ?? '', target: first[2] ?? '', headers };
  const body = head + 4;
  if (encodings.length === 1) {
    if (encodings[0]?.toLowerCase() !== 'chunked' || line.endsWith('1.0')) return 'wrong';
    const chunked = readChunks(bytes, body);
    return typeof chunked === 'string'
      ? chunked
      : { request: { ...request, body: chunked.body }, end: chunked.end };
  }
  if (lengths[0] !== undefined && !/^\d{1,15}$/.test(lengths[0])) return 'wrong';
  const end = body + Number(lengths[0] ?? 0);
  return end > bytes.length ? 'more' : { request: { ...request, body: bytes.slice(body, end) }, end };
}

function readChunks(
  bytes: string,
  start: number,
): { readonly body: string; readonly end: number } | 'more' | 'wrong' {
  let at = start;
  let body = '';
  for (;;) {
    const eol = bytes.indexOf('\r\n', at);
    if (eol < 0) return 'more';
    const size = CHUNK.exec(bytes.slice(at, eol));
    if (size === null) return 'wrong';
    const length = Number.parseInt(size[1] ?? '', 16);
    at = eol + 2;
    if (length === 0) break;
    if (at + length + 2 > bytes.length) return 'more';
    if (bytes.slice(at + length, at + length + 2) !== '\r\n') return 'wrong';
    body += bytes.slice(at, at + length);
    at += length + 2;
  }
  for (;;) {
    const eol = bytes.indexOf('\r\n', at);
    if (eol < 0) return 'more';
    if (eol === at) return { body, end: at + 2 };
    if (!FIELD.test(bytes.slice(at, eol))) return 'wrong';
    at = eol + 2;
  }
}
