import { describe, expect, test } from 'vitest';
import { changesOf } from './status-changes.ts';
import {
  alternativeExample,
  journeyExample,
  serviceExample,
  statusExample,
} from '../../../test/status-example.ts';
import type { AlternativeStatus, JourneyStatus, ServiceStatus, Status } from './status.ts';

const NOW = '2026-11-28T11:21:00.000Z';

function words(before: Partial<Status>, after: Partial<Status>): string[] {
  const changes = changesOf(statusExample(before), statusExample({ now: NOW, ...after }));
  for (const { at } of changes) expect(at).toBe(NOW);
  return changes.map(({ kind, words: said }) => `${kind}: ${said}`);
}

const journeys = (was: Partial<JourneyStatus>, is: Partial<JourneyStatus>): string[] =>
  words({ journeys: [journeyExample(was)] }, { journeys: [journeyExample(is)] });
const services = (was: Partial<ServiceStatus>, is: Partial<ServiceStatus>): string[] =>
  words({ services: [serviceExample(was)] }, { services: [serviceExample(is)] });
const alternatives = (was: Partial<AlternativeStatus>, is: Partial<AlternativeStatus>): string[] =>
  services({ alternatives: [alternativeExample(was)] }, { alternatives: [alternativeExample(is)] });

describe('a journey', () => {
  test('that steps down says to what, from what and why', () => {
    expect(journeys({}, { mode: 'post-only', why: ['order-book is at 60 %.', 'quotes are stale.'] })).toEqual(
      ['mode: trade is in post-only, from full: order-book is at 60 %; quotes are stale.'],
    );
    expect(journeys({}, { mode: null, why: ['edge does not work.'] })).toEqual([
      'mode: trade is down, from full: edge does not work.',
    ]);
  });

  test('that comes back says no more', () => {
    expect(journeys({ mode: null, why: ['edge does not work.'] }, {})).toEqual([
      'mode: trade is in full, from down.',
    ]);
  });

  test('whose lever is held, and released', () => {
    const held = {
      mode: 'cancel-only',
      pinned: true,
      reason: 'Rehearsal.',
      by: 'ada',
      until: '2026-11-28T12:00:00.000Z',
    };
    expect(journeys({}, { held })).toEqual([
      'lever: trade is pinned to cancel-only by ada, until 2026-11-28T12:00:00.000Z: Rehearsal.',
    ]);
    expect(journeys({ held }, { held: { ...held, pinned: false, until: null } })).toEqual([
      'lever: trade is held to cancel-only at best by ada, until it is released: Rehearsal.',
    ]);
    expect(journeys({ held }, { held: { ...held } })).toEqual([]);
    expect(journeys({ held }, {})).toEqual(['lever: trade is released.']);
  });

  test('that is exposed, and protected again', () => {
    expect(journeys({}, { exposed: ['waf', 'bot'] })).toEqual(['exposed: trade is served without waf, bot.']);
    expect(journeys({ exposed: ['waf'] }, {})).toEqual(['exposed: trade is protected again.']);
  });

  test('that is only counted is none', () => {
    expect(journeys({}, { level: 0.97, requests: { served: 9, refused: 9, failed: 9 } })).toEqual([]);
  });
});

describe('a service', () => {
  test('that uses another alternative', () => {
    expect(services({}, { inUse: 'site-frankfurt' })).toEqual([
      'service: order-book uses site-frankfurt, from site-virginia.',
    ]);
    expect(services({}, { inUse: null })).toEqual(['service: order-book uses nothing, from site-virginia.']);
  });

  test('that waits for a person says so once', () => {
    const waiting = { kind: 'approval', since: NOW, words: 'site-frankfurt needs a person.' } as const;
    expect(services({}, { waiting })).toEqual(['waiting: order-book waits: site-frankfurt needs a person.']);
    expect(services({ waiting }, { waiting: { ...waiting, words: 'still' } })).toEqual([]);
    expect(services({ waiting }, {})).toEqual([]);
  });

  test('whose alternative stops answering, and answers again', () => {
    const bad = { ok: false, at: NOW, ms: 1000, why: 'No answer within 1 s.' };
    expect(alternatives({}, { probe: bad })).toEqual([
      'probe: order-book: site-virginia does not answer: No answer within 1 s.',
    ]);
    expect(alternatives({ probe: bad }, {})).toEqual(['probe: order-book: site-virginia answers again.']);
    expect(alternatives({ probe: null }, {})).toEqual([]);
  });

  test('that cannot be steered', () => {
    const ok = { ok: true, why: null, inForce: 'cloudflare', checkedAt: NOW };
    expect(
      services({ steering: ok }, { steering: { ...ok, ok: false, why: 'The primary refuses the key.' } }),
    ).toEqual(['steering: order-book cannot be steered: The primary refuses the key.']);
    expect(services({ steering: { ...ok, ok: false } }, { steering: ok })).toEqual([
      'steering: order-book can be steered.',
    ]);
  });
});

test('findings that are new, the plan and whether requests are taken', () => {
  const finding = {
    severity: 'warning',
    code: 'ttl',
    message: 'The TTL is longer than the plan allows.',
  } as const;
  expect(words({}, { findings: [finding] })).toEqual(['finding: The TTL is longer than the plan allows.']);
  expect(words({ findings: [finding] }, { findings: [{ ...finding }] })).toEqual([]);
  expect(words({}, { ready: false })).toEqual(['ready: It is being stopped.']);
  expect(words({}, { plan: { name: 'Harbour', digest: 'sha256:fedcba98' } })).toEqual([
    'plan: The plan is now Harbour (fedcba98).',
  ]);
});

test('what was not there before, and what has gone, is compared with nothing', () => {
  expect(words({ journeys: [], services: [] }, {})).toEqual([]);
  expect(words({}, { journeys: [], services: [] })).toEqual([]);
});
