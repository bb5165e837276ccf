/** Harbor with a fault proxy before its parts, and drills of it. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { ProtectionDrill } from '../../src/drill/index.ts';
import type { Drill } from '../../src/drill/result.ts';
import { Harbor } from './harbor.ts';
import { keelsonLater } from './keelson-later.ts';

export interface Drilled {
  readonly exit: number | null;
  readonly drill: Drill;
}

/**
 * Starts Harbor, drills it, and ends it.
 *
 * @param more for live.mjs
 * @param only the faults that are drilled
 */
export async function drilled(more: readonly string[], only: readonly string[]): Promise<Drilled> {
  const harbor = new Harbor(['--faults', ...more]);
  try {
    return await drill(await harbor.isUp(), only);
  } finally {
    await harbor.end('SIGTERM');
  }
}

/**
 * One Harbor for several tests, one defect after the other: its start costs as much as a drill.
 *
 * @param more for live.mjs
 * @returns drills it with a defect
 */
export function useHarbor(
  more: readonly string[],
): (defect: string, only: readonly string[]) => Promise<Drilled> {
  let harbor: Harbor | undefined;
  beforeAll(async () => {
    harbor = new Harbor(['--faults', ...more]);
    await harbor.isUp();
  });
  afterAll(async () => {
    await harbor?.end('SIGTERM');
  });
  return async (defect, only) => {
    if (harbor === undefined) throw new Error('Harbor has not been started.');
    await harbor.turn(`defect/${defect}`);
    return drill(harbor, only);
  };
}

async function drill(harbor: Harbor, only: readonly string[]): Promise<Drilled> {
  const { exit, out, err } = await keelsonLater([
    'drill',
    harbor.drilledPlan,
    '--state',
    harbor.state,
    '--approve',
    '--json',
    ...only.flatMap((name) => ['--only', name]),
  ]);
  if (exit === 2) throw new Error(err);
  const found = JSON.parse(out) as Drill; // its own schema
  expect(found.schema).toBe('keelson.drill/1');
  expect(found.restored).toBe(true);
  return { exit, drill: found };
}

/** What was wrong, one line each. */
export function wrongs({ drill }: Drilled): string[] {
  return drill.faults.flatMap(({ name, journeys, switches, unforeseen }) => [
    ...journeys.flatMap((journey) =>
      journey.outcome === 'wrong'
        ? [`${name}: ${journey.name}: ${journey.breaches.map(({ says }) => says).join(' ')}`]
        : [],
    ),
    ...switches.flatMap(({ service, to, predictedMs, observedMs, agrees }) =>
      agrees ? [] : [`${name}: ${service} to ${to} at ${predictedMs}, seen ${observedMs}`],
    ),
    ...unforeseen.map(({ service, to, atMs }) => `${name}: ${service} to ${to} at ${atMs}, not foreseen`),
  ]);
}

/** The parts of the plan that are blamed. */
export function blamed({ drill }: Drilled): string[] {
  return drill.blame.map(({ edge }) => edge);
}

/** What every edge of Harbor blocks, held against its plan. */
export async function drilledProtections(more: readonly string[]): Promise<{
  readonly exit: number | null;
  readonly protections: ProtectionDrill;
}> {
  const harbor = new Harbor(['--faults', ...more]);
  try {
    await harbor.isUp();
    const { exit, out, err } = await keelsonLater(['drill', harbor.drilledPlan, '--protections', '--json']);
    if (exit === 2) throw new Error(err);
    const { protections } = JSON.parse(out) as { protections: ProtectionDrill }; // its own schema
    return { exit, protections };
  } finally {
    await harbor.end('SIGTERM');
  }
}
