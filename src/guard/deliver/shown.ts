import { printable } from '../../printable.ts';

/** @unit characters */
const MOST = 300;

/** What a program or a server has said, fit for a line of a log: printable, and not long. */
export function shown(text: string): string {
  const line = printable(text.trim());
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line;
}

/** Why the system refused, in its own word. */
export function systemSays(error: unknown): string {
  if (!(error instanceof Error)) return 'an error';
  return 'code' in error ? String(error.code) : shown(error.message);
}
