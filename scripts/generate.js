// Makes what is generated and committed: docs/plan.schema.json, docs/contract.schema.json, docs/hindcast.md, the golden texts that test/cli/golden.test.ts
// compares, docs/discover-precision.md, of what test/e2e/discover-platforms.test.ts finds, and of imports the table of docs/import.md and
// examples/import/plan.yaml. Needs a build: npm run generate.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hindcastOf } from './hindcast.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const schema = execFileSync(process.execPath, [join(root, 'bin', 'keelson.cjs'), 'schema']);
writeFileSync(join(root, 'docs', 'plan.schema.json'), schema);
const contract = execFileSync(process.execPath, [join(root, 'bin', 'keelson.cjs'), 'guard', 'schema']);
writeFileSync(join(root, 'docs', 'contract.schema.json'), contract);

const { hindcastMarkdown } = await import(pathToFileURL(join(root, 'dist', 'reporters', 'hindcast.js')).href);
writeFileSync(join(root, 'docs', 'hindcast.md'), hindcastMarkdown(await hindcastOf(root)));

execFileSync(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    'test/cli/golden.test.ts',
    'src/discover/imports/accuracy.test.ts',
    'src/discover/imports/join.test.ts',
    'test/e2e/discover-platforms.test.ts',
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, KEELSON_GOLDEN: 'write' } },
);
