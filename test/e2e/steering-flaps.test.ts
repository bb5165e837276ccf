import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { edgeOf, isHere, startSteeredWorld, type SteeredWorld } from './steered-world.ts';

describe.skipIf(!isHere())('real edges', () => {
  let world: SteeredWorld;
  beforeEach(async () => {
    world = await startSteeredWorld();
  });
  afterEach(() => world?.close());

  test('an edge that flaps every five seconds moves nobody', async () => {
    const state = join(world.folder, 'moved');
    const steerer = await world.steer(
      world.plan({ detect: '9s', hold: '9s' }, { steer: `command: {run: [touch, ${state}]}` }),
    );
    const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    for (let i = 0; i < 2; i++) {
      world.edgeA.hang();
      await wait(5_000);
      expect(edgeOf(steerer.status()).waiting?.kind).toBe('detecting');
      world.edgeA.resume();
      await wait(5_000);
      expect(edgeOf(steerer.status())).toMatchObject({ waiting: null, inUse: 'edge-a' });
    }
    expect(existsSync(state)).toBe(false);
  });
});
