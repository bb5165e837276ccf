import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../../problems.ts';
import type { Fingerprints, Vendor } from './library.ts';
import { readVendor } from './read.ts';

/** Makes the library of fingerprints from a folder with one YAML file a vendor, `addresses.txt` and `library-defaults.csv`. */
export function loadFingerprints(folder: string): {
  readonly fingerprints: Fingerprints;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const vendors: Vendor[] = [];
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  for (const name of files) {
    const path = join(folder, name);
    const read = readVendor(readFileSync(path, 'utf8'), path);
    problems.push(...read.problems);
    if (read.vendor !== undefined) vendors.push(read.vendor);
  }
  const addresses = readFileSync(join(folder, 'addresses.txt'), 'utf8');
  const defaults = readFileSync(join(folder, 'library-defaults.csv'), 'utf8');
  return { fingerprints: { schema: 'keelson.fingerprints/1', vendors, addresses, defaults }, problems };
}
