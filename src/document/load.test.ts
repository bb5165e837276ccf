import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readText } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'keelson-load-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

describe('a file', () => {
  test('is read whole', () => {
    const text = 'é✓\n'.repeat(50_000);
    expect(readText(file('whole', text))).toEqual({ text, name: join(folder, 'whole') });
  });

  test('of exactly as many bytes as allowed is read, of one more refused', () => {
    expect(readText(file('ten', '0123456789'), { maxBytes: 10 }).text).toBe('0123456789');
    expect(readText(file('eleven', '0123456789a'), { maxBytes: 10 }).problem).toMatchObject({
      code: 'file-too-large',
      message: 'The file has 11 bytes, more than the 10 that are read. A larger limit: --max-bytes.',
    });
  });

  test('that is not UTF-8 is refused', () => {
    expect(readText(file('bytes', Uint8Array.of(0x61, 0xff, 0xfe))).problem?.code).toBe('not-text');
  });

  test('that is missing or a folder is refused, with why', () => {
    expect(readText(join(folder, 'missing')).problem?.message).toBe(
      'The file cannot be read: there is no such file.',
    );
    expect(readText(folder).problem?.message).toBe('The file cannot be read: it is a directory.');
  });

  test('without an end is read no further than the limit', () => {
    const { problem } = readText('/dev/zero', { maxBytes: 1000 });
    expect(problem?.code).toBe('file-too-large');
  });
});
