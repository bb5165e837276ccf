import { type Dispatcher, request } from 'undici';
import type { KeySetOptions } from './keys.ts';

/**
 * Reads a key set over HTTP: status 200, JSON, no more than the bound; no redirects, which would let another host hand out keys.
 *
 * @param url of the set (`jwks_uri`)
 */
export function fetchKeysFrom(url: string, dispatcher?: Dispatcher): KeySetOptions['fetchKeys'] {
  return async (signal, mostBytes) => {
    const { statusCode, body } = await request(url, {
      signal,
      headers: { accept: 'application/jwk-set+json, application/json' },
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
    if (statusCode !== 200) {
      await body.dump({ limit: 0 }).catch(() => undefined);
      throw new Error(`Expected status 200, found ${statusCode}.`);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw new Error(`Expected at most ${mostBytes} bytes.`);
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  };
}
