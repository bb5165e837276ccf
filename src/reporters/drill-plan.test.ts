import { describe, expect, test } from 'vitest';
import { drillResult } from '../../test/drill-example.ts';
import { hostile } from '../../test/hostile.ts';
import { drillPlanText, type PlannedDrill } from './index.ts';
import { widthOf } from './table.ts';

function planned(): PlannedDrill {
  const { plan, environment, toleranceMs, faults, leftOut } = drillResult();
  return {
    plan,
    environment,
    speed: 60,
    toleranceMs,
    faults: faults.map((fault) => ({ ...fault, lastsMs: 120_000, takesMs: 150_000 })),
    leftOut,
    totalMs: 300_000,
  };
}

describe('what a drill would do', () => {
  test('is how much and for how long, then fault by fault, then the command that does it', () => {
    expect(`${drillPlanText(planned())}\n`).toBe(`\
2 faults would be put, one after the other, in 5 m. Nothing has been touched.

  Harbor, sandbox: 4 s of tolerance, 60 times as fast as the plan.

  1  cloudflare, a whole provider
     fails      127.0.0.1:7201 (cloudflare/cdn): refuses connections and cuts those that are open
     same as    cloudflare/cdn
     predicted  trade: post-only within 1 m 32 s
                withdraw: queued within 30 s
                login, market-data: full throughout
     switches   edge to fastly within 1 m 32 s
                bot to own within 30 s
     takes      2 m 30 s, 2 m of it failed

  2  aws@us-east-1, a whole region
     fails      127.0.0.1:7201 (aws@us-east-1/cdn): accepts connections and never answers
     predicted  trade, withdraw, login, market-data: full throughout
     takes      2 m 30 s, 2 m of it failed

  Not drilled
    gcp, azure: it stands at no address
    signer + vault: it takes 90 s, and 20 s of the budget are left

  Do it:
    keelson drill harbor/plan.yaml
`);
  });

  test('offers no command where there is nothing to drill', () => {
    const text = drillPlanText({ ...planned(), faults: [], totalMs: 0 });
    expect(text.split('\n')[0]).toBe('0 faults would be put. Nothing has been touched.');
    expect(text).not.toContain('keelson drill');
  });

  test('holds no control character, bidi mark or line end of a name, and fits', () => {
    const text = drillPlanText(hostile(planned()), { width: 160 });
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text.split('\n').some((line) => line.startsWith('# z'))).toBe(false);
    for (const line of text.split('\n').filter((one) => !one.startsWith('    keelson')))
      expect([line, widthOf(line) <= 100]).toEqual([line, true]);
  });

  test('means the same without colour', () => {
    const coloured = drillPlanText(planned(), { colour: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with an escape.
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(drillPlanText(planned()));
  });
});
