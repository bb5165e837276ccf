import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchFiles, type WatchedFiles } from './watch-files.ts';

let folder: string;
let file: string;
let watched: WatchedFiles;
let told: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watched-'));
  file = join(folder, 'plan.yaml');
  writeFileSync(file, 'first');
  told = 0;
  watched = watchFiles([file], {}, () => told++);
});

afterEach(() => {
  watched.end();
  rmSync(folder, { recursive: true });
});

test('what a file holds is a change, and touching it is none', async () => {
  writeFileSync(file, 'first');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(told).toBe(0);
  writeFileSync(file, 'second');
  await expect.poll(() => told).toBe(1);
});

test('who has read what was written meanwhile is told when the file goes back', async () => {
  writeFileSync(file, '');
  expect(watched.read(file).text).toBe('');
  writeFileSync(file, 'first');
  await expect.poll(() => told).toBe(1);
  expect(watched.read(file).text).toBe('first');
});

test('a file that is gone is read as that, and its coming back is a change', async () => {
  rmSync(file);
  expect(watched.read(file).problem?.code).toBe('file-unreadable');
  writeFileSync(file, 'first');
  await expect.poll(() => told).toBe(1);
});
