import {
  STATUS_SCHEMA,
  type AlternativeStatus,
  type JourneyStatus,
  type ServiceStatus,
  type Status,
} from '../src/serve/seeing/status.ts';

/** For tests: a gateway with all well. */
export function statusExample(changed: Partial<Status> = {}): Status {
  return {
    schema: STATUS_SCHEMA,
    role: 'gateway',
    plan: { name: 'Harbor Exchange', digest: 'sha256:0123456789abcdef' },
    startedAt: '2026-11-28T08:00:00.000Z',
    now: '2026-11-28T11:20:00.000Z',
    live: true,
    ready: true,
    journeys: [journeyExample()],
    services: [serviceExample()],
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
