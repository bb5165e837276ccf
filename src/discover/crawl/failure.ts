import { printable } from '../../printable.ts';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EPIPE: 'the connection was closed',
  HPE_HEADER_OVERFLOW: 'the headers are larger than what is read',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it has signed its certificate itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not trusted',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for other names',
};

/** What has failed, in a few words. Printable. */
export function describeFailure(error: unknown): string {
  const code = codeOf(error);
  const known = WORDS[code];
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return 'the answer is not HTTP';
  if (code.startsWith('Z_') || code.startsWith('ERR_BROTLI') || code.startsWith('ERR__ERROR_FORMAT'))
    return 'the body is not compressed as it says';
  return printable(code === '' ? 'the connection failed' : code).slice(0, 80);
}

/** `code` of an error; an error that is a text is its code. */
export function codeOf(error: unknown): string {
  if (typeof error === 'string') return error;
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
