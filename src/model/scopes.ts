import type { Model } from './model.ts';

/** A provider, one of its regions or one of its zones. */
export interface Scope {
  /** `aws`, `aws@us-east-1`, `aws@us-east-1/use1-az4` */
  readonly scope: string;
  readonly kind: 'provider' | 'region' | 'zone';
  /** At or under it, in the order of the model. */
  readonly events: readonly number[];
}

/** Every provider, region and zone that some reference of the plan reaches, in the order of their first events. */
export function scopesOf(model: Model): readonly Scope[] {
  const found = new Map<string, { scope: string; kind: Scope['kind']; events: number[] }>();
  const add = (scope: string, kind: Scope['kind'], event: number): void => {
    const known = found.get(scope);
    if (known === undefined) found.set(scope, { scope, kind, events: [event] });
    else known.events.push(event);
  };
  for (const [i, { provider, scope }] of model.events.entries()) {
    if (provider === null) continue;
    add(provider, 'provider', i);
    if (scope === '') continue;
    const [region = scope, zone] = scope.split('/');
    add(`${provider}@${region}`, 'region', i);
    if (zone !== undefined) add(`${provider}@${scope}`, 'zone', i);
  }
  return [...found.values()];
}
