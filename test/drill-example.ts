import type { Drill, FaultResult, JourneyResult } from '../src/drill/result.ts';
import { hostile } from './hostile.ts';

/* A drill that nobody made: two faults of a small exchange, one as predicted and one not. */

export function journeyResult(name: string, more: Partial<JourneyResult> = {}): JourneyResult {
  return {
    name,
    predicted: [{ fromMs: 0, mode: 'full' }],
    observed: [{ fromMs: 0, mode: 'full' }],
    outcome: 'agrees',
    detectMs: null,
    recoverMs: null,
    requests: { sent: 120, good: 120 },
    exposed: { predicted: false, missing: [] },
    breaches: [],
    ...more,
  };
}

export function faultResult(name: string, more: Partial<FaultResult> = {}): FaultResult {
  return {
    name,
    kind: 'provider',
    same: [],
    as: 'refuse',
    places: [{ address: '127.0.0.1:7201', names: [`${name}/cdn`], stands: [] }],
    injectedAt: '2026-11-22T10:00:00.000Z',
    restoredAt: '2026-11-22T10:02:00.000Z',
    journeys: [],
    steps: [],
    switches: [],
    unforeseen: [],
    writes: [],
    amplification: null,
    outcome: 'agrees',
    ...more,
  };
}

const TRADE = journeyResult('trade', {
  predicted: [
    { fromMs: 0, mode: 'full' },
    { fromMs: 92_000, mode: 'post-only' },
    { fromMs: 125_000, mode: 'full' },
  ],
  observed: [
    { fromMs: 0, mode: 'full' },
    { fromMs: 1_000, mode: 'down' },
    { fromMs: 88_000, mode: 'post-only' },
    { fromMs: 126_000, mode: 'full' },
  ],
  detectMs: 1_000,
  recoverMs: 6_000,
  requests: { sent: 240, good: 160 },
});

const WITHDRAW = journeyResult('withdraw', {
  predicted: [
    { fromMs: 0, mode: 'full' },
    { fromMs: 30_000, mode: 'queued' },
    { fromMs: 125_000, mode: 'full' },
  ],
  outcome: 'wrong',
  requests: { sent: 240, good: 240 },
  breaches: [
    {
      kind: 'differs',
      mode: 'full',
      send: '',
      times: 1,
      firstMs: 34_000,
      says: 'full for 86 s from 34 s on, where queued was predicted.',
    },
    {
      kind: 'lets-through',
      mode: 'queued',
      send: 'POST /withdraw',
      times: 7,
      firstMs: 34_500,
      says: 'It was answered with 200, and queued refuses it.',
    },
    {
      kind: 'twice',
      mode: '',
      send: 'POST /withdraw',
      times: 2,
      firstMs: 0,
      says: '2 writes were done twice.',
    },
  ],
});

export function drillResult(more: Partial<Drill> = {}): Drill {
  return {
    schema: 'keelson.drill/1',
    plan: { name: 'Harbor', file: 'harbor/plan.yaml', digest: 'sha256:0a1b2c', asOf: '2026-11-01' },
    environment: 'sandbox',
    versions: { keelson: '0.9.0', node: '22.11.0', faults: 'keelson 0.9.0' },
    speed: 1,
    startedAt: '2026-11-22T10:00:00.000Z',
    endedAt: '2026-11-22T10:12:30.000Z',
    toleranceMs: 4_000,
    faults: [
      faultResult('cloudflare', {
        same: ['cloudflare/cdn'],
        journeys: [TRADE, WITHDRAW, journeyResult('login'), journeyResult('market-data')],
        switches: [
          { service: 'edge', to: 'fastly', predictedMs: 92_000, observedMs: 88_000, agrees: true },
          { service: 'bot', to: 'own', predictedMs: 30_000, observedMs: null, agrees: false },
        ],
        writes: [
          { journey: 'trade', send: 'POST /order', sent: 60, answered: 40, twice: 0, lost: 0 },
          { journey: 'withdraw', send: 'POST /withdraw', sent: 60, answered: 60, twice: 2, lost: 0 },
        ],
        amplification: 1.4,
        outcome: 'wrong',
      }),
      faultResult('aws@us-east-1', {
        kind: 'region',
        as: 'hang',
        injectedAt: '2026-11-22T10:05:00.000Z',
        restoredAt: '2026-11-22T10:06:00.000Z',
        journeys: ['trade', 'withdraw', 'login', 'market-data'].map((name) => journeyResult(name)),
      }),
    ],
    confusion: [
      { predicted: 'full', observed: 'full', times: 6 },
      { predicted: 'post-only', observed: 'post-only', times: 1 },
      { predicted: 'queued', observed: 'full', times: 1 },
    ],
    blame: [
      {
        edge: 'edge.any[0]',
        file: 'harbor/plan.yaml',
        line: 46,
        column: 7,
        says: 'fastly/bot-management is not in the way.',
        edit: {
          says: 'Leave bot out of what withdraw needs.',
          yaml: 'withdraw:\n  modes:\n    full: {needs: [edge]}\n',
        },
        explains: ['cloudflare: withdraw'],
        asGood: [],
      },
    ],
    leftOut: [
      { name: 'gcp', why: 'it stands at no address' },
      { name: 'azure', why: 'it stands at no address' },
      { name: 'signer + vault', why: 'it takes 90 s, and 20 s of the budget are left' },
    ],
    outcome: 'wrong',
    stopped: null,
    restored: true,
    ...more,
  };
}

/** The same with something hostile in each text, and blame that still explains what it did. */
export function hostileDrill(): Drill {
  const drill = hostile(drillResult());
  const explains = drill.faults.flatMap(({ name, journeys }) =>
    journeys.filter(({ outcome }) => outcome === 'wrong').map((journey) => `${name}: ${journey.name}`),
  );
  return { ...drill, blame: drill.blame.map((one) => ({ ...one, explains, asGood: [] })) };
}
