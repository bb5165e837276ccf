import { parseDocument, placeOf, Reader, type Place, type Source } from '../document/index.ts';
import type { Problem } from '../problems.ts';
import { checkPlan } from './check.ts';
import type { Drilled } from './measured.ts';
import { planShape, type PlanValue } from './schema.ts';

export type Plan = PlanValue & {
  readonly source: Source;
  /** SHA-256 of the file, where it was loaded from one. */
  readonly digest?: string;
  /** What drills have measured of it, where that was asked for. */
  readonly drilled?: Drilled;
};

export interface ParsedPlan {
  /** Undefined when any problem is an error. */
  readonly plan: Plan | undefined;
  /** What could be read of a plan with errors, stand-ins for the rest: good for finding further problems, nothing else. */
  readonly partial?: Plan;
  readonly problems: readonly Problem[];
}

/**
 * Reads a plan from the text of its file. Everything that can be known without the catalogue is checked; what needs the
 * catalogue is checked when the model is built.
 *
 * @param file the name that problems carry
 */
export function parsePlan(text: string, file: string): ParsedPlan {
  const document = parseDocument(text, file);
  if (document.root === undefined) return { plan: undefined, problems: document.problems };
  const reader = new Reader(document.source, document.broken);
  const value = planShape.read(document.root, reader);
  checkPlan(value, reader);
  const problems = [...document.problems, ...reader.problems].sort(byPlace);
  const plan: Plan = { ...value, source: document.source };
  const failed = reader.errors > 0 || document.problems.some((found) => found.severity === 'error');
  return failed ? { plan: undefined, partial: plan, problems } : { plan, problems };
}

/**
 * What makes a plan that was put together from others contradict itself: the errors that `parsePlan` finds in a text. Their
 * places mean nothing.
 */
export function contradictions(plan: Plan): readonly Problem[] {
  const reader = new Reader(plan.source);
  checkPlan(plan, reader);
  return reader.problems.filter(({ severity }) => severity === 'error');
}

/** Where an offset of the plan stands. */
export function placeIn(plan: Plan, offset: number): Place {
  return placeOf(plan.source, offset);
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column;
}

export {
  addressesBelow,
  chainMembersOf,
  chainPoolOf,
  DEFAULT_BATCH,
  DEFAULT_JSONRPC,
  type ChainMember,
  type ChainPool,
  type NodeAddress,
} from './chain-pool.ts';
export { eachName, eachReference, requirementsOf, trustedOf } from './needs.ts';
export { planJsonSchema, redundancyOf } from './schema.ts';
export type {
  Failover,
  Journey,
  LossStep,
  Mode,
  NamedService,
  PoolMember,
  Protections,
  Service,
} from './schema.ts';
export { DEFAULT_PROBE, probeOf, slowestProbe } from './check-serving.ts';
export { METHODS } from './serving.ts';
export { pathTest, type PathTest } from './path-pattern.ts';
export type { Drilling, HeaderValue, Sent, Try, TrySession } from './drilling.ts';
export type {
  Allowed,
  Answer,
  Arrives,
  ChainNode,
  Jsonrpc,
  Jwt,
  Limits,
  Method,
  Probe,
  Route,
  Steer,
} from './serving.ts';
export type { Alternative, Requirement } from './requirement.ts';
export { capability, providerFields, HANDLES, PROTECTIONS } from './provider.ts';
export type { Capability, Evidence, Handled, InnerNeed, Outages, Protection, Provider } from './provider.ts';
export { encloses, isServiceName, NAME, NAME_SAYS, parseReference, type Reference } from './reference.ts';
export { bestConfidence, type Confidence } from './confidence.ts';
export type { Drilled, Measured } from './measured.ts';
