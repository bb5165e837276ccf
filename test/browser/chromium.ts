/** A real browser without a screen, by its command line alone. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM_ARGUMENTS, findChromium } from '../../scripts/find-chromium.js';

/** Undefined where there is none. */
export const chromium = findChromium();
/** Where a browser is asked for, tests fail without one; elsewhere they are left out. */
export const isSkipped =
  chromium === undefined && !process.env.CI && process.env.KEELSON_BROWSER !== 'required';
export const whySkipped = isSkipped
  ? ' (skipped: no Chromium on PATH, and the environment names none as CHROMIUM)'
  : '';

export interface Dump {
  /** The document once it has loaded, its scripts run. */
  readonly html: string;
  /** What the page's console has, errors of its scripts among it. */
  readonly said: string;
}

/**
 * Opens a page, and writes it out. Leaves nothing behind: neither processes nor files.
 *
 * @param limitMs then the browser is killed
 */
export async function dumpPage(chromium: string, url: string, limitMs: number): Promise<Dump> {
  const profile = mkdtempSync(join(tmpdir(), 'keelson-browser-'));
  try {
    return await run(chromium, [...optionsOf(profile), url], profile, limitMs);
  } finally {
    // Its processes may still be writing there as they end.
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

function optionsOf(profile: string): string[] {
  return [
    '--headless=new',
    '--dump-dom',
    ...CHROMIUM_ARGUMENTS,
    `--user-data-dir=${profile}`,
    // Errors of the page, among much else.
    '--enable-logging=stderr',
  ];
}

function run(chromium: string, options: readonly string[], home: string, limitMs: number): Promise<Dump> {
  return new Promise((resolve, reject) => {
    const child = spawn(chromium, options, {
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that all its processes can be ended together.
      detached: true,
    });
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // They have all ended.
      }
    };
    let out = '';
    let log = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      end();
    }, limitMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    child.on('exit', end);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (exit) => {
      clearTimeout(timer);
      const said = log.split('\n').filter((line) => line.includes(':CONSOLE'));
      if (late) reject(new Error(`The page did not load within ${limitMs} ms.\n${said.join('\n')}`));
      else if (exit !== 0) reject(new Error(`${chromium} ended with ${exit}.\n${log}`));
      else resolve({ html: out, said: said.join('\n') });
    });
  });
}
