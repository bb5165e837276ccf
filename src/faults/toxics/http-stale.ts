import { createHash } from 'node:crypto';
import { httpFault, type HttpAnswer, type HttpRequest } from '../fault.ts';
import { readWhole } from '../http/bodies.ts';
import { headerOf, withHeader } from '../http/raw-headers.ts';

/** Longer answers are not kept, nor known by longer requests. @unit bytes */
const MOST_BYTES = 1_000_000;
const MOST_ANSWERS = 1000;
/** Of all that are kept. @unit bytes */
const MOST_KEPT = 64_000_000;
/** What, besides method and path, an answer may depend on. */
const ASKERS = ['host', 'accept', 'accept-encoding', 'range', 'authorization', 'cookie'];

export const httpStale = httpFault({
  type: 'http_stale',
  layer: 'http',
  summary:
    'The first good answer (200) since this was set is given again and again, for each method, target, body and whoever asks: a price that does not move.',
  attributes: {
    methods: {
      kind: 'list',
      default: ['GET', 'HEAD'],
      mostEntries: 20,
      longest: 20,
      summary: 'Requests of other methods go through.',
    },
    fresh_date: {
      kind: 'boolean',
      default: true,
      summary:
        'Date says now, so that nothing but the content shows how old it is; else it stays what it was.',
    },
  },
  make: ({ methods, fresh_date }, { time }) => {
    const kept = new Map<string, HttpAnswer>();
    const upper = methods.map((method) => method.toUpperCase());
    let keptBytes = 0;

    const keep = (key: string, answer: HttpAnswer & { readonly body: Buffer }): void => {
      if (kept.size >= MOST_ANSWERS || keptBytes + answer.body.length > MOST_KEPT || kept.has(key)) return;
      keptBytes += answer.body.length;
      kept.set(key, answer);
    };
    const again = (answer: HttpAnswer): HttpAnswer =>
      fresh_date && headerOf(answer.rawHeaders, 'date') !== undefined
        ? { ...answer, rawHeaders: withHeader(answer.rawHeaders, 'Date', new Date(time.now()).toUTCString()) }
        : answer;

    return {
      async handle(request, next, { invite, touch }) {
        if (!upper.includes(request.method)) return next(request);
        if (!Buffer.isBuffer(request.body)) invite();
        const body = await readWhole(request.body, MOST_BYTES);
        const asked = { ...request, body };
        if (!Buffer.isBuffer(body)) return next(asked);
        const key = keyOf(request, body);
        const before = kept.get(key);
        if (before !== undefined) {
          touch();
          return again(before);
        }
        const answer = await next(asked);
        if (answer.status !== 200 || answer.tunnel !== undefined) return answer;
        const whole = await readWhole(answer.body, MOST_BYTES);
        const read = { ...answer, body: whole };
        if (Buffer.isBuffer(whole)) keep(key, { ...read, body: whole });
        return read;
      },
      close: () => kept.clear(),
    };
  },
});

function keyOf({ method, target, rawHeaders }: HttpRequest, body: Buffer): string {
  const hash = createHash('sha256');
  for (const part of [method, target, ...ASKERS.map((name) => headerOf(rawHeaders, name) ?? '')])
    hash.update(`${part.length}:${part}`);
  return hash.update(body).digest('base64');
}
