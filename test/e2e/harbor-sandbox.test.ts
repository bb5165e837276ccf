/** What a newcomer sees first: 18 November 2025 happens to Harbor, faster here and only its first quarter of an hour. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { root } from '../cli/keelson.ts';

const LATE = { timeout: 100_000, interval: 50 };
const WORDS = ['--free-ports', '--speed', '100', '--to', '2025-11-18T11:43:00Z'];
const started: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

interface Sandbox {
  /** All that it has said. */
  readonly said: () => string;
  /** What it keeps on disk. */
  readonly left: () => readonly string[];
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Whether anybody listens at an address that it has said. */
  readonly isUp: (pattern: RegExp) => Promise<boolean>;
}

function startSandbox(...more: readonly string[]): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
  started.push(() => rmSync(folder, { recursive: true, force: true }));
  const child = spawn(process.execPath, [join(root, 'examples/harbor/sandbox.mjs'), ...WORDS, ...more], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  started.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return {
    said: () => said,
    left: () => readdirSync(folder),
    child,
    ended,
    isUp: (pattern) =>
      fetch(pattern.exec(said)?.[1] ?? '').then(
        () => true,
        () => false,
      ),
  };
}

const DOOR = /users come in +(http:\S+)/;
const STATUS = /status page, live +(http:\S+)/;

test('the outage is told as it goes, with what users had and what one edge would have meant', {
  timeout: 150_000,
}, async () => {
  const sandbox = startSandbox('--keep');
  await expect.poll(sandbox.said, LATE).toContain('Harbor stays up');
  const said = sandbox.said();
  expect(said).toMatch(/11:28 {2}Cloudflare fails\n/);
  expect(said).toMatch(/\d\d:\d\d {2}the edge is switched: users are at Fastly\n/);
  expect(said).toMatch(/11:38 {2}Cloudflare fails\n/);
  expect(said).toMatch(/11:43 {2}Cloudflare is well again\n/);
  expect(said).toMatch(/\d\d:\d\d {2}the edge is switched: users are at Cloudflare\n/);
  expect(said).toMatch(
    /login +down 5 h 38 m +down 2 m 30 s, lower modes 5 h 50 m +(down \d|lower modes|first mode)/,
  );
  // Whether all came when it was to is for drills that have the machine to themselves.
  expect(said).toMatch(/\n1 fault[,:]/);
  expect(said).toContain('Everything that was put was taken away.');
  expect(await sandbox.isUp(DOOR)).toBe(true);
  expect(await sandbox.isUp(STATUS)).toBe(true);
  sandbox.child.kill('SIGINT');
  expect(await sandbox.ended).toBe(130);
  expect(await sandbox.isUp(DOOR)).toBe(false);
  expect(sandbox.left()).toEqual([]);
});

test('Ctrl-C ends all of it in the middle of the outage', { timeout: 150_000 }, async () => {
  const sandbox = startSandbox();
  await expect.poll(sandbox.said, LATE).toContain('Cloudflare fails');
  sandbox.child.kill('SIGINT');
  expect(await sandbox.ended).toBe(130);
  expect(await sandbox.isUp(DOOR)).toBe(false);
  expect(await sandbox.isUp(STATUS)).toBe(false);
  expect(sandbox.left()).toEqual([]);
});
