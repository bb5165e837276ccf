import {
  STATUS_SCHEMA,
  type AlternativeStatus,
  type JourneyStatus,
  type PoolNodeStatus,
  type PoolStatus,
  type ServiceStatus,
  type Status,
} from '../src/serve/seeing/status.ts';

/** For tests: a gateway with all well. */
export function statusExample(changed: Partial<Status> = {}): Status {
  return {
    schema: STATUS_SCHEMA,
    offered: null,
    role: 'gateway',
    plan: { name: 'Harbor Exchange', digest: 'sha256:0123456789abcdef' },
    startedAt: '2026-11-28T08:00:00.000Z',
    now: '2026-11-28T11:20:00.000Z',
    live: true,
    ready: true,
    journeys: [journeyExample()],
    services: [serviceExample()],
    pools: [],
    findings: [],
    history: [],
    ...changed,
  };
}

export function journeyExample(changed: Partial<JourneyStatus> = {}): JourneyStatus {
  return {
    name: 'trade',
    tier: 'core',
    mode: 'full',
    modes: ['full', 'post-only', 'cancel-only', 'static'],
    level: 1,
    since: '2026-11-28T08:00:00.000Z',
    why: [],
    held: null,
    exposed: [],
    requests: { served: 120_431, refused: 0, failed: 2 },
    ...changed,
  };
}

export function serviceExample(changed: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    name: 'order-book',
    kind: 'any',
    inUse: 'site-virginia',
    since: '2026-11-28T08:00:00.000Z',
    waiting: null,
    alternatives: [alternativeExample(), alternativeExample({ name: 'site-frankfurt', traffic: null })],
    steering: null,
    ...changed,
  };
}

export function alternativeExample(changed: Partial<AlternativeStatus> = {}): AlternativeStatus {
  return {
    name: 'site-virginia',
    url: 'http://127.0.0.1:9001',
    level: 1,
    probe: { ok: true, at: '2026-11-28T11:19:58.000Z', ms: 4, why: null },
    traffic: { level: 0.999, requests: 4210 },
    protections: ['waf', 'ddos'],
    inFlight: 3,
    part: null,
    drained: false,
    ...changed,
  };
}

export function poolExample(changed: Partial<PoolStatus> = {}): PoolStatus {
  return {
    name: 'chain-reads',
    chain: 1,
    verify: 'quorum',
    votes: 2,
    trusted: null,
    head: {
      number: 24_018_202,
      hash: `0x${'a1'.repeat(32)}`,
      since: '2026-11-28T11:19:56.000Z',
      ageSeconds: 4,
      isFresh: true,
      isStalled: false,
    },
    safe: 24_018_170,
    finalized: 24_018_138,
    nodes: [
      poolNodeExample(),
      poolNodeExample({ name: 'alchemy', latencyMs: 41, calls: 3100 }),
      poolNodeExample({ name: 'own-reth', latencyMs: 2.4, calls: 9214 }),
    ],
    reads: { answered: 10_412, kept: 6_120, joined: 230, own: 88, refused: 2, failed: 0 },
    sends: { sent: 31, refused: 1, unknown: 0, nobody: 0, unreadable: 0 },
    reorganisations: { count: 2, deepest: 1 },
    subscriptions: 3,
    cacheBytes: 1_204_000,
    ...changed,
  };
}

export function poolNodeExample(changed: Partial<PoolNodeStatus> = {}): PoolNodeStatus {
  return {
    name: 'infura',
    state: 'in use',
    until: null,
    chain: 1,
    isMember: true,
    head: { number: 24_018_202, hash: `0x${'a1'.repeat(32)}`, at: '2026-11-28T11:19:59.000Z' },
    behind: 0,
    branch: 'same',
    level: 1,
    latencyMs: 38,
    calls: 4210,
    requests: 3900,
    budgetLeft: null,
    failures: {},
    lastFailure: null,
    dissents: 0,
    lastDissent: null,
    socket: 'open',
    ...changed,
  };
}
