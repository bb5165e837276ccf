import { createHash, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bits,
  boolean,
  der,
  identifier,
  integer,
  moment,
  octets,
  sequence,
  setOf,
  tagged,
  text,
} from './der.ts';

export interface CertificateSettings {
  /** Said as its common name. */
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly issuerKeys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  /** @unit ms since 1970 */
  readonly from: number;
  /** @unit ms since 1970 */
  readonly until: number;
  /** Host names and addresses it is good for; none: it is of an authority. */
  readonly names: readonly string[];
}

const ECDSA_WITH_SHA256 = sequence(identifier('1.2.840.10045.4.3.2'));

/** A certificate of X.509 (RFC 5280) for a key of ECDSA, signed by another one. PEM. */
export function makeCertificate(settings: CertificateSettings): string {
  const { subject, issuer, publicKey, issuerKeys, from, until } = settings;
  const body = sequence(
    tagged(0, integer(2n)),
    integer(BigInt(`0x${randomBytes(16).toString('hex')}`)),
    ECDSA_WITH_SHA256,
    nameOf(issuer),
    sequence(moment(from), moment(until)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions(settings))),
  );
  const signature = sign('sha256', body, issuerKeys.privateKey);
  const whole = sequence(body, ECDSA_WITH_SHA256, bits(signature)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${whole.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

function nameOf(common: string): Buffer {
  return sequence(setOf(sequence(identifier('2.5.4.3'), text(common))));
}

function extensions({ names, publicKey, issuerKeys }: CertificateSettings): Buffer[] {
  const isAuthority = names.length === 0;
  return [
    extension('2.5.29.19', true, isAuthority ? sequence(boolean(true)) : sequence()),
    // keyCertSign and cRLSign, or digitalSignature.
    extension('2.5.29.15', true, isAuthority ? bits(Buffer.of(0x06), 1) : bits(Buffer.of(0x80), 7)),
    extension('2.5.29.14', false, octets(keyId(publicKey))),
    extension('2.5.29.35', false, sequence(der(0x80, keyId(issuerKeys.publicKey)))),
    ...(isAuthority
      ? []
      : [
          // Of servers.
          extension('2.5.29.37', false, sequence(identifier('1.3.6.1.5.5.7.3.1'))),
          extension('2.5.29.17', false, sequence(...names.map(alternative))),
        ]),
  ];
}

function extension(id: string, isCritical: boolean, value: Uint8Array): Buffer {
  return sequence(identifier(id), ...(isCritical ? [boolean(true)] : []), octets(value));
}

function alternative(name: string): Buffer {
  return isIP(name) === 0 ? der(0x82, Buffer.from(name, 'latin1')) : der(0x87, addressBytes(name));
}

/** An address of IPv4 or IPv6 as it stands in packets. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // Whatever way it is written, a URL has it in groups, the zeros left out at one place.
  const [before = '', after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [first, last] = [groups(before), groups(after ?? '')];
  const zeros = Array<string>(8 - first.length - last.length).fill('0');
  return Buffer.from([...first, ...zeros, ...last].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}
