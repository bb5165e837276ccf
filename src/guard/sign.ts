import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { KeelsonError } from '../errors.ts';
import { keyId } from './load.ts';
import { PAYLOAD_TYPE, preAuthentication, type Envelope, type Statement } from './check/signature.ts';

/**
 * Signs a statement about a file. An envelope of the same statement keeps the signatures that it has, so that several can sign one after the other.
 *
 * @param pem a private key of ed25519
 * @throws KeelsonError key-unusable
 */
export function signStatement(statement: Statement, pem: string, before?: Envelope): Envelope {
  const key = privateKey(pem);
  const { name, version, digest, bytes, expires } = statement;
  const body = Buffer.from(
    JSON.stringify({ name, version, digest, bytes, ...(expires === undefined ? {} : { expires }) }),
  );
  const payload = body.toString('base64');
  const keyid = keyId(createPublicKey(key).export({ type: 'spki', format: 'der' }));
  const sig = sign(null, preAuthentication(PAYLOAD_TYPE, body), key).toString('base64');
  const others = before?.payload === payload ? before.signatures.filter((one) => one.keyid !== keyid) : [];
  return { payloadType: PAYLOAD_TYPE, payload, signatures: [...others, { keyid, sig }] };
}

function privateKey(pem: string): ReturnType<typeof createPrivateKey> {
  const hint = 'Make one: openssl genpkey -algorithm ed25519 -out release.pem';
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new KeelsonError(
      'key-unusable',
      'Expected a private key as PEM, without a password, found something else.',
      {
        hint,
        cause,
      },
    );
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new KeelsonError(
    'key-unusable',
    `Expected a key of ed25519, found one of ${key.asymmetricKeyType}.`,
    {
      hint,
    },
  );
}
