import type { Catalog, CatalogCapability } from '../../catalog/index.ts';
import { parseReference } from '../../plan/index.ts';
import type { DraftCapability, DraftProvider } from '../draft.ts';
import { CAPABILITIES } from './capabilities.ts';

/** Where something stands, as far as it is known. */
export interface Place {
  readonly region?: string | undefined;
  readonly zone?: string | undefined;
}

type Level = 'global' | 'region' | 'zone';
const LEVELS: readonly Level[] = ['global', 'region', 'zone'];
const WORD = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
/** What a capability is called whose place must be known and is not. */
const UNPLACED = '-unplaced';

/** Makes references that a plan with this catalogue takes, and says what the plan must declare for them. */
export class References {
  private readonly capabilities = new Map<string, CatalogCapability>();
  private readonly titles = new Map<string, { readonly title: string; readonly kind: string }>();
  private readonly own: readonly DraftProvider[];

  constructor(catalog: Catalog, own: readonly DraftProvider[] = []) {
    this.own = own;
    for (const { name, title, kind, capabilities } of catalog.providers) {
      this.titles.set(name, { title, kind });
      for (const one of capabilities) this.capabilities.set(`${name}/${one.name}`, one);
    }
  }

  /**
   * A capability at a place: as close as its outages are recorded, or as its table says. Where the catalogue wants a place that is not
   * known, the reference is to one of the draft's own, `NAME-unplaced`, never to an invented place.
   */
  at(capability: string, place: Place): string {
    const region = place.region !== undefined && WORD.test(place.region) ? place.region : undefined;
    const zone =
      region !== undefined && place.zone !== undefined && WORD.test(place.zone) ? place.zone : undefined;
    const wanted = this.levelOf(capability);
    const scope = zone !== undefined && wanted === 'zone' ? `@${region}/${zone}` : `@${region ?? ''}`;
    if (wanted === 'zone' && zone === undefined)
      return `${capability}${UNPLACED}${region === undefined ? '' : `@${region}`}`;
    if (wanted === 'global' && !this.capabilities.has(capability)) return capability;
    if (region === undefined) return wanted === 'region' ? `${capability}${UNPLACED}` : capability;
    return `${capability}${scope}`;
  }

  /** Whether the catalogue or the draft has a provider of this name. */
  isProvider(name: string): boolean {
    return this.titles.has(name) || this.own.some((provider) => provider.name === name);
  }

  /** Whether the plan language takes it, and the catalogue or the draft can have it as it stands. */
  isUsable(reference: string): boolean {
    const parsed = parseReference(reference);
    if (parsed?.capability === undefined) return false;
    const known = this.capabilities.get(`${parsed.provider}/${parsed.capability}`);
    if (known === undefined) return true;
    const has = parsed.scope === '' ? 'global' : parsed.scope.includes('/') ? 'zone' : 'region';
    return LEVELS.indexOf(has) >= LEVELS.indexOf(this.levelOf(`${parsed.provider}/${parsed.capability}`));
  }

  /** Providers and capabilities of references that the catalogue lacks, in the order of their names. */
  lacking(references: Iterable<string>): DraftProvider[] {
    const lacking = new Map<string, Set<string>>();
    for (const reference of references) {
      const parsed = parseReference(reference);
      if (parsed?.capability === undefined) continue;
      if (this.capabilities.has(`${parsed.provider}/${parsed.capability}`)) continue;
      const names = lacking.get(parsed.provider) ?? new Set();
      lacking.set(parsed.provider, names.add(parsed.capability));
    }
    return [...lacking]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, capabilities]) => {
        const own = this.own.find((provider) => provider.name === name);
        const known = this.titles.get(name);
        return {
          name,
          title: known?.title ?? own?.title ?? name,
          kind: known?.kind ?? own?.kind ?? 'other',
          capabilities: [...capabilities].sort().map((one) => this.declare(name, one, own)),
        };
      });
  }

  private declare(provider: string, name: string, own: DraftProvider | undefined): DraftCapability {
    const handed = own?.capabilities.find((capability) => capability.name === name);
    if (handed !== undefined) return handed;
    const placed = name.endsWith(UNPLACED) ? name.slice(0, -UNPLACED.length) : name;
    const table = tableOf(`${provider}/${placed}`);
    const recorded = this.capabilities.get(`${provider}/${placed}`);
    const title = table?.title ?? recorded?.title ?? undefined;
    const kind = table?.kind ?? recorded?.kind ?? undefined;
    const level = table === undefined || name !== placed ? undefined : (table.per ?? 'region');
    return {
      name,
      ...(title === undefined ? {} : { title: name === placed ? title : `${title}, at a place not known` }),
      ...(kind === undefined ? {} : { kind }),
      ...(level === undefined || level === 'global' ? {} : { per: level }),
      ...(table?.handles === undefined ? {} : { handles: table.handles }),
      ...(table?.protects === undefined ? {} : { protects: table.protects }),
    };
  }

  /** How close a reference must say where: by the record of outages, and by what it needs at the same place. */
  private levelOf(capability: string, seen: ReadonlySet<string> = new Set()): Level {
    const known = this.capabilities.get(capability);
    if (known === undefined) return tableOf(capability)?.per ?? (tableOf(capability) ? 'region' : 'global');
    if (seen.has(capability)) return 'global';
    const { outages } = known;
    let level: Level = outages === null || outages.kind === 'none' ? 'global' : (outages.per ?? 'global');
    for (const { use } of known.needs) {
      if (!use.endsWith('@same')) continue;
      const needed = this.levelOf(use.slice(0, -'@same'.length), new Set([...seen, capability]));
      const least = needed === 'global' ? 'region' : needed;
      if (LEVELS.indexOf(least) > LEVELS.indexOf(level)) level = least;
    }
    return level;
  }
}

function tableOf(capability: string): (typeof CAPABILITIES)[string] | undefined {
  return Object.hasOwn(CAPABILITIES, capability) ? CAPABILITIES[capability] : undefined;
}
