import { expect } from 'vitest';
import { severityOf, type Problem } from '../../src/problems.ts';

/** Control, bidirectional and other invisible characters, and the one for what could not be read. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\ufffd]/u;

/** `code@line:column` of each problem, sorted. */
export function placesOf(problems: readonly Problem[]): string[] {
  return problems.map(({ code, line, column }) => `${code}@${line}:${column}`).sort();
}

/** What every message owes to who reads it. */
export function expectWellSaid(problems: readonly Problem[]): void {
  for (const { code, severity, message, line, column } of problems) {
    expect(severity).toBe(severityOf(code));
    expect(message).not.toMatch(UNPRINTABLE);
    expect(message).not.toMatch(/\bundefined\b|\[object Object\]/);
    expect(message).toMatch(/[.?]$/);
    expect(message.length).toBeLessThan(1000);
    expect(line > 0 && column > 0).toBe(true);
  }
}

/** What `slowness` takes where bounds of time were set, warm. @unit ms */
const USUAL_MS = 280;
/** A machine that is slower than this is not believed to be. */
const MOST_SLOWNESS = 3;

/**
 * How many times slower this machine is at this moment than where bounds of time were set, by work of the kind that they hold: many small
 * things made, kept and found again. A shared machine becomes twice as slow within minutes.
 *
 * @returns 1 to 3
 */
export function slowness(): number {
  let seconds = 0;
  for (let i = 0; i < 2; i++) ({ seconds } = timed(makeMuch));
  return Math.min(MOST_SLOWNESS, Math.max(1, (1_000 * seconds) / USUAL_MS));
}

function makeMuch(): { readonly kept: ReadonlyMap<string, object> } {
  const kept = new Map<string, { readonly name: string; readonly parts: readonly number[] }>();
  for (let i = 0; i < 200_000; i++) kept.set(`name ${i}`, { name: `${i}`, parts: [i] });
  return { kept };
}

/** Holds a time to a bound, on a machine that is as fast as usual. @unit seconds */
export function expectWithin(seconds: number, most: number): void {
  // Measured only where it matters: most are far within.
  if (seconds >= most) expect(seconds / slowness()).toBeLessThan(most);
}

/** What a function gives and the lesser of time on the clock and on the processor, so that a busy machine does no harm. @unit seconds */
export function timed<T extends object>(read: () => T): T & { readonly seconds: number } {
  const processor = process.cpuUsage();
  const begin = performance.now();
  const result = read();
  const { user, system } = process.cpuUsage(processor);
  return { ...result, seconds: Math.min((performance.now() - begin) / 1000, (user + system) / 1e6) };
}
