/** The example tells the story with true figures: it is run as it is shipped, and its figures are held to the story. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bin } from '../cli/keelson.ts';

const run = promisify(execFile);
const example = join(bin, '..', '..', 'examples', 'feature-file', 'run.mjs');

interface Told {
  readonly served: number;
  readonly blocked: number;
  readonly failed: number;
  readonly crashes: number;
}

function toldIn(part: string): Told {
  const found = /(\d+) served, (\d+) blocked, (\d+) failed; edges crashed (\d+) times/.exec(part);
  const [served = Number.NaN, blocked = Number.NaN, failed = Number.NaN, crashes = Number.NaN] = (found ?? [])
    .slice(1)
    .map(Number);
  return { served, blocked, failed, crashes };
}

test('without the guard all edges are down; with it nobody notices; what fits and harms reaches one edge, and not for long', async () => {
  const { stdout } = await run(process.execPath, [example], { timeout: 55_000 });
  if (process.env.KEELSON_SAY !== undefined) console.log(stdout);
  const [, first = '', second = '', third = ''] = stdout.split(/^\d {2}/m);
  const down = toldIn(first);
  expect(down.failed).toBeGreaterThan(down.served / 2);
  expect(down.crashes).toBeGreaterThanOrEqual(4);
  expect(second).toContain('refused: Expected at most 200 rows, found 240.');
  expect(toldIn(second)).toMatchObject({ blocked: 0, failed: 0, crashes: 0 });
  expect(toldIn(second).served).toBeGreaterThan(50);
  expect(third).toContain('refused: health failed while it was on a target');
  expect(third).toContain('every edge has version 2');
  expect(toldIn(third)).toMatchObject({ failed: 0, crashes: 0 });
  const [, seconds] = /taken back ([\d.]+) s after its first harm/.exec(third) ?? [];
  expect(Number(seconds)).toBeLessThan(5);
  expect(third).toMatch(/of those blocked, \d+ at edge-1, 0 at the other three/);
});
