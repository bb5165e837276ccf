import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fingerprints } from '../../discover/index.ts';
import { KeelsonError } from '../../errors.ts';
import type { Environment } from '../command.ts';

/** The fingerprints that were made ready when Keelson was built. */
export function builtFingerprints({ root }: Pick<Environment, 'root'>): Fingerprints {
  try {
    // Made and checked by the build of this very version.
    return JSON.parse(readFileSync(join(root, 'dist', 'fingerprints.json'), 'utf8')) as Fingerprints;
  } catch (cause) {
    throw new KeelsonError(
      'fingerprints-missing',
      'The fingerprints that come with Keelson cannot be read.',
      {
        hint: 'Build them: npm run build',
        cause,
      },
    );
  }
}
