import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Socket } from 'node:net';
import type { Transform } from 'node:stream';
import type { Trouble } from '../crawl.ts';
import { codeOf, describeFailure } from '../failure.ts';

export interface ExchangeOptions {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly socket: Socket;
  readonly userAgent: string;
  readonly headerBytes: number;
  readonly firstByteMs: number;
  /** All of it. @unit ms */
  readonly requestMs: number;
  /** Of the body, as sent and after decompression. @unit bytes */
  readonly bodyBytes: number;
  readonly signal: AbortSignal;
  /** Says who reads the body; undefined where nobody does. Asked once the headers are there. */
  readonly reader: (head: Head) => ((text: string) => void) | undefined;
}

export interface Head {
  readonly status: number;
  /** Names in lower case, in the order in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface Exchanged {
  readonly head?: Head;
  /** Of the body after decompression, as far as it was read. */
  readonly bytes: number;
  readonly isCut: boolean;
  readonly troubles: readonly { readonly code: Trouble['code']; readonly why: string }[];
}

/** One request over a connection of its own, which is closed at its end. Whatever comes back is an outcome, within bounds. @throws nothing */
export function exchange(options: ExchangeOptions): Promise<Exchanged> {
  const { url, socket, signal } = options;
  return new Promise((resolve) => {
    let head: Head | undefined;
    let bytes = 0;
    let isEnded = false;
    let dispose = (): void => {};
    const end = (trouble?: { code: Trouble['code']; why: string }, isCut = trouble !== undefined): void => {
      if (isEnded) return;
      isEnded = true;
      clearTimeout(first);
      clearTimeout(whole);
      signal.removeEventListener('abort', onAbort);
      dispose();
      sent?.destroy();
      socket.destroy();
      resolve({
        ...(head === undefined ? {} : { head }),
        bytes,
        isCut: head !== undefined && isCut,
        troubles: trouble === undefined ? [] : [trouble],
      });
    };
    const onAbort = (): void => end({ code: 'budget-spent', why: 'the time for this platform is over' });
    const tooLate = (ms: number): void =>
      end({ code: 'timed-out', why: `not finished within ${ms / 1000} s` });
    const first = setTimeout(() => tooLate(options.firstByteMs), options.firstByteMs);
    const whole = setTimeout(() => tooLate(options.requestMs), options.requestMs);
    signal.addEventListener('abort', onAbort);
    let sent: ClientRequest | undefined;
    const onError = (error: Error): void => end(troubleOf(error));
    socket.on('error', onError);
    try {
      sent = send(options);
    } catch (error) {
      return end(troubleOf(error));
    }
    sent.on('error', onError);
    sent.once('upgrade', () => end({ code: 'malformed', why: 'the answer changes the protocol' }));
    sent.once('response', (response) => {
      clearTimeout(first);
      const said = headOf(response);
      // RFC 9110, section 15.
      if (said.status < 100) return end({ code: 'malformed', why: 'the answer has no status' });
      head = said;
      const read = options.method === 'HEAD' ? undefined : options.reader(said);
      if (read === undefined) return end();
      dispose = readBody(response, options.bodyBytes, {
        onText: (text, size) => {
          bytes = size;
          if (!isEnded) read(text);
        },
        onEnd: () => end(),
        onCut: () =>
          end({
            code: 'too-large',
            why: `more than ${options.bodyBytes} bytes, of which the rest was not read`,
          }),
        onFailure: (failure) => end(failure),
      });
    });
    if (url.username !== '' || url.password !== '')
      end({ code: 'malformed', why: 'the URL holds a password' });
  });
}

function send({ method, url, socket, userAgent, headerBytes }: ExchangeOptions): ClientRequest {
  const sent = request({
    method,
    path: `${url.pathname}${url.search}`,
    setHost: false,
    maxHeaderSize: headerBytes,
    createConnection: () => socket,
    headers: {
      host: url.host,
      'user-agent': userAgent,
      accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
      'accept-encoding': 'gzip, deflate, br',
      connection: 'close',
    },
  });
  sent.end();
  return sent;
}

function headOf({ statusCode = 0, rawHeaders }: IncomingMessage): Head {
  const headers = Array.from({ length: rawHeaders.length / 2 }, (_, i) => {
    // Node hands values out as latin1.
    const value = rawHeaders[2 * i + 1] ?? '';
    return [(rawHeaders[2 * i] ?? '').toLowerCase(), value] as const;
  });
  return { status: statusCode, headers };
}

function troubleOf(error: unknown): { code: Trouble['code']; why: string } {
  const why = describeFailure(error);
  const code = codeOf(error);
  if (code === 'HPE_HEADER_OVERFLOW') return { code: 'headers-too-large', why };
  return { code: /^HPE_|^ERR_/.test(code) ? 'malformed' : 'connection', why };
}

interface BodyEvents {
  /** @param size of all text so far, after decompression. @unit bytes */
  readonly onText: (text: string, size: number) => void;
  readonly onEnd: () => void;
  readonly onCut: () => void;
  readonly onFailure: (trouble: { code: Trouble['code']; why: string }) => void;
}

/** @returns lets go of what it holds */
function readBody(response: IncomingMessage, most: number, events: BodyEvents): () => void {
  const { headers } = response;
  const coding = String(headers['content-encoding'] ?? 'identity')
    .trim()
    .toLowerCase();
  const decoder = new TextDecoder(charsetOf(headers['content-type']));
  let sent = 0;
  let size = 0;
  const take = (chunk: Buffer): void => {
    const left = most - size;
    size = Math.min(most, size + chunk.length);
    events.onText(decoder.decode(chunk.subarray(0, left), { stream: true }), size);
    if (chunk.length > left) events.onCut();
  };
  const unfinished = (): void =>
    events.onFailure({ code: 'connection', why: 'the body ended before it was whole' });
  const finish = (): void => {
    events.onText(decoder.decode(), size);
    events.onEnd();
  };
  response.on('error', unfinished);
  if (coding === 'identity' || coding === '') {
    response.on('data', take);
    response.once('end', finish);
    return () => {};
  }
  const decompress = decompressor(coding);
  if (decompress === undefined) {
    events.onFailure({ code: 'malformed', why: 'the body is compressed in a way that is not read' });
    return () => {};
  }
  let stream: Transform | undefined;
  response.on('data', (chunk: Buffer) => {
    if (stream === undefined) {
      stream = decompress(chunk);
      stream.on('data', take);
      stream.once('end', finish);
      stream.once('error', (error) => events.onFailure({ code: 'malformed', why: describeFailure(error) }));
    }
    sent += chunk.length;
    if (sent > most) return events.onCut();
    // What a small body becomes is handed on piece by piece, and stops where it is cut.
    if (!stream.write(chunk)) {
      response.pause();
      stream.once('drain', () => response.resume());
    }
  });
  response.once('end', () => (stream === undefined ? finish() : stream.end()));
  return () => stream?.destroy();
}

function decompressor(coding: string): ((first: Buffer) => Transform) | undefined {
  if (coding === 'gzip' || coding === 'x-gzip') return () => createGunzip();
  if (coding === 'br') return () => createBrotliDecompress();
  // Some send it without the envelope of zlib (RFC 9110, section 8.4.1.2).
  if (coding === 'deflate')
    return (first) => (((first[0] ?? 0) & 15) === 8 ? createInflate() : createInflateRaw());
  return undefined;
}

/** As the headers say, where it is one that is known; UTF-8 otherwise. */
function charsetOf(contentType: string | undefined): string {
  const [, charset = 'utf-8'] = /charset\s*=\s*"?([\w-]{1,40})/i.exec(contentType ?? '') ?? [];
  try {
    return new TextDecoder(charset).encoding;
  } catch {
    return 'utf-8';
  }
}
