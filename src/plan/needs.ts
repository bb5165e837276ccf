import { isServiceName } from './reference.ts';
import type { Requirement } from './requirement.ts';
import type { Service } from './schema.ts';

/** Every requirement that a service carries, wherever it stands. */
export function requirementsOf(value: Service): Requirement[] {
  return [
    ...(value.needs === undefined ? [] : [value.needs]),
    ...(value.all ?? []),
    ...(value.any ?? []).map((alternative) => alternative.use),
    ...(value.of ?? []),
    ...(value.pool ?? []).flatMap((member) =>
      member.needs === undefined ? [member.use] : [member.use, member.needs],
    ),
    ...(value.failover?.needs === undefined ? [] : [value.failover.needs]),
    ...trustedOf(value),
  ];
}

/** The service whose headers proofs are held against: without it nothing can be proved. */
export function trustedOf({ verify, jsonrpc }: Service): Requirement[] {
  if (verify !== 'proof' || jsonrpc?.trusted === undefined) return [];
  return [{ kind: 'name', name: jsonrpc.trusted, offset: jsonrpc.offset }];
}

/** Names of services and pools in a requirement, in their order. */
export function eachName(requirement: Requirement, visit: (name: string) => void): void {
  switch (requirement.kind) {
    case 'name':
      if (isServiceName(requirement.name)) visit(requirement.name);
      return;
    case 'all':
      for (const part of requirement.parts) eachName(part, visit);
      return;
    case 'from':
      visit(requirement.pool);
      return;
    default:
      for (const part of requirement.of) eachName(part, visit);
  }
}

/** References to providers in a requirement, in their order. */
export function eachReference(requirement: Requirement, visit: (name: string) => void): void {
  switch (requirement.kind) {
    case 'name':
      if (requirement.name !== '' && !isServiceName(requirement.name)) visit(requirement.name);
      return;
    case 'all':
      for (const part of requirement.parts) eachReference(part, visit);
      return;
    case 'from':
      return;
    default:
      for (const part of requirement.of) eachReference(part, visit);
  }
}
