import {
  drilledPathsOf,
  drillProtections,
  SAMPLES,
  type Drill,
  type ProtectionDrill,
} from '../../drill/index.ts';
import type { Drilling, Method } from '../../plan/index.ts';
import { printable } from '../../problems.ts';
import { protectionDrillText } from '../../reporters/index.ts';
import type { Environment } from '../command.ts';
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
    outcome: outcomeOf(protections),
    stopped: protections.stopped ?? (protections.outcome === 'unclear' ? 'Not all could be seen.' : null),
    restored: true,
    protections,
  };
}

/** What could not be seen is no agreement. */
function outcomeOf({ outcome, stopped }: ProtectionDrill): Drill['outcome'] {
  if (outcome === 'wrong') return 'wrong';
  return stopped !== null || outcome === 'unclear' ? 'stopped' : 'agrees';
}

/** @returns the exit code */
export function printProtections(
  answer: ProtectionAnswer,
  isJson: boolean,
  { out, colour, width }: Environment,
): number {
  const { plan, protections } = answer;
  out(
    isJson ? JSON.stringify(answer, undefined, 2) : protectionDrillText(protections, { plan, colour, width }),
  );
  return answer.outcome === 'agrees' ? 0 : 1;
}

/** What would be asked, and where. @returns the exit code */
export function sayProtections({ model, places }: Ground, { out }: Environment): number {
  const { paths, leftOut } = drilledPathsOf(model, places);
  for (const { service, alternatives } of paths)
    for (const { name, alternative, doors } of alternatives) {
      const at = doors.map((door) =>
        door.at === undefined ? door.origin.host : `${door.at.host}:${door.at.port}`,
      );
      const edge = `${model.services[service]?.name}.any[${alternative + 1}]`;
      out(printable(`${edge} ${name}: ${SAMPLES.length} samples to ${at.join(', ')}`));
    }
  for (const { name, why } of leftOut) out(printable(`${name}: not asked, ${why}`));
  return 0;
}
