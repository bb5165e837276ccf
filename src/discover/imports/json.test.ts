import { describe, expect, test } from 'vitest';
import { parseJson } from './json.ts';

const placeIn = (text: string): string => {
  const { problem } = parseJson(text, 'a.json');
  return `${problem?.line}:${problem?.column} ${problem?.message.replace(/^.*go on with |\.$/g, '')}`;
};

describe('a file that is no JSON is told where it is not', () => {
  test.each([
    ['# Keelson\n\nA text of some length, so that the engine does not say where it stopped.\n', '1:1 "#"'],
    [`{"a": [1, 2],\n  "b": ${'"x"'.padEnd(40)}\n  oops: 1}`, '3:3 "o"'],
    [`${'[1,\n'.repeat(30)}}`, '31:1 "}"'],
    ['{"a": 1', '1:8 the end of the file'],
    ['{"a": tru', '1:10 the end of the file'],
    ['[1.5.2]'.padStart(50), '1:48 "."'],
  ])('%j', (text, place) => {
    expect(placeIn(text)).toBe(place);
  });
});
