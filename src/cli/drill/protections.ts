import { drilledPathsOf, drillProtections, type Drill, type ProtectionDrill } from '../../drill/index.ts';
import type { Drilling, Method } from '../../plan/index.ts';
import type { Ground } from './ground.ts';

/** What `drill --protections` answers: a drill in which nothing is failed. */
export type ProtectionAnswer = Drill & { readonly protections: ProtectionDrill };

export interface ProtectionSettings {
  readonly drilling: Drilling;
  readonly versions: Drill['versions'];
  readonly speed: number;
  readonly secretAt: (where: string) => string;
  readonly signal: AbortSignal;
}

/** Sends samples down every alternative path of a plan: each edge is asked at its own address, as users come who are sent there. */
export async function runProtections(
  { model, standing, places, toleranceMs }: Ground,
  { drilling, versions, speed, secretAt, signal }: ProtectionSettings,
): Promise<ProtectionAnswer> {
  const startedAt = new Date().toISOString();
  const { paths, leftOut } = drilledPathsOf(model, places);
  const { environment } = drilling;
  const journeyOf = (method: Method, path: string): number | undefined => {
    const request = { method, path, body: undefined, contentType: undefined };
    const found = model.journeys.findIndex((_, journey) => standing.takes(journey, 0, request) !== undefined);
    return found < 0 ? undefined : found;
  };
  const protections = await drillProtections({
    model,
    environment,
    paths,
    leftOut,
    journeyOf,
    secretAt,
    signal,
  });
  const { name, asOf } = model.plan.platform;
  return {
    schema: 'keelson.drill/1',
    plan: { name, file: model.plan.source.file, digest: model.plan.digest ?? null, asOf },
    environment,
    versions,
    speed,
    startedAt,
    endedAt: new Date().toISOString(),
    toleranceMs,
    faults: [],
    confusion: [],
    blame: [],
    leftOut: [],
    outcome: protections.stopped !== null ? 'stopped' : protections.outcome === 'wrong' ? 'wrong' : 'agrees',
    stopped: protections.stopped,
    restored: true,
    protections,
  };
}
