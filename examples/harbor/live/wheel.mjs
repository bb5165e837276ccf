#!/usr/bin/env node
// What moves Harbor's users, in place of a DNS zone: a file says at which edge they arrive. With a name, moves them; without, says where they are.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(process.env.HARBOR_FOLDER ?? '.', 'edge');
const [to] = process.argv.slice(2);
if (to === undefined) process.stdout.write(readFileSync(file, 'utf8'));
else {
  writeFileSync(`${file}.new`, to);
  renameSync(`${file}.new`, file);
}
