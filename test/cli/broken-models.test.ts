import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { expectWithin } from '../pace.ts';
import { parseModel, type ParsedModel, type ReadOptions } from '../../src/openpsa/read.ts';
import { severityOf, type ProblemCode } from '../../src/problems.ts';
import { MODEL_CODES } from './model-codes.ts';
import { expectWellSaid, placesOf, timed } from './well-said.ts';

const folder = fileURLToPath(new URL('broken-models/', import.meta.url));
const names = readdirSync(folder).sort();

type Timed = ParsedModel & { readonly seconds: number };

function read(text: string, options: Partial<ReadOptions> = {}): Timed {
  return timed(() => parseModel(text, { file: 'plant.xml', ...options }));
}

/** What a file promises in its first comment, sorted. */
function promised(name: string): string[] {
  const found = /<!-- expect: (.*?) -->/.exec(readFileSync(join(folder, name), 'utf8'))?.[1] ?? '';
  return found.split(' ').sort();
}

/** What holds for every text, whatever was read. */
function expectDecent({ tree, problems, seconds }: Timed, text: string): void {
  expectWithin(seconds, 2);
  expect(tree === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
  expect(problems.length).toBeLessThanOrEqual(141);
  expectWellSaid(problems);
  const lines = text.split(/\r\n|\r|\n/);
  for (const { line, column } of problems) {
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
  }
}

describe('a broken model', () => {
  it('is one of many', () => {
    expect(names.length).toBeGreaterThanOrEqual(160);
  });

  it.each(names)('%s is refused or warned of for exactly what is wrong, where it is wrong', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const parsed = read(text, { file: join(folder, name) });
    expect(placesOf(parsed.problems)).toEqual(promised(name));
    expectDecent(parsed, text);
    for (const { file } of parsed.problems) expect(file).toBe(join(folder, name));
  });

  it('promises an error, but for those that are named as warned of', () => {
    for (const name of names) {
      const codes = promised(name).map((one) => one.split('@')[0] as ProblemCode);
      const isRefused = codes.some((code) => severityOf(code) === 'error');
      expect([name, isRefused]).toEqual([name, !name.startsWith('warned-')]);
    }
  });

  it('meets every code of models somewhere', () => {
    const met = new Set(names.flatMap(promised).map((one) => one.split('@')[0]));
    // Roots are chosen on the command line: see below.
    expect(MODEL_CODES.filter((code) => !met.has(code))).toEqual(['unknown-root']);
  });

  it('says ten different problems at once, in the order of the file', () => {
    const { problems } = read(readFileSync(join(folder, 'ten-different-problems.xml'), 'utf8'));
    expect(new Set(problems.map(({ code }) => code)).size).toBe(10);
    const lines = problems.map(({ line }) => line);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
  });

  it.each([
    ['connective-misspelt', 'Did you mean "and"?'],
    ['atleast-of-fewer', 'Asks for 3 of 2.'],
    ['cycle-of-three', 'Gates use each other in a circle: a → b → c → a.'],
    ['parameter-cycle', 'Parameters use each other in a circle: rate → other → rate.'],
    ['reference-of-another-kind', 'Expected a gate, but "pump" is a basic-event.'],
    ['gate-twice', 'A gate "top" stands in line 4 already.'],
    ['xml-closed-in-the-wrong-order', '"not" is open, and "or" is closed.'],
    ['xml-entity-of-html', '"&nbsp;" stands for nothing: no entities are declared.'],
    ['xml-escape-byte', 'This is not XML: disallowed character.'],
    ['probability-above-1', 'Expected a probability from 0 to 1, found 1.0000001.'],
    ['periodic-test-of-6', 'Expected 4, 5 or 11 expressions in <periodic-test>, found 6.'],
    ['ccf-with-a-level-left-out', 'Expected level 2, found 3'],
  ])('%s: says what was expected, what was found or what to do', (name, words) => {
    const { problems } = read(readFileSync(join(folder, `${name}.xml`), 'utf8'));
    expect(problems[0]?.message).toContain(words);
  });

  it('is not a model that was asked for a root that it has not', () => {
    const text = GOOD;
    const parsed = read(text, { roots: ['tpo', 'plant.lft.g', 'p'] });
    expectDecent(parsed, text);
    expect(parsed.problems.map(({ message }) => message)).toEqual([
      '"tpo" is not a gate of this model. Did you mean "top"?',
      '"plant.lft.g" is not a gate of this model. Did you mean "plant.left.g"?',
      '"p" is not a gate of this model.',
    ]);
    expect(read(text, { roots: ['top', 'plant.left.g'] }).tree?.roots.map(({ name }) => name)).toEqual([
      'top',
      'plant.left.g',
    ]);
  });
});

/** Uses much of the format, a line each. */
const GOOD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE opsa-mef>
<opsa-mef name="plant">
  <label>A plant</label>
  <define-fault-tree name="plant">
    <define-gate name="top"><or><gate name="half"/><gate name="left.g"/><event name="w"/></or></define-gate>
    <define-gate name="half"><atleast min="2"><basic-event name="p"/><basic-event name="q"/><not><event name="r" type="basic-event"/></not></atleast></define-gate>
    <define-component name="left" role="private">
      <define-gate name="g"><label>Left &amp; right</label><xor><basic-event name="a"/><basic-event name="b"/></xor></define-gate>
    </define-component>
  </define-fault-tree>
  <define-CCF-group name="ab" model="MGL">
    <members><basic-event name="a"/><basic-event name="b"/></members>
    <distribution><exponential><parameter name="lambda"/><system-mission-time/></exponential></distribution>
    <factors><factor level="2"><float value="0.1"/></factor></factors>
  </define-CCF-group>
  <model-data>
    <define-basic-event name="p"><attributes><attribute name="k" value="v"/></attributes><float value="1e-3"/></define-basic-event>
    <define-basic-event name="q"/>
    <define-basic-event name="r"><ite><gt><parameter name="lambda"/><int value="0"/></gt><float value="0.2"/><float value="0.3"/></ite></define-basic-event>
    <define-house-event name="w"><constant value="false"/></define-house-event>
    <define-parameter name="lambda" unit="hours-1"><lognormal-deviate><float value="1e-6"/><float value="3"/><float value="0.95"/></lognormal-deviate></define-parameter>
  </model-data>
</opsa-mef>
`;

describe('a good model', () => {
  it('is not broken before it is changed', () => {
    const { tree, problems } = read(GOOD);
    expect(problems).toEqual([]);
    expect(tree?.roots.map(({ name }) => name)).toEqual(['top']);
    expect(tree?.events.map(({ name }) => name).sort()).toEqual(['[a b]', '[a]', '[b]', 'p', 'q', 'r']);
  });

  const end = GOOD.indexOf('</opsa-mef>') + '</opsa-mef>'.length;
  const cuts = Array.from({ length: Math.ceil(end / 13) }, (_, i) => i * 13);
  it.each(cuts)('cut off after %i characters is refused at its place', (at) => {
    const text = GOOD.slice(0, at);
    const parsed = read(text);
    expectDecent(parsed, text);
    expect(parsed.tree).toBeUndefined();
    expect(parsed.problems.map(({ code }) => code)).toEqual([
      text.trim() === '' ? 'empty-document' : 'xml-syntax',
    ]);
  });

  const tags = [...GOOD.matchAll(/<\/?[a-zA-Z][^>]*>/g)].map(({ 0: tag, index }) => ({ tag, index }));
  it.each(tags)('without the tag at $index, $tag, is never misread', ({ tag, index }) => {
    const text = GOOD.slice(0, index) + GOOD.slice(index + tag.length);
    const parsed = read(text);
    expectDecent(parsed, text);
    if (!tag.endsWith('/>')) expect(parsed.problems[0]?.code).toBe('xml-syntax');
  });

  it.each(tags)('with the tag at $index, $tag, doubled is never misread', ({ tag, index }) => {
    const text = GOOD.slice(0, index) + tag + GOOD.slice(index);
    const parsed = read(text);
    expectDecent(parsed, text);
    if (!tag.endsWith('/>')) expect(parsed.problems[0]?.code).toBe('xml-syntax');
  });

  const values = [...GOOD.matchAll(/ ([a-z]+)="([^"]*)"/g)].map((found) => ({
    attribute: found[0],
    index: found.index,
  }));
  it.each(values)('without the attribute at $index, $attribute, is never misread', ({ attribute, index }) => {
    const text = GOOD.slice(0, index) + GOOD.slice(index + attribute.length);
    expectDecent(read(text), text);
  });

  const disturbed = Array.from({ length: Math.ceil(end / 7) }, (_, i) => i * 7);
  it('with any byte turned into another is never misread', () => {
    for (const at of disturbed)
      for (const byte of ['\0', '<', '>', '&', '"', 'x', '\ud800', '\u202e']) {
        const text = GOOD.slice(0, at) + byte + GOOD.slice(at + 1);
        expectDecent(read(text), text);
        if (byte === '\0') expect(read(text).problems[0]?.code).toBe('xml-syntax');
      }
  });
});

const MANY = 1_000_000;
const DEEP = 100_000;
const around = (inner: string, data = ''): string =>
  `<opsa-mef><define-fault-tree name="f">${inner}</define-fault-tree><model-data><define-basic-event name="e"><float value="0.1"/></define-basic-event>${data}</model-data></opsa-mef>`;
const gate = (name: string, formula: string): string =>
  `<define-gate name="${name}">${formula}</define-gate>`;
const E = '<basic-event name="e"/>';

function times(count: number, make: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => make(i)).join('');
}

describe('a model made to be heavy', () => {
  it.each<[name: string, code: ProblemCode, make: () => string]>([
    ['1,000,000 tags opened', 'nesting-too-deep', () => '<a>'.repeat(MANY)],
    ['1,000,000 tags opened and closed', 'nesting-too-deep', () => '<a>'.repeat(MANY) + '</a>'.repeat(MANY)],
    ['1,000,000 tags closed', 'xml-syntax', () => '</a>'.repeat(MANY)],
    [
      '1,000,000 negations',
      'nesting-too-deep',
      () => around(gate('g', '<not>'.repeat(MANY) + E + '</not>'.repeat(MANY))),
    ],
    [
      '1,000,000 negated numbers',
      'nesting-too-deep',
      () =>
        around(
          gate('g', E),
          `<define-parameter name="p">${'<neg>'.repeat(MANY)}<pi/>${'</neg>'.repeat(MANY)}</define-parameter>`,
        ),
    ],
    ['1,000,000 components', 'nesting-too-deep', () => around('<define-component name="c">'.repeat(MANY))],
    ['1,000,000 less-than signs', 'xml-syntax', () => '<'.repeat(MANY)],
    ['1,000,000 ampersands', 'xml-syntax', () => `<opsa-mef>${'&'.repeat(MANY)}`],
    ['an entity of 1,000,000 letters', 'xml-syntax', () => `<opsa-mef>&${'a'.repeat(MANY)};</opsa-mef>`],
    ['a comment that does not end', 'xml-syntax', () => `<opsa-mef><!--${' -'.repeat(MANY)}`],
    ['a name of 1,000,000 letters', 'wrong-type', () => `<${'a'.repeat(MANY)}/>`],
    [
      'an attribute of 1,000,000 letters',
      'undefined-event',
      () => around(gate('g', `<gate name="${'a'.repeat(MANY)}"/>`)),
    ],
    [
      '100,000 attributes of one name',
      'xml-syntax',
      () => `<opsa-mef ${times(DEEP, () => 'a="1" ')}></opsa-mef>`,
    ],
    ['1,000,000 NUL bytes', 'xml-syntax', () => '\0'.repeat(MANY)],
    ['1,000,000 line ends', 'empty-document', () => '\n'.repeat(MANY)],
    [
      'a billion laughs',
      'doctype-refused',
      () =>
        `<!DOCTYPE a [<!ENTITY l0 "ha">${times(30, (i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`)}]><opsa-mef>&l30;</opsa-mef>`,
    ],
    [
      'one large entity, many times',
      'doctype-refused',
      () => `<!DOCTYPE a [<!ENTITY x "${'x'.repeat(DEEP)}">]><opsa-mef>${'&x;'.repeat(DEEP)}</opsa-mef>`,
    ],
    [
      'a document type that does not end',
      'xml-syntax',
      () => `<!DOCTYPE a [${'<!ENTITY a "b">'.repeat(DEEP)}`,
    ],
    [
      'a circle of 100,000 gates',
      'definition-cycle',
      () => around(times(DEEP, (i) => gate(`g${i}`, `<gate name="g${(i + 1) % DEEP}"/>`))),
    ],
    [
      '100,000 circles on one path',
      'definition-cycle',
      () =>
        around(
          gate('g0', E) +
            times(DEEP, (i) => gate(`g${i + 1}`, `<or><gate name="g${i}"/><gate name="g${i + 2}"/></or>`)) +
            gate(`g${DEEP + 1}`, E),
        ),
    ],
    [
      'a circle of 100,000 parameters',
      'definition-cycle',
      () =>
        around(
          gate('g', E),
          times(
            DEEP,
            (i) => `<define-parameter name="p${i}"><parameter name="p${(i + 1) % DEEP}"/></define-parameter>`,
          ),
        ),
    ],
    [
      '100,000 unknown gates',
      'undefined-event',
      () => around(gate('g', `<or>${times(DEEP, (i) => `<gate name="gate${i}"/>`)}</or>`)),
    ],
    [
      '50,000 unknown gates among 50,000',
      'undefined-event',
      () => around(times(DEEP / 2, (i) => gate(`gate${i}`, `<gate name="gaet${i}"/>`))),
    ],
    ['100,000 gates of one name', 'defined-twice', () => around(times(DEEP, () => gate('g', E)))],
    [
      '50,000 of 100,000',
      'expansion-too-large',
      () => around(gate('g', `<atleast min="${DEEP / 2}">${E.repeat(DEEP)}</atleast>`)),
    ],
    [
      'thresholds that are too many together',
      'expansion-too-large',
      () => around(times(1000, (i) => gate(`g${i}`, `<atleast min="50">${E.repeat(100)}</atleast>`))),
    ],
    [
      'the exclusive or of 500,000',
      'expansion-too-large',
      () => around(gate('g', `<xor>${E.repeat(500_000)}</xor>`)),
    ],
    [
      'a common cause of 1,000 members at 1,000 levels',
      'expansion-too-large',
      () =>
        `<opsa-mef><define-CCF-group name="c" model="phi-factor"><members>${times(1000, (i) => `<basic-event name="m${i}"/>`)}</members><distribution><float value="0.1"/></distribution><factors>${'<factor><float value="0.001"/></factor>'.repeat(1000)}</factors></define-CCF-group><define-fault-tree name="f">${gate('g', '<basic-event name="m0"/>')}</define-fault-tree></opsa-mef>`,
    ],
    [
      'a sum of 200,000 terms',
      'out-of-range',
      () =>
        around(
          gate('g', E),
          `<define-basic-event name="s"><add>${'<pi/>'.repeat(200_000)}</add></define-basic-event>`,
        ),
    ],
    ['100,000 unknown elements', 'unknown-element', () => around('<define-thing/>'.repeat(DEEP))],
    ['100,000 includes', 'include-refused', () => around('<include file="x"/>'.repeat(DEEP))],
  ])('%s: is refused', (_, code, make) => {
    const text = make();
    const parsed = read(text);
    expectDecent(parsed, text);
    expect(parsed.problems.map((one) => one.code)).toContain(code);
  });

  it.each<[name: string, make: () => string]>([
    [
      'a chain of 100,000 gates, the last first',
      () =>
        around(gate('g0', E) + times(DEEP, (i) => gate(`g${i + 1}`, `<and><gate name="g${i}"/>${E}</and>`))),
    ],
    [
      'a chain of 100,000 gates, the first first',
      () => around(times(DEEP, (i) => gate(`g${i}`, `<gate name="g${i + 1}"/>`)) + gate(`g${DEEP}`, E)),
    ],
    [
      'a chain of 100,000 parameters',
      () =>
        around(
          gate('g', '<basic-event name="s"/>'),
          `${times(DEEP, (i) => `<define-parameter name="p${i}"><parameter name="p${i + 1}"/></define-parameter>`)}<define-parameter name="p${DEEP}"><float value="0.5"/></define-parameter><define-basic-event name="s"><parameter name="p0"/></define-basic-event>`,
        ),
    ],
    ['an or of 200,000', () => around(gate('g', `<or>${E.repeat(200_000)}</or>`))],
    ['500 of 1,500', () => around(gate('g', `<atleast min="500">${E.repeat(1500)}</atleast>`))],
    ['998 negations', () => around(gate('g', '<not>'.repeat(996) + E + '</not>'.repeat(996)))],
    [
      '990 numbers negated in each other',
      () =>
        around(
          gate('g', E),
          `<define-parameter name="p">${'<neg>'.repeat(990)}<pi/>${'</neg>'.repeat(990)}</define-parameter>`,
        ),
    ],
  ])('%s: is not wrong, and is read', (_, make) => {
    const text = make();
    const parsed = read(text);
    expect(parsed.problems).toEqual([]);
    expectDecent(parsed, text);
  });
});
