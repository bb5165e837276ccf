import { validateHeaderName, validateHeaderValue } from 'node:http';
import { shown } from '../settings/shown.ts';

/** Whether these can be headers at all: none may hold the end of a line. @returns a sentence a mistake */
export function headerMistakes(headers: Readonly<Record<string, string>>): string[] {
  const mistakes: string[] = [];
  for (const [name, value] of Object.entries(headers))
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      if (FRAMES.includes(name.toLowerCase()))
        mistakes.push(`Expected no ${name} among headers: what was sent says it, found ${shown(value)}.`);
    } catch {
      mistakes.push(`Expected names and values that headers may have, found ${shown(`${name}: ${value}`)}.`);
    }
  return mistakes;
}

/** Where a message ends follows from its body. */
const FRAMES = ['content-length', 'transfer-encoding', 'trailer', 'upgrade'];
