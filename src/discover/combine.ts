import type { Draft } from './draft.ts';
import { joinDrafts } from './imports/index.ts';

/**
 * What was seen from outside, and what files say of the same platform, as one draft. Services of one name need what each says. Journeys are those
 * of both: what users come for is seen from outside by parts, and by files from where they come in.
 */
export function combineDrafts(seen: Draft, described: readonly Draft[]): Draft {
  if (described.length === 0) return seen;
  const files = joinDrafts(described);
  // Of a capability that both declare, what was seen has the needs.
  const joined = joinDrafts([files, seen]);
  const names = new Set(seen.journeys.map(({ name }) => name));
  return {
    ...joined,
    name: seen.name,
    kind: seen.kind === 'other' ? joined.kind : seen.kind,
    comments: [...seen.comments, ...files.comments],
    journeys: [...seen.journeys, ...files.journeys.filter(({ name }) => !names.has(name))],
  };
}
