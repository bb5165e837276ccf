import { expect, test } from 'vitest';
import { fileOf } from './file-of.ts';

test.each([
  ['harbor.example', 'harbor.example'],
  ['con.example', '~con.example'],
  ['lpt1.co.uk', '~lpt1.co.uk'],
  ['console.example', 'console.example'],
  ['com.example', 'com.example'],
])('the files of %s are %s', (name, file) => {
  expect(fileOf(name)).toBe(file);
});

test('the files of long names are short, and those of each its own', () => {
  const names = ['a', 'b'].map(
    (last) => `${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.${'w'.repeat(30)}.${last}example`,
  );
  const files = names.map(fileOf);
  expect(new Set(files).size).toBe(2);
  for (const file of files) expect(file.length).toBeLessThan(210);
});
