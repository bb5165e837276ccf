import { randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ids, isInShare, makeTraceparent, parseTraceparent } from './trace.ts';

fc.configureGlobal({ seed: 1 });

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  test('is read as it is written', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      isSampled: true,
    });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-fe`)?.isSampled).toBe(false);
  });

  test('of a later version is read as far as it is known', () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01`)?.traceId).toBe(TRACE);
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes`)?.traceId).toBe(TRACE);
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01.what`)).toBe(undefined);
  });

  test.each([
    undefined,
    '',
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-01\n`,
    ` 00-${TRACE}-${SPAN}-01`,
    `0-${TRACE}-${SPAN}-001`,
    `cc-${TRACE}-${SPAN}-01-${'x'.repeat(10_000)}`,
  ])('that is %j begins a new trace', (header) => {
    expect(parseTraceparent(header)).toBe(undefined);
  });

  test('that came twice is none', () => {
    const header = `00-${TRACE}-${SPAN}-01`;
    expect(parseTraceparent([header, header])).toBe(undefined);
    expect(parseTraceparent(`${header}, ${header}`)).toBe(undefined);
  });

  test('is never wrong about anything at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const parsed = parseTraceparent(text);
        if (parsed !== undefined) expect(text).toContain(`-${parsed.traceId}-${parsed.spanId}-`);
      }),
    );
  });

  test('that is made can be read', () => {
    const context = {
      traceId: TRACE,
      spanId: SPAN,
      parentSpanId: null,
      isParentRemote: false,
      isSampled: true,
    };
    expect(parseTraceparent(makeTraceparent(context))).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      isSampled: true,
    });
  });
});

describe('ids', () => {
  test('have their length, are digits of what is drawn, and are never only zeros', () => {
    const draws = [0, 0xab];
    const ids = new Ids((bytes) => bytes.fill(draws.shift() ?? 1));
    expect(ids.trace()).toBe('ab'.repeat(16));
    expect(ids.span()).toBe('ab'.repeat(8));
  });

  test('are different', () => {
    const ids = new Ids(randomFillSync);
    const drawn = Array.from({ length: 2000 }, () => [ids.trace(), ids.span()]).flat();
    expect(new Set(drawn).size).toBe(4000);
    expect(drawn.every((id) => /^([0-9a-f]{16}){1,2}$/.test(id))).toBe(true);
  });
});

describe('a share', () => {
  test('of traces is kept, the same ones whoever asks, and those of a smaller share are among those of a larger', () => {
    const ids = new Ids(randomFillSync);
    const traces = Array.from({ length: 20_000 }, () => ids.trace());
    const kept = traces.filter((id) => isInShare(id, 0.05));
    expect(kept.length).toBeGreaterThan(800);
    expect(kept.length).toBeLessThan(1200);
    expect(traces.filter((id) => isInShare(id, 0.01)).every((id) => kept.includes(id))).toBe(true);
  });

  test('of none keeps none, of all keeps all', () => {
    for (const id of ['f'.repeat(32), '0'.repeat(31).padEnd(32, '1'), TRACE]) {
      expect(isInShare(id, 0)).toBe(false);
      expect(isInShare(id, 1)).toBe(true);
    }
  });
});
