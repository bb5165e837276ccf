import { describe, expect, test } from 'vitest';
import { FALSE, FormulaStore, TRUE } from '../diagram/index.ts';
import { writeModel, type WrittenEvent, type WrittenRoot } from './write.ts';

const event = (name: string, probability: number | null = 0.5): WrittenEvent => ({
  name,
  label: null,
  probability,
});

function write(
  store: FormulaStore,
  roots: readonly WrittenRoot[],
  events: readonly WrittenEvent[] = ['a', 'b', 'c'].map((name) => event(name)),
): string {
  return writeModel({ name: 'm', store, roots, events });
}

test('a small model, whole', () => {
  const store = new FormulaStore();
  const [a, b, c] = [store.variable(0), store.variable(1), store.variable(2)];
  const shared = store.or([b, store.not(c)]);
  const xml = writeModel({
    name: 'Small plant',
    label: 'Small plant',
    attributes: { 'as-of': '2026-11-01', without: '' },
    store,
    roots: [
      { name: 'pump:down', label: 'pump is down', formula: store.and([a, shared]) },
      { name: 'valve', formula: shared },
    ],
    events: [
      { name: 'x/a', label: 'x/a', probability: 0.1, attributes: { basis: 'plan' } },
      event('b', 1e-7),
      event('c', null),
      event('unused'),
    ],
  });
  expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<opsa-mef name="Small_plant">
  <label>Small plant</label>
  <attributes>
    <attribute name="as-of" value="2026-11-01"/>
  </attributes>
  <define-fault-tree name="Small_plant">
    <define-gate name="pump_down">
      <label>pump is down</label>
      <gate name="gate-1"/>
    </define-gate>
    <define-gate name="valve">
      <gate name="gate-2"/>
    </define-gate>
    <define-gate name="gate-1">
      <and>
        <basic-event name="x_a"/>
        <gate name="gate-2"/>
      </and>
    </define-gate>
    <define-gate name="gate-2">
      <or>
        <basic-event name="b"/>
        <gate name="gate-3"/>
      </or>
    </define-gate>
    <define-gate name="gate-3">
      <not>
        <basic-event name="c"/>
      </not>
    </define-gate>
  </define-fault-tree>
  <model-data>
    <define-basic-event name="x_a">
      <label>x/a</label>
      <attributes>
        <attribute name="basis" value="plan"/>
      </attributes>
      <float value="0.1"/>
    </define-basic-event>
    <define-basic-event name="b">
      <float value="1e-7"/>
    </define-basic-event>
    <define-basic-event name="c">
    </define-basic-event>
  </model-data>
</opsa-mef>`);
});

describe('a root', () => {
  test('that is a constant or a single event is a gate of it', () => {
    const store = new FormulaStore();
    const xml = write(store, [
      { name: 'never', formula: FALSE },
      { name: 'always', formula: TRUE },
      { name: 'bare', formula: store.variable(1) },
    ]);
    expect(xml.replace(/\n\s*/g, '')).toContain(
      [
        '<define-gate name="never"><constant value="false"/></define-gate>',
        '<define-gate name="always"><constant value="true"/></define-gate>',
        '<define-gate name="bare"><basic-event name="b"/></define-gate></define-fault-tree>',
        '<model-data><define-basic-event name="b"><float value="0.5"/></define-basic-event></model-data>',
      ].join(''),
    );
  });

  test('below another root, or the same as one, is still a gate that no other uses', () => {
    const store = new FormulaStore();
    const inner = store.and([store.variable(0), store.variable(1)]);
    const roots = [
      { name: 'outer', formula: store.or([inner, store.variable(2)]) },
      { name: 'inner', formula: inner },
      { name: 'again', formula: inner },
    ];
    const xml = write(store, roots);
    expect(xml.match(/<define-gate name="[^"]*"/g)).toHaveLength(5);
    for (const { name } of roots) expect(xml).not.toContain(`<gate name="${name}"/>`);
  });

  test('may be none: then nothing is defined', () => {
    expect(write(new FormulaStore(), [])).not.toMatch(/define-(gate|basic)/);
  });
});

describe('names', () => {
  test('of gates and events are legal and never the same', () => {
    const store = new FormulaStore();
    const names = ['gate-1', 'GATE-2', 'a', 'a b', 'a/b', '--', '1', '交', 'x"><constant value="true"/>'];
    const formula = store.and(names.map((_, i) => store.variable(i)));
    const xml = write(
      store,
      [
        { name: 'a', formula },
        { name: 'A', formula: store.not(formula) },
      ],
      names.map((name) => event(name)),
    );
    const defined = [...xml.matchAll(/<define-(?:gate|basic-event) name="([^"]*)"/g)].map(
      ([, name = '']) => name,
    );
    expect(defined).toHaveLength(names.length + 4);
    for (const name of defined) expect(name).toMatch(/^[A-Za-z_]\w*(?:-\w+)*$/);
    expect(new Set(defined.map((name) => name.toLowerCase())).size).toBe(defined.length);
    for (const [, name] of xml.matchAll(/<(?:gate|basic-event) name="([^"]*)"/g))
      expect(defined).toContain(name);
  });
});

describe('texts', () => {
  const store = new FormulaStore();
  const labelled = (text: string): string =>
    writeModel({
      name: text,
      label: text,
      attributes: { says: text },
      store,
      roots: [{ name: text, label: text, formula: store.variable(0) }],
      events: [{ name: text, label: text, probability: 1, attributes: { says: text } }],
    });

  test.each([
    ['markup', `<a href="x">&amp; ]]> 'y' --><!-- -- ?>`],
    ['controls', 'a\u0000b\tc\nd\re\u001bf\u007f\u0085'],
    ['what XML cannot carry', 'a\ud800b\udc00c\ufffed\uffff'],
    ['what misleads a reader', 'a\u202eb\u200bc\u2028d'],
  ])('with %s are carried, and nothing of them is markup', (_, text) => {
    const xml = labelled(text);
    const innocent = labelled('a');
    const shape = (of: string): string => of.replace(/>[^<>\n]+</g, '><').replace(/"[^"]*"/g, '""');
    expect(shape(xml)).toBe(shape(innocent));
    expect(xml).not.toMatch(/[^\P{Cc}\n]|\p{Cs}|[\ufffe\uffff\u202e\u200b\u2028]/u);
    expect(xml.match(/&(?!(?:amp|lt|gt|quot|apos);)/g)).toBeNull();
  });

  test('that can be seen stay as they are', () => {
    expect(labelled('交易所 Börse ✓ 😀')).toContain('<label>交易所 Börse ✓ 😀</label>');
  });

  test.each(['', ' ', '\u00a0 '])(
    'that are blank (%j) are left out: the schema wants one that says something',
    (text) => {
      expect(labelled(text)).not.toMatch(/label|attribute/);
    },
  );
});

describe('probabilities', () => {
  test.each([0.1 + 0.2, 1 / 3, 5e-324, 1 - 2 ** -53, 1e-7, 0, 1])(
    '%d reads back as the same double',
    (value) => {
      const store = new FormulaStore();
      const xml = write(store, [{ name: 'r', formula: store.variable(0) }], [event('a', value)]);
      expect(Number(/<float value="([^"]+)"/.exec(xml)?.[1])).toBe(value);
    },
  );

  test.each([-0.1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is refused', (value) => {
    const store = new FormulaStore();
    expect(() => write(store, [{ name: 'r', formula: store.variable(0) }], [event('a', value)])).toThrow(
      new RangeError(`Expected a probability within 0 and 1 for a, found ${value}.`),
    );
  });

  test('of a variable that is no event cannot be written', () => {
    const store = new FormulaStore();
    expect(() => write(store, [{ name: 'r', formula: store.variable(7) }])).toThrow(
      new RangeError('There is no event 7.'),
    );
  });
});

test('a chain of 100,000 gates is written, each gate once and before those it uses', () => {
  const store = new FormulaStore();
  const depth = 100_000;
  let formula = store.variable(0);
  const events: WrittenEvent[] = [event('e')];
  for (let i = 1; i <= depth; i++) {
    const next = store.variable(i % 50);
    formula = i % 2 === 0 ? store.and([formula, next]) : store.or([formula, store.not(next)]);
    if (i < 50) events.push(event(`e${i}`));
  }
  const xml = write(
    store,
    [
      { name: 'first', formula },
      { name: 'second', formula },
    ],
    events,
  );
  const defined = new Map(
    [...xml.matchAll(/<define-gate name="([^"]*)"/g)].map(([, name = ''], i) => [name, i]),
  );
  expect(defined.size).toBe(depth + 25 + 2);
  expect(xml.match(/<define-gate /g)).toHaveLength(defined.size);
  let above = -1;
  let wrong = 0;
  for (const [, defines, uses] of xml.matchAll(/<(?:define-gate name="([^"]*)"|gate name="([^"]*)")/g))
    if (defines !== undefined) above = defined.get(defines) ?? -1;
    else if (!((defined.get(uses ?? '') ?? -1) > above)) wrong++;
  expect(wrong).toBe(0);
});

test('the same values give the same bytes', () => {
  const make = (): string => {
    const store = new FormulaStore();
    const parts = Array.from({ length: 20 }, (_, i) => store.or([store.variable(i), store.variable(i + 1)]));
    const events = Array.from({ length: 21 }, (_, i) => event(`e${i}`, i / 21));
    return write(store, [{ name: 'r', formula: store.and(parts) }], events);
  };
  expect(make()).toBe(make());
});
