import type { Catalog, CatalogProvider } from '../catalog/index.ts';
import { recordAt, type ModelEvent } from '../model/index.ts';
import { placeIn, type Outages, type Plan, type Provider, type Service } from '../plan/index.ts';
import { formatHours, formatShare, significant } from '../units.ts';
import type { EvidenceRow, Source } from './result.ts';
import { sourceOfIncident } from './sources.ts';

type Rate = NonNullable<ModelEvent['rate']>;

/** How often events happen and for how long, with who says so. */
export class PlanRecords {
  private readonly plan: Plan;
  private readonly services: ReadonlyMap<string, Service>;
  private readonly providers: ReadonlyMap<string, Provider>;
  private readonly known: ReadonlyMap<string, CatalogProvider>;

  constructor(plan: Plan, known: Catalog) {
    this.plan = plan;
    this.services = new Map((plan.services ?? []).map(({ name, value }) => [name, value]));
    this.providers = new Map((plan.providers ?? []).map(({ name, value }) => [name, value]));
    this.known = new Map(known.providers.map((provider) => [provider.name, provider]));
  }

  row(event: ModelEvent): EvidenceRow {
    const { rate, chance } = event;
    const offset = this.offsetOf(event);
    const note = rate?.note ?? '';
    return {
      kind: 'rate',
      subject: event.id,
      needs: null,
      says: rate === undefined ? chanceInWords(event) : rateInWords(rate),
      basis: rate?.basis ?? chance?.basis ?? 'plan',
      detail: `${rate?.detail ?? chance?.detail ?? 'the plan'}${note === '' ? '' : `. ${note}`}`,
      sources: rate === undefined ? [] : sourcesOf(rate),
      // Sources of figures carry no weight that anybody gave them.
      confidence: null,
      line: offset === undefined ? null : placeIn(this.plan, offset).line,
    };
  }

  /** Where the plan says it; undefined where the catalogue does, or nobody. */
  private offsetOf(event: ModelEvent): number | undefined {
    if (event.provider !== null) return this.offsetOfProvider(event);
    const service = this.services.get(event.service ?? '');
    switch (event.kind) {
      case 'maintenance':
        return service?.maintenance?.offset;
      case 'switch':
        return service?.failover?.offset;
      case 'standby':
        return service?.any?.[Number(event.id.slice(event.id.lastIndexOf('-') + 1)) - 1]?.offset;
      default:
        return offsetIn(service?.outages) ?? this.plan.assumptions?.['service-outages']?.offset;
    }
  }

  private offsetOfProvider(event: ModelEvent): number | undefined {
    const { record, own } =
      event.capability === null ? this.placeRecord(event) : this.capabilityRecord(event);
    const isStandIn = event.rate?.basis === 'assumed' && record?.kind !== 'stated';
    if (isStandIn) return offsetIn(own) ?? this.plan.assumptions?.['capability-outages']?.offset;
    return offsetIn(own);
  }

  /** What is recorded of a provider or a place of it, and the same as the plan says it, where it does. */
  private placeRecord({ provider, scope }: ModelEvent): Recorded {
    const known = this.known.get(provider ?? '');
    const own = this.providers.get(provider ?? '');
    if (scope === '') return { record: known?.outages, own: own?.outages };
    return {
      record: known?.scopes.find((one) => one.scope === scope)?.outages,
      own: own?.scopes?.find(({ name }) => name === scope)?.value.outages,
    };
  }

  private capabilityRecord({ provider, capability, scope }: ModelEvent): Recorded {
    const known = this.known.get(provider ?? '')?.capabilities.find(({ name }) => name === capability);
    const own = this.providers.get(provider ?? '')?.capabilities?.find(({ name }) => name === capability);
    if (known === undefined) return { record: undefined, own: undefined };
    const { record, at } = recordAt(known, scope);
    if (at === '') return { record, own: own?.value.outages };
    return { record, own: own?.value.at?.find(({ name }) => name === at)?.value.outages };
  }
}

interface Recorded {
  readonly record: Outages | null | undefined;
  readonly own: Outages | undefined;
}

function offsetIn(outages: Outages | undefined): number | undefined {
  return outages === undefined || outages.kind === 'none' ? undefined : outages.offset;
}

function sourcesOf({ counted, source }: Rate): Source[] {
  if (counted.length > 0) return counted.map(sourceOfIncident);
  if (source === null) return [];
  return [{ source, date: null, confidence: null, basis: null, note: null, incident: null }];
}

/** `0.38 a year (90 %: 0.1 to 0.9), 2 h 10 m on average`. */
function rateInWords({ ratePerYear, meanHours, interval: [low, high] }: Rate): string {
  const spread = low === high ? '' : ` (90 %: ${significant(low)} to ${significant(high)})`;
  return `${significant(ratePerYear)} a year${spread}, ${formatHours(meanHours)} on average`;
}

function chanceInWords({ kind, probability }: ModelEvent): string {
  const share = formatShare(probability);
  return kind === 'switch' ? `${share} of switches fail` : `not ready ${share} of the times it is needed`;
}
