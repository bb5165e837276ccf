import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Recent } from './recent.ts';

fc.configureGlobal({ seed: 1 });

test('what is used stays while much else passes through', () => {
  const recent = new Recent<number>(10, 1000);
  recent.set('kept', 1, 1);
  for (let i = 0; i < 1000; i++) {
    recent.set(`other ${i}`, i, 1);
    if (i % 4 === 0) expect(recent.get('kept')).toBe(1);
  }
  expect(recent.get('other 0')).toBeUndefined();
});

test('what is too heavy is forgotten first, and weight is given back', () => {
  const recent = new Recent<number>(100, 100);
  for (let i = 0; i < 1000; i++) recent.set('same', i, 30);
  for (let i = 0; i < 10; i++) recent.set(`other ${i}`, i, 30);
  expect(recent.size).toBe(2);
  expect(recent.get('other 9')).toBe(9);
});

test('never holds more than it may, and never another’s value', () => {
  const step = fc.tuple(
    fc.constantFrom('set', 'get', 'delete'),
    fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b') }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const recent = new Recent<string>(8, 40);
      for (const [what, text] of steps) {
        if (what === 'set') recent.set(text, text, text.length);
        else if (what === 'delete') recent.delete(text);
        else expect([text, undefined]).toContain(recent.get(text));
        if (what === 'delete') expect(recent.get(text)).toBeUndefined();
        expect(recent.size).toBeLessThanOrEqual(8);
      }
    }),
  );
});
