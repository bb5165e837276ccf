// Who issues Harbor's tokens: signs them, and publishes the key that they are checked with.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer, jsonOf, listen } from './part.mjs';

// Kept while it is stopped, so that its tokens outlive that.
const file = join(process.env.FOLDER ?? '.', 'issuer.pem');
if (!existsSync(file)) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}
const privateKey = createPrivateKey(readFileSync(file));
const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
const kid = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url');
const set = { keys: [{ ...jwk, kid, alg: 'ES256', use: 'sig' }] };
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

listen(async (request, response) => {
  if (request.url === '/jwks.json') return answer(response, 200, set);
  if (request.url !== '/token') return answer(response, 404, {});
  const { user } = (await jsonOf(request)) ?? {};
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: 'https://id.harbor.example', aud: 'harbor', sub: user, iat, exp: iat + 8 * 3600 };
  const text = `${encode({ alg: 'ES256', kid, typ: 'JWT' })}.${encode(claims)}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' };
  answer(response, 200, { token: `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}` });
});
