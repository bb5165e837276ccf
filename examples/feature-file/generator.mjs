// Makes the feature file from what a database says of its columns. The numbers and names are invented; the mistake is the real one.
import { renameSync, writeFileSync } from 'node:fs';

const FEATURES = 120;

/** What the database knows of: every column is in the database `default`, and in `r0`, where the shards really have it. */
const columns = ['default', 'r0'].flatMap((database) =>
  Array.from({ length: FEATURES }, (_, i) => ({
    database,
    table: 'http_requests_features',
    name: `feature_${String(i + 1).padStart(3, '0')}`,
    weight: ((i * 37) % 100) / 100,
  })),
);

/**
 * `SELECT name, … FROM system.columns WHERE table = 'http_requests_features'`: nothing says of which database. It went well for as long as
 * whoever asked was allowed to see `default` alone.
 */
function query({ mayRead }) {
  return columns.filter(
    ({ database, table }) => table === 'http_requests_features' && mayRead.includes(database),
  );
}

/** @param how `good`; `doubled`: after the grant, r0 is seen too; `harmful`: as many rows as ever, and every weight wrong */
export function generate(how, version) {
  const rows = query({ mayRead: how === 'doubled' ? ['default', 'r0'] : ['default'] });
  const weightOf = (weight) => (how === 'harmful' ? 1 : weight);
  return JSON.stringify({
    version,
    features: rows.map(({ name, weight }) => ({ name, weight: weightOf(weight) })),
  });
}

/** Under its name only when it is whole. */
export function write(file, text) {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

if (process.argv[1] === import.meta.filename) {
  const [, , file = 'features.json', how = 'good', version = '1'] = process.argv;
  write(file, generate(how, Number(version)));
}
