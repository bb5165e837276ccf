/** bench/guard/files.js, small: the real command, real readers, files that a slow judge has judged before. */
import { expect, test } from 'vitest';
import { offerFiles } from '../../bench/guard/files.js';

test('of files offered under load every good one is live, no bad one is loaded, and no request is dropped', async () => {
  const found = await offerFiles({ count: 24, good: 5, lanes: 2, clients: 1, pauseMs: 20 });
  if (process.env.KEELSON_SAY !== undefined) console.log(found);
  for (const what of ['badLoaded', 'goodNotTaken', 'unjudged', 'ended', 'wrong', 'atEnd'] as const)
    expect(found[what], what).toEqual([]);
  expect([found.badDone, found.goodDone]).toEqual([24, 5]);
  expect(found.requests).toBeGreaterThan(10);
});
