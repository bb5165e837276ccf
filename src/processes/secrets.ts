import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { KeelsonError } from '../errors.ts';

/** More than this is no secret but a mistake. @unit bytes */
const MOST_BYTES = 65_536;

/**
 * What `env:NAME` or `file:PATH` of a plan or a contract hold, without a line’s end after it.
 *
 * @param folder of that file: paths are taken from there
 * @throws KeelsonError `secret-missing`
 */
export function secretAt(where: string, folder: string): string {
  const rest = where.slice(where.indexOf(':') + 1);
  const found = where.startsWith('env:') ? process.env[rest] : readSecret(resolve(folder, rest), where);
  if (found === undefined || found.trim() === '')
    throw new KeelsonError('secret-missing', `Expected a secret at ${where}, found none.`, {
      hint: where.startsWith('env:') ? `Set ${rest} in the environment.` : 'Write it into that file.',
    });
  return found.trim();
}

function readSecret(path: string, where: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length <= MOST_BYTES) return text;
  } catch (cause) {
    throw new KeelsonError('secret-missing', `Expected a secret at ${where}, and it cannot be read.`, {
      hint: 'The file must be there, and readable by whom this runs as.',
      cause,
    });
  }
  throw new KeelsonError(
    'secret-missing',
    `Expected a secret at ${where}, found more than ${MOST_BYTES} bytes.`,
  );
}
