import { Readable } from 'node:stream';
import { httpFault, type HttpAnswer, type HttpRequest } from '../fault.ts';
import { dropAnswer, dropBody, hasNoBody, readWhole } from '../http/bodies.ts';
import { Cut } from '../http/cut.ts';
import { headerOf, isChunked, withHeader, withoutHeaders } from '../http/raw-headers.ts';

/** @unit bytes */
const MOST_KEPT = 10_000_000;

export const httpBody = httpFault({
  type: 'http_body',
  layer: 'http',
  summary:
    'The body is another one, its end is missing, or it comes twice; the status stays. Of requests on the stream upstream, of answers on the other.',
  attributes: {
    action: {
      kind: 'text',
      longest: 20,
      oneOf: ['replace', 'empty', 'truncate', 'break', 'double'],
      summary:
        'replace: by `body`. empty: nothing. truncate: its first `bytes`, as if that were all. break: its first `bytes`, and the connection is closed. double: it comes twice over.',
    },
    body: { kind: 'text', default: '', longest: 500_000, summary: 'What replaces it.' },
    type: {
      kind: 'text',
      default: null,
      longest: 200,
      summary: 'Content-Type of what replaces it; none: as it was.',
    },
    bytes: {
      kind: 'number',
      unit: 'bytes',
      default: 0,
      least: 0,
      most: MOST_KEPT,
      summary: 'How many are left.',
    },
  },
  judge: ({ type }) =>
    type === null || /^[\t\x20-\x7e\x80-\xff]*$/.test(type)
      ? []
      : ['Expected type to be what a header may have, found other characters.'],
  make: ({ action, body, type, bytes }, { stream }) => {
    const replacement = Buffer.from(action === 'replace' ? body : '');
    const isReplaced = action === 'replace' || action === 'empty';

    const changed = async <M extends HttpRequest | HttpAnswer>(message: M): Promise<M> => {
      if (isReplaced) {
        const headers = withoutHeaders(message.rawHeaders, 'content-encoding');
        const rawHeaders = type === null ? headers : withHeader(headers, 'Content-Type', type);
        return { ...message, rawHeaders, body: replacement };
      }
      const { body } = message;
      if (action === 'break') return { ...message, body: Readable.from(broken(body, bytes), BYTES) };
      if (action === 'truncate') return { ...message, body: await firstBytes(body, bytes) };
      const whole = await readWhole(body, MOST_KEPT);
      // It is too long to be kept: it goes as it is.
      return { ...message, body: Buffer.isBuffer(whole) ? Buffer.concat([whole, whole]) : whole };
    };

    return {
      async handle(request, next, { invite, touch }) {
        if (stream === 'upstream') {
          if (Buffer.isBuffer(request.body) && request.body.length === 0) return next(request);
          touch();
          invite();
          const sent = await changed(request);
          // What is not sent is read all the same: the connection is the client's.
          if (isReplaced || action === 'truncate') dropBody(request.body);
          const asked = next({ ...sent, rawHeaders: withoutHeaders(sent.rawHeaders, 'expect') });
          if (action !== 'break') return asked;
          return asked.catch(() => {
            throw new Cut();
          });
        }
        const answer = await next(request);
        if (answer.tunnel !== undefined || hasNoBody(request.method, answer.status)) return answer;
        touch();
        const sent = await changed(answer);
        if (action !== 'double' && action !== 'break') dropAnswer(answer);
        // So that the client waits for what does not come.
        if (action === 'break' && !isFramed(sent)) return { ...sent, rawHeaders: inChunks(sent) };
        return sent;
      },
    };
  },
});

const BYTES = { objectMode: false };

function isFramed({ rawHeaders }: HttpAnswer): boolean {
  return isChunked(rawHeaders) || headerOf(rawHeaders, 'content-length') !== undefined;
}

function inChunks({ rawHeaders }: HttpAnswer): string[] {
  return withHeader(rawHeaders, 'Transfer-Encoding', 'chunked');
}

async function firstBytes(body: Readable | Buffer, most: number): Promise<Buffer> {
  if (Buffer.isBuffer(body) || most === 0) return Buffer.isBuffer(body) ? body.subarray(0, most) : NOTHING;
  const parts: Buffer[] = [];
  let left = most;
  for await (const part of body.iterator({ destroyOnReturn: false })) {
    // A stream without an encoding gives these.
    parts.push((part as Buffer).subarray(0, left));
    left -= parts.at(-1)?.length ?? 0;
    if (left === 0) break;
  }
  return Buffer.concat(parts);
}

const NOTHING = Buffer.alloc(0);

async function* broken(body: Readable | Buffer, most: number): AsyncGenerator<Buffer> {
  yield await firstBytes(body, most);
  dropBody(body);
  throw new Error('A fault breaks the body off.');
}
