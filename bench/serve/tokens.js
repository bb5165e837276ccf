// Bearer tokens as an issuer would give them, and the key set that verifies them.
import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'bench';

/** Writes `jwks.json`, `warm.txt` (1,000 tokens, used in turn) and `cold.txt` (each used once), and says where they are. */
export function writeTokens(folder, { cold }) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'bench-1', alg: 'ES256', use: 'sig' };
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [key] }));
  const files = { warm: join(folder, 'warm.txt'), cold: join(folder, 'cold.txt') };
  writeFileSync(files.warm, listTokens(privateKey, 0, 1000));
  writeFileSync(files.cold, listTokens(privateKey, 1000, cold));
  return files;
}

function listTokens(key, first, count) {
  const issuedAt = Math.floor(Date.now() / 1000);
  const head = encode({ alg: 'ES256', typ: 'JWT', kid: 'bench-1' });
  return Array.from({ length: count }, (_, i) => {
    const claims = {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: `user-${first + i}`,
      scope: 'trade withdraw',
      iat: issuedAt,
      exp: issuedAt + 86_400,
    };
    const text = `${head}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }).join('\n');
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
