import type { Plan, Requirement, Service } from '../plan/index.ts';

export type ChangeKind =
  | 'second-provider'
  | 'second-site'
  | 'ready-standby'
  | 'steer-elsewhere'
  | 'verify'
  | 'further-rung'
  | 'split-fate'
  | 'faster-switch';

/** A change that could be made to a plan, and the plan with it made. */
export interface Candidate {
  readonly kind: ChangeKind;
  /** What to do, in a sentence without a full stop. */
  readonly change: string;
  readonly service: string | null;
  readonly journey: string | null;
  /** What it costs, where the plan says what the like of it costs. @unit currency a year */
  readonly costPerYear: number | null;
  /** What had to be assumed to try it, in words. */
  readonly assumes: readonly string[];
  /** Services whose meaning it changes: journeys that reach none of them stay as they are. */
  readonly touches: readonly string[];
  readonly plan: Plan;
  /** Set when only the chance of one event changes: then `plan` need not be read again. */
  readonly chance?: { readonly event: string; readonly chance: number };
}

/** A plan with one service changed, and further ones added. */
export function withService(
  plan: Plan,
  name: string,
  change: (value: Service) => Service,
  more: readonly [string, Service][] = [],
): Plan {
  const services = (plan.services ?? []).map((service) =>
    service.name === name ? { ...service, value: change(service.value) } : service,
  );
  const added = more.map(([newName, value]) => ({ name: newName, offset: 0, value }));
  return { ...plan, services: [...services, ...added] };
}

/** A name that no service has yet. */
export function freeName(plan: Plan, wanted: string): string {
  const taken = new Set((plan.services ?? []).map(({ name }) => name));
  for (let i = 2; ; i++) if (!taken.has(`${wanted}-${i}`)) return `${wanted}-${i}`;
}

/** A requirement with its references to providers changed. */
export function mapReferences(requirement: Requirement, change: (name: string) => string): Requirement {
  switch (requirement.kind) {
    case 'name':
      return requirement.name.includes('/') || requirement.name.includes('@')
        ? { ...requirement, name: change(requirement.name) }
        : requirement;
    case 'all':
      return { ...requirement, parts: requirement.parts.map((part) => mapReferences(part, change)) };
    case 'from':
      return requirement;
    default:
      return { ...requirement, of: requirement.of.map((part) => mapReferences(part, change)) };
  }
}

/** References to providers in a requirement. */
export function referencesIn(requirement: Requirement): string[] {
  switch (requirement.kind) {
    case 'name':
      return requirement.name.includes('/') || requirement.name.includes('@') ? [requirement.name] : [];
    case 'all':
      return requirement.parts.flatMap(referencesIn);
    case 'from':
      return [];
    default:
      return requirement.of.flatMap(referencesIn);
  }
}

export function named(name: string): Requirement {
  return { kind: 'name', name, offset: 0 };
}
