import type { Requirement } from '../../plan/index.ts';

/** A requirement as a plan has it, in one line. */
export function requirementText(requirement: Requirement | undefined): string {
  if (requirement === undefined) return '[]';
  switch (requirement.kind) {
    case 'name':
      return requirement.name;
    case 'all':
      return `[${flat(requirement).map(requirementText).join(', ')}]`;
    case 'any':
      return `{any: [${requirement.of.map(requirementText).join(', ')}]}`;
    case 'atLeast':
      return `{atLeast: ${requirement.atLeast}, of: [${requirement.of.map(requirementText).join(', ')}]}`;
    default:
      return `{from: ${requirement.pool}, atLeast: ${requirement.atLeast}}`;
  }
}

/** All of all of it is all of it. */
function flat(requirement: Requirement): readonly Requirement[] {
  return requirement.kind === 'all' ? requirement.parts.flatMap(flat) : [requirement];
}
