// Makes what is generated and committed: docs/plan.schema.json, and the golden texts that test/cli/golden.test.ts
// compares. Needs a build: npm run generate.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const schema = execFileSync(process.execPath, [join(root, 'bin', 'keelson.cjs'), 'schema']);
writeFileSync(join(root, 'docs', 'plan.schema.json'), schema);

execFileSync(
  process.execPath,
  [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', 'test/cli/golden.test.ts'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, KEELSON_GOLDEN: 'write' } },
);
