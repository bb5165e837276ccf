import { expect, test } from 'vitest';
import { hashToView, viewToHash } from './link.ts';
import { viewAfter, type View } from './view.ts';

// As much of a page's data as a link is read against.
const DATA = { plans: [{}, {}], incidents: [{ id: 'cloudflare-2025-11-18' }] } as unknown as Parameters<
  typeof hashToView
>[1];
const FIRST: View = hashToView('', DATA);

test('what is looked at comes back from the link as it was', () => {
  const view: View = {
    plan: 1,
    without: ['cloudflare', 'aws@us-east-1', 'a&b=c#d'],
    changes: ['a second edge, 99 % ready + more'],
    tab: 'loss',
    selected: 'aws/ec2@us-east-1/use1-az4',
    incident: 'cloudflare-2025-11-18',
    at: Date.parse('2025-11-18T12:00:00Z'),
  };
  expect(hashToView(`#${viewToHash(view)}`, DATA)).toEqual(view);
});

test.each([
  'plan=0',
  'plan=3',
  'plan=1.5',
  'plan=-1',
  'view=nowhere',
  'incident=none',
  'at=yesterday',
  '%%%',
  'without=',
  `without=${'x'.repeat(501)}`,
])('nonsense is left out: %s', (hash) => {
  const { at: _, ...view } = hashToView(hash, DATA);
  const { at: __, ...first } = FIRST;
  expect(view).toEqual(first);
});

test('a link never asks for more than a person can have clicked', () => {
  const hash = Array.from({ length: 5000 }, (_, i) => `without=n${i}`).join('&');
  expect(hashToView(hash, DATA).without).toHaveLength(200);
});

test('a page that opens with something failed can be linked healed', () => {
  expect(viewToHash(FIRST)).toBe('');
  expect(viewToHash(FIRST, 'without=cloudflare')).not.toBe('');
  expect(hashToView(viewToHash(FIRST, 'without=cloudflare'), DATA)).toEqual(FIRST);
});

test('failing by hand ends a replay, and a replay heals what was failed by hand', () => {
  const failed = viewAfter(FIRST, { kind: 'toggle', name: 'cloudflare', box: 'cloudflare' });
  expect(failed).toMatchObject({ without: ['cloudflare'], selected: 'cloudflare' });
  const replayed = viewAfter(failed, { kind: 'incident', incident: 'cloudflare-2025-11-18' });
  expect(replayed).toMatchObject({ without: [], incident: 'cloudflare-2025-11-18', at: null });
  expect(viewAfter(replayed, { kind: 'toggle', name: 'aws', box: null })).toMatchObject({
    without: ['aws'],
    incident: null,
  });
  expect(viewAfter(failed, { kind: 'toggle', name: 'cloudflare', box: null }).without).toEqual([]);
});

test('a change that is taken back takes those after it along, since they were tried on it', () => {
  const three = ['a', 'b', 'c'].reduce<View>(
    (view, change) => viewAfter(view, { kind: 'change', change }),
    FIRST,
  );
  expect(three.changes).toEqual(['a', 'b', 'c']);
  expect(viewAfter(three, { kind: 'change', change: 'b' }).changes).toEqual(['a']);
  expect(viewAfter(three, { kind: 'plan', plan: 1 }).changes).toEqual([]);
});
