import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIssuers, sitesOf, type Fixture, type Issuer } from './discovered-world-fixtures.ts';
import { makeX509, type CertificateRequest, type Name } from './discovered-world-x509.ts';

/**
 * Makes a certificate for every host of the fixtures: `HOST.pem` with the intermediate that signed it, and one `key.pem` for all. The
 * intermediates carry the organisations of public authorities, and one local root has signed them.
 *
 * @returns the root: PEM
 */
export function makeCertificates(fixtures: readonly Fixture[], folder: string): string {
  const [root, middle, leaf] = [newKey(), newKey(), newKey()];
  writeFileSync(join(folder, 'key.pem'), leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  let serial = 1;
  const byRoot = { issuer: ROOT, issuerKey: root.privateKey, isAuthority: true };
  const rootText = makeX509({ ...byRoot, serial, subject: ROOT, publicKey: root.publicKey });
  const authorities = new Map(
    Object.entries(readIssuers()).map(([name, issuer]) => {
      const subject: Name = { organisation: issuer.organisation, common: issuer.name };
      const text = makeX509({ ...byRoot, serial: ++serial, subject, publicKey: middle.publicKey });
      return [name, { subject, text, issuer }];
    }),
  );
  for (const { hosts, issuer } of leaves(fixtures)) {
    const authority = authorities.get(issuer);
    if (authority === undefined) throw new Error(`Expected an issuer of certificates, found ${issuer}.`);
    const text = makeX509({
      serial: ++serial,
      subject: { common: hosts[0] ?? '' },
      publicKey: leaf.publicKey,
      issuer: authority.subject,
      issuerKey: middle.privateKey,
      isAuthority: false,
      hosts,
      ...statusOf(authority.issuer),
    });
    for (const host of hosts) writeFileSync(join(folder, `${host}.pem`), text + authority.text);
  }
  return rootText;
}

const ROOT: Name = { common: 'Local root' };

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Hosts of one platform with one authority share a certificate, as they would behind one edge. */
function leaves(fixtures: readonly Fixture[]): { issuer: string; hosts: string[] }[] {
  return fixtures.flatMap((fixture) => {
    const byIssuer = new Map<string, string[]>();
    for (const [host, { issuer }] of sitesOf(fixture))
      byIssuer.set(issuer, [...(byIssuer.get(issuer) ?? []), host]);
    return [...byIssuer].map(([issuer, hosts]) => ({ issuer, hosts }));
  });
}

function statusOf({ ocsp, crl, issuer }: Issuer): Pick<CertificateRequest, 'access' | 'revoked'> {
  return {
    access: [
      ...(ocsp === undefined ? [] : [['ocsp', `http://${ocsp}`] as const]),
      ...(issuer === undefined ? [] : [['issuer', `http://${issuer}/issuer.crt`] as const]),
    ],
    ...(crl === undefined ? {} : { revoked: `http://${crl}/list.crl` }),
  };
}
