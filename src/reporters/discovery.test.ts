import { expect, test } from 'vitest';
import type { Discovery } from '../discover/index.ts';
import { discoveryText } from './discovery.ts';

test('of a platform of which nothing is known it counts no providers', () => {
  const nothing: Discovery = {
    schema: 'keelson.discovery/1',
    domains: ['quay.test'],
    at: '2026-11-20T12:00:00Z',
    dependences: [],
    contradictions: [],
    unknown: [],
    reading: [{ code: 'nothing-found', severity: 'warning', message: 'Nothing.', about: ['quay.test'] }],
    troubles: [],
    draft: {
      name: 'quay.test',
      kind: 'other',
      asOf: '2026-11-20',
      comments: [],
      journeys: [],
      services: [],
      providers: [],
    },
  };
  expect(discoveryText(nothing)).toBe(
    'quay.test: nothing known was seen from outside on 2026-11-20\n\n  Reading\n  ! Nothing.',
  );
});
