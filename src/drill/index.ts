import { Drilled } from './drilled.ts';
import type { DrillOptions } from './options.ts';
import type { Drill } from './result.ts';

/**
 * Drills a running system: fails what the plan says can fail, one after the other, and holds what users got against what the plan says
 * they get. Whatever happens, what was put is taken away before it returns.
 *
 * @throws KeelsonError `drill-unreachable`, `drill-not-steady`, `drill-no-session` before anything was put, `drill-left-behind`
 */
export async function drill(options: DrillOptions): Promise<Drill> {
  return await new Drilled(options).run();
}

export type { Again } from './diagnosis/index.ts';
export { RunningAdmin, type AdminPlace } from './admin.ts';
export { levelChanges, type Course } from './course.ts';
export type { DrillOptions, Progress } from './options.ts';
export { saidCourse } from './results.ts';
export { courseOf, faultNamed, faultsOf, type EventPair, type Fault, type Faults } from './faults.ts';
export { foresee, withoutEdgeLoads, type Foreseen, type Predict } from './foresee.ts';
export { incidentCourse, puttable, withoutQuiet, type Happening } from './incident.ts';
export { controlledAt, Injection, lacks, restoreLeft, type Controlled } from './injection.ts';
export { DrillJournal, OWN } from './journal.ts';
export { failedPlace, signalsOf, type Place, type Use } from './place.ts';
export type {
  Breach,
  BreachKind,
  Blame,
  Drill,
  FailsAs,
  FaultResult,
  JourneyResult,
  Stage,
} from './result.ts';
export {
  drilledPathsOf,
  drillProtections,
  SAMPLES,
  type DrilledAlternative,
  type DrilledPath,
  type ProtectionDrill,
  type ProtectionDrillOptions,
  type ProtectionFinding,
} from './protections/index.ts';
export { Users, type Door } from './users.ts';
