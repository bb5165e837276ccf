import { X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { KeelsonError } from '../../../errors.ts';

/** Trust in those that Node trusts, and in others. @param authorities PEM @throws KeelsonError `authority-unusable` */
export function trustIn(authorities: string | undefined): SecureContext | undefined {
  if (authorities === undefined) return undefined;
  if (trusted?.authorities === authorities) return trusted.context;
  try {
    new X509Certificate(authorities);
    trusted = { authorities, context: createSecureContext({ ca: [...rootCertificates, authorities] }) };
    return trusted.context;
  } catch (cause) {
    throw new KeelsonError(
      'authority-unusable',
      'Expected certificates as PEM to trust, found none that can be read.',
      {
        hint: 'Name a file that begins with -----BEGIN CERTIFICATE-----.',
        cause,
      },
    );
  }
}

/** The last one: reading all roots takes as long as a platform does, and there are thousands. */
let trusted: { readonly authorities: string; readonly context: SecureContext } | undefined;
