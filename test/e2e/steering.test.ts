/** Edges that die, seen by users who resolve names: nginx and HAProxy before the gateway, Knot and Unbound for the names. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Serving } from '../../src/serve/index.ts';
import { has } from '../parts/part.ts';
import {
  dig,
  edgeByCurl,
  edgeOf,
  isHere,
  say,
  startSteeredWorld,
  User,
  type SteeredWorld,
} from './steered-world.ts';

/** detect, switch and the time to live, as the plan has them. @unit ms */
const WITHIN_MS = 2_000 + 1_000 + 1_000;
/** Of the user: what passes until the next request, and until one that is under way is given up. @unit ms */
const CLIENT_MS = 50 + 400 + 500;

const FAILURES: readonly {
  readonly how: string;
  readonly begin: (world: SteeredWorld) => unknown;
  readonly end: (world: SteeredWorld) => unknown;
}[] = [
  {
    how: 'killed',
    begin: ({ edgeA }) => edgeA.kill(),
    end: ({ restartEdgeA }) => restartEdgeA(),
  },
  { how: 'hung', begin: ({ edgeA }) => edgeA.hang(), end: ({ edgeA }) => edgeA.resume() },
  {
    how: 'answering 5xx to nine of ten',
    begin: ({ edgeA }) => edgeA.failNineOfTen(true),
    end: ({ edgeA }) => edgeA.failNineOfTen(false),
  },
];

interface Started {
  readonly world: SteeredWorld;
  readonly steerer: Serving;
  readonly user: User;
}

/** It is measured: a bound that was missed is tried again, where the machine was busy with something else. */
const MEASURED = { retry: { count: 2, condition: /to be less than/ } };

/** A world of its own: most of what happens in one is waited for, so that they are side by side. */
function inAWorld(name: string, tell: (started: () => Started) => void): void {
  describe.concurrent(name, () => {
    describe('by users', { sequential: true, skip: !isHere() || !has('curl') }, () => {
      let started: Started | undefined;
      let world: SteeredWorld | undefined;
      beforeAll(async () => {
        world = await startSteeredWorld();
        const steerer = await world.steer(world.plan({ detect: '2s', hold: '4s' }));
        started = { world, steerer, user: new User(world) };
      });
      afterAll(async () => {
        await started?.user.leave();
        await world?.close();
      });
      tell(() => {
        if (started === undefined) throw new Error('The world has not been started.');
        return started;
      });
    });
  });
}

for (const { how, begin, end } of FAILURES)
  inAWorld(`edge A ${how}`, (started) => {
    test(
      'users are on edge B within detect, switch and the time to live; back after hold',
      MEASURED,
      async ({ expect }) => {
        const { world, steerer, user } = started();
        // Longer where a try before this one left users at B.
        await user.servedBy('a', 20_000);
        const begun = performance.now();
        await begin(world);
        let ended = begun;
        try {
          const first = await user.servedBy('b', 30_000, begun);
          const tookMs = first - begun;
          say(`edge A ${how}: through edge B after`, tookMs);
          expect(tookMs).toBeLessThan(WITHIN_MS + CLIENT_MS);
          expect(await edgeByCurl(world)).toBe('200 b');
          // By lot, one of the last three probes of A may have been good, or two; one of B may have been late.
          await expect
            .poll(() => edgeOf(steerer.status()).alternatives.map(({ level }) => level), { timeout: 5_000 })
            .toEqual([expect.toSatisfy((level: number) => level < 0.9), 1]);
          await expect.poll(() => edgeOf(steerer.status()).inUse, { timeout: 5_000 }).toBe('edge-b');
        } finally {
          ended = performance.now();
          await end(world);
        }
        const back = await user.servedBy('a', 30_000, ended);
        say(`edge A ${how}, and well again: used again after`, back - ended);
        // Hold begins with the last of three good probes; one request may have been under way.
        expect(back - ended).toBeGreaterThan(4_000);
        await expect.poll(() => edgeOf(steerer.status()).inUse, { timeout: 5_000 }).toBe('edge-a');
        const unanswered = user.visits.filter(
          ({ at, edge }) => at > ended && at < back && edge === undefined,
        );
        expect(unanswered.filter(({ isLate }) => !isLate)).toEqual([]);
        expect(unanswered.length).toBeLessThan(1);
      },
    );
  });

inAWorld('edge A beside a dead origin', (started) => {
  test('it is not blamed, and nothing moves', async ({ expect }) => {
    const { world, steerer, user } = started();
    await user.servedBy('a', 20_000);
    const before = await dig(world.primary);
    await world.site.refuse();
    try {
      await expect
        .poll(() => edgeOf(steerer.status()).alternatives.map(({ probe }) => probe?.why), { timeout: 5_000 })
        .toEqual(Array(2).fill(expect.stringContaining('so does the origin: not blamed')));
      // Longer than detect and switch.
      await new Promise((resolve) => setTimeout(resolve, 3_500));
      const edge = edgeOf(steerer.status());
      expect(edge).toMatchObject({
        inUse: 'edge-a',
        waiting: null,
        alternatives: [{ level: 1 }, { level: 1 }],
      });
      expect(await dig(world.primary)).toBe(before);
    } finally {
      await world.site.accept();
    }
    // Requests that failed keep the origin out for a while.
    await user.servedBy('a', 30_000);
  });
});
