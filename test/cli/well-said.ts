import { expect } from 'vitest';
import { secondsOf } from '../pace.ts';
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

/** What a function gives, and what it has taken. @unit seconds */
export function timed<T extends object>(read: () => T): T & { readonly seconds: number } {
  let result: T | undefined;
  const seconds = secondsOf(() => {
    result = read();
  });
  return { ...(result as T), seconds };
}
