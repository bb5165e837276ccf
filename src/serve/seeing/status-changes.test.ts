import { describe, expect, test } from 'vitest';
import { changesOf } from './status-changes.ts';
import {
  alternativeExample,
  journeyExample,
  poolExample,
  poolNodeExample,
  serviceExample,
  statusExample,
} from '../../../test/status-example.ts';
import type {
  AlternativeStatus,
  JourneyStatus,
  PoolNodeStatus,
  PoolStatus,
  ServiceStatus,
  Status,
} from './status.ts';

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

describe('a pool of nodes', () => {
  const pools = (was: Partial<PoolStatus>, is: Partial<PoolStatus>): string[] =>
    words({ pools: [poolExample(was)] }, { pools: [poolExample(is)] });
  const nodes = (was: Partial<PoolNodeStatus>, is: Partial<PoolNodeStatus>): string[] =>
    pools({ nodes: [poolNodeExample(was)] }, { nodes: [poolNodeExample(is)] });
  const HEAD = poolExample().head;
  const LIED = {
    dissents: 1,
    lastDissent: { at: NOW, method: 'eth_getBalance', why: 'alchemy and own-reth say otherwise' },
  };

  test('whose head moves, and whose nodes are lagging or silent for a while, is no news', () => {
    expect(HEAD).not.toBeNull();
    if (HEAD !== null) expect(pools({}, { head: { ...HEAD, number: HEAD.number + 1 } })).toEqual([]);
    expect(pools({ head: null }, {})).toEqual([]);
    expect(nodes({}, { state: 'lagging', behind: 9, calls: 9000 })).toEqual([]);
    expect(nodes({}, { state: 'not answering' })).toEqual([]);
  });

  test('whose head is no longer agreed on or stands still is', () => {
    if (HEAD === null) throw new Error('Expected a head.');
    expect(pools({}, { head: { ...HEAD, isFresh: false } })).toEqual([
      'pool: chain-reads: its nodes no longer agree on its head, which was 24018202.',
    ]);
    expect(pools({ head: { ...HEAD, isFresh: false } }, {})).toEqual([
      'pool: chain-reads: its nodes agree on its head again, 24018202.',
    ]);
    expect(pools({}, { head: { ...HEAD, isStalled: true } })).toEqual([
      'pool: chain-reads: its head stands still at 24018202.',
    ]);
    expect(pools({ head: { ...HEAD, isStalled: true } }, {})).toEqual([
      'pool: chain-reads: its head moves again.',
    ]);
  });

  test('names who is put aside, why and until when, and who is back', () => {
    expect(nodes({}, { ...LIED, state: 'put aside', until: '2026-11-28T11:22:00.000Z' })).toEqual([
      'pool: chain-reads: infura is put aside until 11:22:00 UTC: eth_getBalance, alchemy and own-reth say otherwise.',
    ]);
    expect(nodes({ ...LIED, state: 'put aside' }, LIED)).toEqual([
      'pool: chain-reads: infura is no longer put aside: it is in use.',
    ]);
    expect(nodes({}, { state: 'of another chain', chain: 5 })).toEqual([
      'pool: chain-reads: infura is of chain 5, not of 1.',
    ]);
    expect(nodes({}, { state: 'used up', budgetLeft: 0 })).toEqual([
      'pool: chain-reads: infura has had all calls of today.',
    ]);
  });

  test('says of one that cannot be spared that it contradicted, and of the same not every time', () => {
    expect(nodes({}, LIED)).toEqual([
      'pool: chain-reads: infura contradicted the others and is still needed: eth_getBalance, alchemy and own-reth say otherwise.',
    ]);
    const again = (at: string) => ({ dissents: 2, lastDissent: { ...LIED.lastDissent, at } });
    expect(nodes(LIED, again('2026-11-28T11:21:30.000Z'))).toEqual([]);
    expect(nodes(LIED, again('2026-11-28T11:32:00.000Z'))).toHaveLength(1);
  });
});
