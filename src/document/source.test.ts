import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument, placeOf, type Node } from './index.ts';

fc.configureGlobal({ seed: 1 });

const codes = (text: string): string[] =>
  parseDocument(text, 'f.yaml').problems.map(({ code, line, column }) => `${code}@${line}:${column}`);

/** A node as plain values: text for a scalar. */
function plain(node: Node | undefined): unknown {
  if (node === undefined) return undefined;
  if (node.kind === 'scalar') return node.text;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
}

describe('a document', () => {
  test('gives its values with the places where they stand', () => {
    const text = 'a: 1\nb:\n  - x\n  - {c: "y z", d: \'w\'}\n';
    const { root, source, problems } = parseDocument(text, 'f.yaml');
    expect(problems).toEqual([]);
    expect(plain(root)).toEqual({ a: '1', b: ['x', { c: 'y z', d: 'w' }] });
    const places: string[] = [];
    const walk = (node: Node | undefined, name: string): void => {
      if (node === undefined) return;
      const { line, column } = placeOf(source, node.at);
      places.push(`${name}@${line}:${column}`);
      if (node.kind === 'list') for (const [i, item] of node.items.entries()) walk(item, `${name}[${i}]`);
      if (node.kind === 'map')
        for (const { key, at, value } of node.entries) {
          const place = placeOf(source, at);
          places.push(`${key}:@${place.line}:${place.column}`);
          walk(value, `${name}.${key}`);
        }
    };
    walk(root, '$');
    expect(places).toEqual([
      '$@1:1',
      'a:@1:1',
      '$.a@1:4',
      'b:@2:1',
      '$.b@3:3',
      '$.b[0]@3:5',
      '$.b[1]@4:5',
      'c:@4:6',
      '$.b[1].c@4:9',
      'd:@4:16',
      '$.b[1].d@4:19',
    ]);
  });

  test('tells what is written in quotes from what is not', () => {
    const { root } = parseDocument('[1, "1", \'1\']', 'f.yaml');
    expect(root?.kind === 'list' && root.items.map((item) => item.kind === 'scalar' && item.plain)).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('puts an empty value where its key stands', () => {
    const { root, source } = parseDocument('a: 1\nkey:\nb: 2\n', 'f.yaml');
    const value = root?.kind === 'map' ? root.entries[1]?.value : undefined;
    expect(value).toMatchObject({ kind: 'scalar', text: '', plain: true });
    expect(placeOf(source, value?.at ?? -1)).toEqual({ file: 'f.yaml', line: 2, column: 1 });
  });

  test('in JSON is what JSON.parse says', () => {
    const asText = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(asText)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asText(one)]))
          : value;
    const word = fc.stringMatching(/^[a-z ]{1,8}$/);
    const value = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        word,
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(word, tie('node'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.constantFrom(0, 2), value, (indent, one) => {
        const { root, problems } = parseDocument(JSON.stringify(one, undefined, indent), 'f.json');
        expect(problems).toEqual([]);
        expect(plain(root)).toEqual(asText(one));
      }),
    );
  });

  test('that is not one, whatever it is, comes back with problems and never as a throw', () => {
    const pieces = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '&x ',
      '*x',
      '!t ',
      '---',
      '|',
      '>',
      '#',
      '?',
      '%',
      '\t',
      '<<',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (some) => {
        const { root, problems } = parseDocument(some.join(''), 'f.yaml');
        expect(root !== undefined || problems.length > 0).toBe(true);
        for (const { line, column } of problems) expect(line > 0 && column > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what a document may not hold is said with its place', () => {
  test.each([
    ['a key twice', 'a: 1\nb: 2\na: 3\n', ['duplicate-key@3:1']],
    ['a key twice in other quotes', 'a: 1\n"a": 3\n', ['duplicate-key@2:1']],
    ['a key twice, deep inside', 'x: [{a: 1, a: 2}]', ['duplicate-key@1:12']],
    ['an alias of nothing', 'a: *x\n', ['alias-unknown@1:5']],
    ['an alias of itself', 'a: &x [*x]\n', ['alias-of-itself@1:9']],
    ['a tag', 'a: !t 1\n', ['tag-not-supported@1:4']],
    ['a second document', 'a: 1\n---\nb: 2\n', ['several-documents@2:1']],
    ['a list as key', '? [a]\n: 1\n', ['key-not-a-name@1:3']],
    ['nothing', '', ['empty-document@1:1']],
    ['a comment alone', '# nothing\n', ['empty-document@1:1']],
  ])('%s', (_, text, wanted) => {
    expect(codes(text)).toEqual(wanted);
  });

  test('unclosed brackets', () => {
    expect(codes('a: [1, 2\n')[0]).toMatch(/^yaml-syntax@/);
  });

  test('more than sixty-four levels, but not fewer', () => {
    const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(codes(nested(60))).toEqual([]);
    expect(codes(nested(70))[0]).toMatch(/^nesting-too-deep@1:/);
  });

  test('at most seventy of them, and how many more there are', () => {
    const said = codes(`${'a: 1\n'.repeat(500)}`);
    expect(said).toHaveLength(71);
    expect(said.at(-1)).toMatch(/^more-problems@/);
  });
});

describe('an alias', () => {
  test('stands for what its anchor holds, as often as it is used', () => {
    const { root, problems } = parseDocument('a: &x {k: 1}\nb: *x\nc: [*x, *x]\n', 'f.yaml');
    expect(problems).toEqual([]);
    expect(plain(root)).toEqual({ a: { k: '1' }, b: { k: '1' }, c: [{ k: '1' }, { k: '1' }] });
  });

  test('stands for the last anchor of its name before it', () => {
    expect(plain(parseDocument('[&x 1, *x, &x 2, *x]', 'f.yaml').root)).toEqual(['1', '1', '2', '2']);
  });

  test('is refused when all of them together stand for more than a million values', () => {
    const lines = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]'];
    for (let i = 1; i < 9; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    const { root, problems } = parseDocument(lines.join('\n'), 'f.yaml');
    expect(root).toBeUndefined();
    expect(problems.map(({ code }) => code)).toEqual(['aliases-too-large']);
  });
});

test('an offset lies in the line whose start is the last before it', () => {
  const source = { file: 'f', lineStarts: [0, 4, 5, 10] };
  expect(
    [0, 3, 4, 5, 9, 10, 99].map((at) => placeOf(source, at)).map(({ line, column }) => [line, column]),
  ).toEqual([
    [1, 1],
    [1, 4],
    [2, 1],
    [3, 1],
    [3, 5],
    [4, 1],
    [4, 90],
  ]);
});
