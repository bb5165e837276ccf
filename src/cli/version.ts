import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './command.ts';

/** The version of the installed package. */
export function installedVersion({ root }: Pick<Environment, 'root'>): string {
  const text: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return typeof text === 'object' && text !== null && 'version' in text ? String(text.version) : 'unknown';
}
