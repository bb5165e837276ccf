import type { Drill } from '../../src/drill/result.ts';

/** A drill of one fault of a minute, whose journey was to be in a lower mode. */
export function drillOf({ outcome = 'agrees' }: { readonly outcome?: Drill['outcome'] }): Drill {
  const isWrong = outcome === 'wrong';
  const predicted = [{ fromMs: 0, mode: 'cancel-only' }];
  return {
    schema: 'keelson.drill/1',
    plan: { name: 'Harbor', file: 'plan.yaml', digest: 'sha256:00', asOf: '2026-11-01' },
    environment: 'sandbox',
    versions: { keelson: '1.0.0', node: '22.0.0', faults: 'keelson faults 1.0.0' },
    speed: 1,
    startedAt: '2026-11-18T11:20:00.000Z',
    endedAt: '2026-11-18T11:21:00.000Z',
    toleranceMs: 1_000,
    faults: [
      {
        name: 'site-a',
        kind: 'part',
        same: [],
        as: 'refuse',
        places: [{ address: '127.0.0.1:7151', names: ['site-a'], stands: [] }],
        injectedAt: '2026-11-18T11:20:10.000Z',
        restoredAt: '2026-11-18T11:20:20.000Z',
        journeys: [
          {
            name: 'trade',
            predicted,
            observed: isWrong ? [{ fromMs: 0, mode: 'down' }] : predicted,
            outcome: isWrong ? 'wrong' : 'agrees',
            detectMs: 200,
            recoverMs: 500,
            requests: { sent: 20, good: isWrong ? 0 : 20 },
            exposed: { predicted: false, missing: [] },
            breaches: [],
          },
        ],
        steps: [],
        switches: [],
        unforeseen: [],
        writes: [],
        amplification: null,
        outcome: isWrong ? 'wrong' : outcome === 'stopped' ? 'stopped' : 'agrees',
      },
    ],
    confusion: [],
    blame: [],
    leftOut: [],
    outcome,
    stopped: null,
    restored: true,
  };
}
