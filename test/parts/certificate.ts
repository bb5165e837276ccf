import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { makeFolder } from './part.ts';

export interface Certificate {
  /** Of the authority that has signed it: PEM. */
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate for host names and addresses, by an authority of its own; made by openssl. */
export function makeCertificate(...names: readonly [string, ...string[]]): Certificate {
  const folder = makeFolder();
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  try {
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '30',
      '-subj',
      '/CN=authority',
    );
    openssl('req', ...key, '-keyout', 'key', '-out', 'request', '-subj', `/CN=${names[0]}`);
    writeFileSync(
      join(folder, 'names'),
      `subjectAltName=${names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`).join(',')}`,
    );
    const signing = [
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '30',
      '-extfile',
      'names',
    ];
    openssl('x509', '-req', '-in', 'request', '-out', 'cert', ...signing);
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    return { authority: read('ca.pem'), cert: read('cert'), key: read('key') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
