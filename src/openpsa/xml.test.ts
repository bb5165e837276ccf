import { describe, expect, it } from 'vitest';
import { attributeOf, MAX_DEPTH, parseXml, placeOfAttribute, type Element } from './xml.ts';

function rootOf(text: string): Element {
  const { root, problems } = parseXml(text, 'x.xml');
  expect(problems).toEqual([]);
  if (root === undefined) throw new Error('nothing was read');
  return root;
}

describe('an element', () => {
  it('knows its name, its attributes, its children and where it stands', () => {
    const text = '<?xml version="1.0"?>\r\n<!-- a -->\n<a b="1" c=\'2\'\n>\n <d/> <e\r\nf="3"></e></a>\n';
    const root = rootOf(text);
    expect(root).toMatchObject({ name: 'a', at: text.indexOf('<a'), text: '' });
    expect(root.attributes).toEqual(['b', '1', 'c', '2']);
    expect(root.children.map(({ name, at }) => [name, at])).toEqual([
      ['d', text.indexOf('<d')],
      ['e', text.indexOf('<e')],
    ]);
    const [, e] = root.children;
    expect(placeOfAttribute(text, e as Element, 'f')).toBe(text.indexOf('f='));
    expect(placeOfAttribute(text, e as Element, 'g')).toBe(text.indexOf('<e'));
    expect(placeOfAttribute(text, root, 'c')).toBe(text.indexOf('c='));
  });

  it('holds text with entities, character references and CDATA as what they stand for', () => {
    expect(rootOf('<a>x &lt;&amp;&gt;&quot;&apos; &#65;&#x42;<b/><![CDATA[<c>&d;]]></a>').text).toBe(
      'x <&>"\' AB<c>&d;',
    );
    expect(attributeOf(rootOf('<a b="&lt;&#65; c"/>'), 'b')).toBe('<A c');
    expect(rootOf('<größe/>').name).toBe('größe');
  });

  it('has no attributes that are not written', () => {
    const root = rootOf('<a b="1"/>');
    for (const name of ['constructor', 'toString', '__proto__'])
      expect(attributeOf(root, name)).toBeUndefined();
    expect(rootOf('<a __proto__="1" constructor="2"/>').attributes).toEqual([
      '__proto__',
      '1',
      'constructor',
      '2',
    ]);
  });

  it('may follow a document type without declarations, a byte-order mark, comments and instructions', () => {
    expect(rootOf('\ufeff<!DOCTYPE a SYSTEM "a.dtd"><?style x?><!-- c --><a/><!-- d -->').name).toBe('a');
  });

  it('may say ASCII, or what is the same for it, as its encoding', () => {
    expect(rootOf('<?xml version="1.0" encoding="iso-8859-1"?><a/>').name).toBe('a');
    expect(rootOf('<?xml version="1.0" encoding="utf8"?><größe/>').name).toBe('größe');
  });

  it('may stand as deep as is said, and no deeper', () => {
    const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
    expect(rootOf(nested(MAX_DEPTH)).name).toBe('a');
    expect(parseXml(nested(MAX_DEPTH + 1), 'x.xml').problems).toEqual([
      expect.objectContaining({ code: 'nesting-too-deep', line: 1, column: 3 * MAX_DEPTH + 1 }),
    ]);
  });
});
