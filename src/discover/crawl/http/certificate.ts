import type { X509Certificate } from 'node:crypto';
import { printable } from '../../../printable.ts';
import type { Certificate } from '../crawl.ts';
import { DER, derValues, type DerValue } from './der.ts';
import { hostName } from '../hosts.ts';

/**
 * What a certificate says of who has signed it and for whom. Undefined where its days cannot be read.
 * @param isTrusted by the authorities that are trusted, and for the host
 * @param mostNames of those that it is for. @unit names
 */
export function readCertificate(
  certificate: X509Certificate,
  isTrusted: boolean,
  mostNames: number,
): Certificate | undefined {
  const from = dayOf(certificate.validFrom);
  const until = dayOf(certificate.validTo);
  if (from === undefined || until === undefined) return undefined;
  const extensions = readExtensions(certificate.raw);
  const issuer = issuerOf(certificate.issuer);
  return {
    ...(issuer.organisation === undefined ? {} : { issuerOrganisation: issuer.organisation }),
    ...(issuer.name === undefined ? {} : { issuerName: issuer.name }),
    names: namesOf(extensions.get(OID.names), mostNames),
    from,
    until,
    isTrusted,
    statusHosts: statusHosts(extensions),
  };
}

/** RFC 5280, sections 4.2.1.6, 4.2.1.13 and 4.2.2.1, as DER has them. */
const OID = { names: '551d11', revocation: '551d1f', authority: '2b06010505070101' } as const;
/** Of GeneralName. */
const DNS_NAME = 0x82;
const URI = 0x86;

function dayOf(text: string): string | undefined {
  const time = Date.parse(text);
  const day = Number.isNaN(time) ? '' : new Date(time).toISOString().slice(0, 10);
  return /^\d{4}-\d\d-\d\d$/.test(day) ? day : undefined;
}

/**
 * Node writes `O=…` and `CN=…`, each on a line of its own, with a backslash before commas and the like (RFC 2253). What has no issuer at
 * all has, against Node's types, no text.
 */
function issuerOf(text: string | undefined): { organisation: string | undefined; name: string | undefined } {
  const said = (key: string): string | undefined => {
    const line = text?.split('\n').find((one) => one.startsWith(`${key}=`));
    return line === undefined
      ? undefined
      : printable(line.slice(key.length + 1, key.length + 257).replaceAll(/\\(.)/g, '$1')).slice(0, 1_024);
  };
  return { organisation: said('O'), name: said('CN') };
}

function namesOf(extension: Buffer | undefined, most: number): string[] {
  const names = sequence(extension)
    .filter(({ tag }) => tag === DNS_NAME)
    .flatMap(({ content }) => nameIn(content.toString('latin1')) ?? []);
  return [...new Set(names)].slice(0, most);
}

/** A host as DNS has it, with what stands for all below it. */
function nameIn(text: string): string | undefined {
  const wildcard = text.startsWith('*.') ? '*.' : '';
  const host = hostName(text.slice(wildcard.length));
  return host === undefined ? undefined : wildcard + host;
}

function statusHosts(extensions: ReadonlyMap<string, Buffer>): string[] {
  const hosts = new Set<string>();
  for (const uri of [
    ...urisIn(sequence(extensions.get(OID.authority)), 2),
    ...urisIn(sequence(extensions.get(OID.revocation)), 5),
  ]) {
    if (hosts.size >= 20) break;
    const url = URL.canParse(uri) ? new URL(uri) : undefined;
    const host = url?.protocol === 'http:' || url?.protocol === 'https:' ? hostName(url.hostname) : undefined;
    if (host !== undefined) hosts.add(host);
  }
  return [...hosts].sort();
}

/** Whatever is a URI, within so many levels. */
function urisIn(values: readonly DerValue[], levels: number): string[] {
  return values.slice(0, 100).flatMap(({ tag, content }) => {
    if (tag === URI) return [content.subarray(0, 2_048).toString('latin1')];
    const isConstructed = (tag & 0x20) !== 0;
    return isConstructed && levels > 0 ? urisIn(derValues(content), levels - 1) : [];
  });
}

function sequence(extension: Buffer | undefined): DerValue[] {
  const [value] = extension === undefined ? [] : derValues(extension);
  return value?.tag === DER.SEQUENCE ? derValues(value.content) : [];
}

/** Their values by object identifier, in hexadecimal. */
function readExtensions(certificate: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const [whole] = derValues(certificate);
  const [signed] = whole === undefined ? [] : derValues(whole.content);
  // extensions [3] EXPLICIT of TBSCertificate (RFC 5280, section 4.1).
  const tagged = signed === undefined ? undefined : derValues(signed.content).find(({ tag }) => tag === 0xa3);
  for (const extension of sequence(tagged?.content)) {
    const parts = derValues(extension.content);
    const [identifier] = parts;
    const value = parts.findLast(({ tag }) => tag === DER.OCTETS);
    if (identifier?.tag === DER.OID && value !== undefined)
      found.set(identifier.content.toString('hex'), value.content);
  }
  return found;
}
