/** Who can alter what users see, by trying every set of compromised parts. */
import { isServiceName, type Journey, type Requirement, type Service } from '../../src/plan/index.ts';
import { membersOf, partsOf, type Meaning } from './meaning.ts';
import { minimalSets } from './minimal-sets.ts';

export interface OracleCompromise {
  /** Minimal sets of `compromise:…` events, each sorted, the small ones first. */
  readonly sets: readonly (readonly string[])[];
  readonly total: number;
  readonly singlePoints: readonly string[];
  /**
   * Every alternative of two or more in an `any`, and every member of an `atLeast` that works without
   * it.
   */
  readonly byAlternative: readonly OracleAdded[];
}

export interface OracleAdded {
  readonly service: string;
  /** Position in `any` or `of`, from 1. */
  readonly alternative: number;
  /** Minimal sets that compromise nothing without this alternative. */
  readonly added: readonly (readonly string[])[];
}

interface Removed {
  readonly service: string;
  readonly alternative: number;
}

const MAX_EVENTS = 16;
/** Verified against something else than their source. */
const PROVEN: readonly (string | undefined)[] = ['proof', 'hash', 'signature'];

/** @param services every service that the journey reaches */
export function findCompromise(
  meaning: Meaning,
  journey: Journey,
  services: readonly string[],
): OracleCompromise {
  const requirements = journey.modes.map(({ value }) => value.needs);
  const sets = compromisingSets(meaning, requirements, undefined);
  return {
    sets,
    total: sets.length,
    singlePoints: sets.flatMap((set) => (set.length === 1 ? set : [])),
    byAlternative: services.flatMap((service) => {
      const { any = [], of = [], atLeast = 1 } = meaning.service(service);
      const count = any.length >= 2 ? any.length : of.length - 1 >= atLeast ? of.length : 0;
      return Array.from({ length: count }, (_, index): OracleAdded => {
        const without = compromisingSets(meaning, requirements, { service, alternative: index + 1 });
        const known = new Set(without.map((set) => set.join()));
        return { service, alternative: index + 1, added: sets.filter((set) => !known.has(set.join())) };
      });
    }),
  };
}

function compromisingSets(
  meaning: Meaning,
  requirements: readonly Requirement[],
  removed: Removed | undefined,
): readonly (readonly string[])[] {
  // Asked with nothing compromised, every part is looked at: `of` counts members without stopping early.
  const met = new Set<string>();
  const noting: Attack = { meaning, removed, happened: (event) => met.add(event) && false };
  for (const requirement of requirements) isCompromised(requirement, noting);
  const events = [...met].sort();
  if (events.length > MAX_EVENTS)
    throw new Error(`${events.length} compromise events, more than ${MAX_EVENTS}.`);
  return minimalSets(events, (state) => {
    const attack: Attack = {
      meaning,
      removed,
      happened: (event) => ((state >> events.indexOf(event)) & 1) === 1,
    };
    return requirements.some((requirement) => isCompromised(requirement, attack));
  });
}

interface Attack {
  readonly meaning: Meaning;
  readonly removed: Removed | undefined;
  readonly happened: (event: string) => boolean;
}

function isCompromised(requirement: Requirement, attack: Attack): boolean {
  switch (requirement.kind) {
    case 'name':
      return isServiceName(requirement.name)
        ? isServiceCompromised(requirement.name, attack)
        : isReferenceCompromised(requirement.name, attack);
    case 'from':
      return isServiceCompromised(requirement.pool, attack);
    case 'all':
      return requirement.parts.some((part) => isCompromised(part, attack));
    default:
      return requirement.of.some((part) => isCompromised(part, attack));
  }
}

function isServiceCompromised(name: string, attack: Attack): boolean {
  const service = attack.meaning.service(name);
  const { handles = [], verify, any = [], failover, atLeast = 1 } = service;
  const without = attack.removed?.service === name ? attack.removed.alternative : 0;
  const members = membersOf(service).filter((_, index) => index + 1 !== without);
  if (handles.length > 0 && attack.happened(`compromise:${name}`)) return true;
  if (PROVEN.includes(verify)) {
    // Of a chain, a proof is worth what the header is that it is held against; and what has none is voted on.
    const together = countCompromised(members, attack) >= atLeast;
    return attack.happened(`compromise:${name}:verifier`) || isChainMisled(service, together, attack);
  }
  if (partsOf(service).some((part) => isCompromised(part, attack))) return true;
  const compromised = countCompromised(members, attack);
  if (verify === 'quorum') return compromised >= atLeast;
  if (compromised > 0) return true;
  return (
    any.length > 0 &&
    members.length > 1 &&
    failover?.needs !== undefined &&
    isCompromised(failover.needs, attack)
  );
}

/** @param together whether as many members as must agree are held */
function isChainMisled({ jsonrpc, atLeast = 1 }: Service, together: boolean, attack: Attack): boolean {
  if (jsonrpc === undefined) return false;
  const { trusted, unproved = atLeast === 1 ? 'trusted' : 'quorum' } = jsonrpc;
  if (trusted === undefined) return together;
  const misled = isServiceCompromised(trusted, attack);
  return misled || (unproved === 'quorum' && together);
}

/** All are looked at: who only notes what is asked must see every one. */
function countCompromised(members: readonly Requirement[], attack: Attack): number {
  return members.filter((member) => isCompromised(member, attack)).length;
}

function isReferenceCompromised(name: string, attack: Attack): boolean {
  const { reference, handles, needs } = attack.meaning.resolve(name);
  if (handles && attack.happened(`compromise:${reference.provider}/${reference.capability}`)) return true;
  return needs.some(({ use, when }) => when === 'always' && isReferenceCompromised(use, attack));
}
