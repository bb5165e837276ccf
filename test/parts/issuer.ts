import { createServer, type Server, type ServerResponse } from 'node:http';
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import { freePort } from './part.ts';

export type IssuerAnswer =
  | 'keys'
  | 'nothing' // accepts, and never answers
  | 'error' // status 500
  | 'garbage'
  | 'empty-set'
  | 'cut-off' // half of the set, then the connection is closed
  | { readonly set: unknown };

export interface TokenParts {
  /** Over what a good token says; undefined takes it out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** In place of the claims, as it is. */
  readonly payload?: string;
}

/** A real issuer of sessions on loopback: JSON Web Key Set over HTTP, tokens signed with jose. */
export interface Issuer {
  readonly issuer: string;
  readonly url: string;
  /** Times the set was asked for. */
  readonly asked: number;
  /** What it offers now. */
  readonly keys: readonly JWK[];
  answer(with_: IssuerAnswer): void;
  /** A new key, offered beside the others unless they are dropped. */
  addKey(alg: string, kid?: string): Promise<string>;
  dropKey(kid: string): void;
  /** A key that was dropped, again. */
  offerKey(kid: string): void;
  sign(kid: string, parts?: TokenParts): Promise<string>;
  /** As if its machine had lost power; `start` brings it back where it was. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** @param now what its clock says, for `iat` and `exp`. @unit ms */
export async function startIssuer(now: () => number): Promise<Issuer> {
  const pairs = new Map<string, { alg: string; sign: CryptoKey; jwk: JWK }>();
  let answer: IssuerAnswer = 'keys';
  let asked = 0;
  let server: Server | undefined;
  const offered = (): JWK[] =>
    [...pairs.values()].filter(({ jwk }) => !dropped.has(jwk.kid ?? '')).map(({ jwk }) => jwk);
  const dropped = new Set<string>();
  const port = await freePort();
  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = createServer((_, response) => {
        asked++;
        say(response, answer, { keys: offered() });
      });
      server = next;
      next.once('error', reject);
      next.listen(port, '127.0.0.1', resolve);
    });
  await listen();
  const issuer = `http://127.0.0.1:${port}`;
  return {
    issuer,
    url: `${issuer}/jwks.json`,
    get asked() {
      return asked;
    },
    get keys() {
      return offered();
    },
    answer(as) {
      answer = as;
    },
    async addKey(alg, kid = `${alg}-${pairs.size + 1}`) {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      pairs.set(kid, {
        alg,
        sign: privateKey,
        jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
      });
      dropped.delete(kid);
      return kid;
    },
    dropKey(kid) {
      dropped.add(kid);
    },
    offerKey(kid) {
      dropped.delete(kid);
    },
    async sign(kid, { claims = {}, header = {}, payload } = {}) {
      const pair = pairs.get(kid);
      if (pair === undefined) throw new Error(`No key ${kid}.`);
      const iat = Math.floor(now() / 1000);
      const said = {
        iss: issuer,
        aud: 'harbor',
        sub: 'user-1',
        iat,
        exp: iat + 3600,
        scope: 'trade',
        ...claims,
      };
      return new CompactSign(Buffer.from(payload ?? JSON.stringify(said)))
        .setProtectedHeader({ alg: pair.alg, kid, typ: 'JWT', ...header })
        .sign(pair.sign, { crit: { 'urn:x': true } });
    },
    async stop() {
      const gone = new Promise<void>((resolve) => server?.close(() => resolve()));
      server?.closeAllConnections();
      await gone;
    },
    async start() {
      await listen();
    },
  };
}

function say(response: ServerResponse, answer: IssuerAnswer, set: { keys: JWK[] }): void {
  if (answer === 'nothing') return;
  response.setHeader('content-type', 'application/json');
  if (answer === 'error') response.writeHead(500).end(JSON.stringify(set));
  else if (answer === 'garbage') response.end('{"keys": [{"kty": "EC", "crv"');
  else if (answer === 'empty-set') response.end('{"keys": []}');
  else if (answer === 'keys') response.end(JSON.stringify(set));
  else if (answer === 'cut-off') {
    const text = JSON.stringify(set);
    response.setHeader('content-length', text.length);
    response.write(text.slice(0, text.length / 2), () => response.destroy());
  } else response.end(JSON.stringify(answer.set));
}
