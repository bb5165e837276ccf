import { sign, type KeyObject } from 'node:crypto';

/** Who a certificate is about or by: attributes by name. */
export interface Name {
  readonly organisation?: string;
  readonly common: string;
}

export interface CertificateRequest {
  readonly serial: number;
  readonly subject: Name;
  readonly publicKey: KeyObject;
  readonly issuer: Name;
  readonly issuerKey: KeyObject;
  /** May sign others. */
  readonly isAuthority: boolean;
  readonly hosts?: readonly string[];
  /** URLs of OCSP and of the issuer's certificate. */
  readonly access?: readonly (readonly [method: 'ocsp' | 'issuer', url: string])[];
  /** URL of a list of revoked certificates. */
  readonly revoked?: string;
}

/**
 * A certificate, good from yesterday for 30 days, signed by ECDSA with SHA-256 (RFC 5280). Made here, since a program of openssl for each
 * of a hundred takes seconds.
 *
 * @returns PEM
 */
export function makeX509(asked: CertificateRequest): string {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const day = 86_400_000;
  const body = sequence(
    explicit(0, integer(2)),
    integer(asked.serial),
    algorithm,
    nameOf(asked.issuer),
    sequence(time(Date.now() - day), time(Date.now() + 30 * day)),
    nameOf(asked.subject),
    asked.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(asked))),
  );
  const signature = sign('sha256', body, asked.issuerKey);
  const text = sequence(body, algorithm, bits(signature)).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${text.trimEnd()}\n-----END CERTIFICATE-----\n`;
}

function extensions({ isAuthority, hosts = [], access = [], revoked }: CertificateRequest): Buffer[] {
  const url = (text: string): Buffer => der(0x86, Buffer.from(text));
  const found: Buffer[] = [];
  const add = (id: string, isCritical: boolean, value: Buffer): void => {
    found.push(sequence(oid(id), ...(isCritical ? [TRUE] : []), der(0x04, value)));
  };
  add('2.5.29.19', true, isAuthority ? sequence(TRUE) : sequence());
  // keyCertSign and cRLSign, or digitalSignature.
  add('2.5.29.15', true, der(0x03, Buffer.from(isAuthority ? [1, 0x06] : [7, 0x80])));
  if (!isAuthority) add('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1')));
  if (hosts.length > 0)
    add('2.5.29.17', false, sequence(...hosts.map((host) => der(0x82, Buffer.from(host)))));
  if (access.length > 0) {
    const ways = { ocsp: '1.3.6.1.5.5.7.48.1', issuer: '1.3.6.1.5.5.7.48.2' };
    add(
      '1.3.6.1.5.5.7.1.1',
      false,
      sequence(...access.map(([way, at]) => sequence(oid(ways[way]), url(at)))),
    );
  }
  if (revoked !== undefined)
    add('2.5.29.31', false, sequence(sequence(explicit(0, explicit(0, url(revoked))))));
  return found;
}

function nameOf({ organisation, common }: Name): Buffer {
  const attribute = (id: string, text: string): Buffer =>
    der(0x31, sequence(oid(id), der(0x0c, Buffer.from(text))));
  return sequence(
    ...(organisation === undefined ? [] : [attribute('2.5.4.10', organisation)]),
    attribute('2.5.4.3', common),
  );
}

const TRUE = Buffer.from([0x01, 0x01, 0xff]);

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const all = Buffer.concat(content);
  const size = all.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), all]);
}

const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);
const explicit = (number: number, content: Buffer): Buffer => der(0xa0 + number, content);
const bits = (content: Buffer): Buffer => der(0x03, Buffer.from([0]), content);

/** @param value from 0 to 65,535 */
function integer(value: number): Buffer {
  return der(0x02, Buffer.from(value < 0x80 ? [value] : [0, value >> 8, value & 0xff]));
}

/** UTCTime, whole seconds. @unit ms since 1970 */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return der(0x17, Buffer.from(digits.slice(2)));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = rest.flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}
