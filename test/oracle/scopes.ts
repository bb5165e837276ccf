/**
 * The scopes that can be named for a blast: a provider, a place of it, a capability, a capability at a
 * place.
 */
import { encloses, parseReference, type Reference } from '../../src/plan/index.ts';
import { nameOf } from './meaning.ts';

/** Whether a blast at the scope takes the reference away. */
export function isAtOrUnder(reference: Reference, scope: string): boolean {
  const outer = parseReference(scope);
  return (
    outer !== undefined &&
    outer.provider === reference.provider &&
    (outer.capability === undefined || outer.capability === reference.capability) &&
    encloses(outer.scope, reference.scope)
  );
}

/** Every scope at or above one of the references, in the order of names. */
export function blastScopes(references: Iterable<Reference>): readonly string[] {
  const scopes = new Set<string>();
  for (const { provider, capability, scope } of references) {
    const [region = '', zone] = scope.split('/');
    for (const place of ['', region, zone === undefined ? region : scope]) {
      scopes.add(nameOf({ provider, capability: undefined, scope: place }));
      scopes.add(nameOf({ provider, capability, scope: place }));
    }
  }
  return [...scopes].sort();
}
