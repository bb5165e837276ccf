/** What a drill cannot do as it was told is said, and never taken for an answer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { keelson } from './keelson.ts';

const folder = mkdtempSync(join(tmpdir(), 'keelson-wanted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function planFile(): string {
  const file = join(folder, 'plan.yaml');
  const text = `keelson: 1
platform: {name: Half, asOf: 2026-11-01}
catalog: none
journeys:
  trade:
    match: [{path: /api/**, to: book}]
    try: [{send: GET /api/1}]
    modes: {full: {needs: book}}
services:
  book: {outages: none, any: [sealed, open], failover: {detect: 1s}}
  sealed: {url: "https://127.0.0.1:17443"}
  open: {url: "http://[::1]:17002"}
drill: {environment: sandbox}
`;
  writeFileSync(file, text);
  return file;
}

test('what is encrypted is not said to answer with 503', () => {
  const file = planFile();
  const asked = (...words: string[]) => keelson(['drill', file, '--dry-run', '--json', ...words]);
  const all = JSON.parse(asked('--as', 'error').out);
  expect(all.faults.map(({ name }: { name: string }) => name)).toEqual(['open']);
  expect(all.leftOut).toContainEqual({
    name: 'sealed',
    why: 'what goes there is not known to be plain HTTP: it cannot be answered with 503',
  });
  expect(asked('--as', 'error', '--only', 'sealed')).toMatchObject({ exit: 2, out: '' });
  expect(asked('--as', 'hang', '--only', 'sealed').exit).toBe(0);
});
