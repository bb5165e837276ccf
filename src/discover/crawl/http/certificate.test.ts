import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { readCertificate } from './certificate.ts';
import { derValues } from './der.ts';

fc.configureGlobal({ seed: 1 });

function make(settings: string, ...more: string[]): X509Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-certificate-'));
  writeFileSync(join(folder, 'settings'), settings);
  const args =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -days 30 -config settings';
  const pem = execFileSync('openssl', [...args.split(' '), ...more], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  rmSync(folder, { recursive: true });
  return new X509Certificate(pem);
}

let certificate: X509Certificate;
beforeAll(() => {
  certificate = make(
    `[req]
distinguished_name = name
prompt = no
x509_extensions = more
[name]
O = Harbor Trust
CN = Harbor R3
[more]
subjectAltName = DNS:Harbor.example, DNS:*.harbor.example, IP:192.0.2.1, DNS:bad_\\ name, DNS:harbor.example
authorityInfoAccess = OCSP;URI:http://ocsp.trust.example/x, caIssuers;URI:http://ca.trust.example/r3.crt, caIssuers;URI:ldap://ldap.trust.example/
crlDistributionPoints = URI:http://crl.trust.example/1.crl, URI:http://10.0.0.1/2.crl
`,
  );
});

test('a certificate says who has signed it, for whom, and where it is checked', () => {
  expect(readCertificate(certificate, true, 100)).toEqual({
    issuerOrganisation: 'Harbor Trust',
    issuerName: 'Harbor R3',
    names: ['harbor.example', '*.harbor.example'],
    from: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    until: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    isTrusted: true,
    statusHosts: ['ca.trust.example', 'crl.trust.example', 'ocsp.trust.example'],
  });
  expect(readCertificate(certificate, false, 1)).toMatchObject({
    names: ['harbor.example'],
    isTrusted: false,
  });
});

const NAMELESS = '[req]\ndistinguished_name = name\nutf8 = yes\nstring_mask = utf8only\n[name]\n';

test('one that nobody has signed by name says so', () => {
  expect(readCertificate(make(NAMELESS, '-subj', '/'), false, 100)).toMatchObject({ names: [] });
});

test('what it says is printable, and its names are as DNS has them', () => {
  const read = readCertificate(
    make(
      `${NAMELESS}[more]\nsubjectAltName = DNS:harbor.example., DNS:*.HARBOR.example\n`,
      '-subj',
      '/O=Har\u202ebor\u009b31m',
      '-extensions',
      'more',
    ),
    false,
    100,
  );
  expect(read?.issuerOrganisation).toMatch(/^[ -~]+$/);
  expect(read?.names).toEqual(['harbor.example', '*.harbor.example']);
});

test('one that was changed on its way is read as far as it can be, and no more', () => {
  const { validFrom, validTo, issuer } = certificate;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }), fc.nat(), (changes, length) => {
      const raw = Buffer.from(certificate.raw);
      for (const [at, octet] of changes) raw[at % raw.length] = octet;
      const changed = { raw: raw.subarray(0, length % (raw.length + 1)), validFrom, validTo, issuer };
      // What is read of a certificate, without the checks of who has made it.
      const read = readCertificate(changed as unknown as X509Certificate, false, 100);
      expect(read?.names.every((name) => /^(?:\*\.)?[a-z0-9._-]+$/.test(name))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['a length without an end', [0x30, 0x80, 1, 1, 1]],
  ['a length beyond the end', [0x30, 0x05, 1]],
  ['a length of four octets', [0x30, 0x84, 0, 0, 0, 1, 1]],
  ['a length that is cut', [0x30, 0x82, 1]],
  ['nothing', []],
])('DER with %s has no values', (_, octets) => {
  expect(derValues(Buffer.from(octets))).toEqual([]);
});
