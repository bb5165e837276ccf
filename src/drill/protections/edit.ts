import type { Model, Node, Protection } from '../../model/index.ts';
import type { Alternative, Requirement } from '../../plan/index.ts';
import { claimants } from './claims.ts';
import type { ProtectionFinding } from './result.ts';

type Edit = NonNullable<ProtectionFinding['edit']>;

/** What the plan says of an alternative that was seen to be otherwise. */
export interface Wrong {
  readonly service: number;
  readonly alternative: number;
  readonly protection: Protection;
  /** All that this alternative was seen to lack: what brings only these may go as a whole. */
  readonly lacking: ReadonlySet<Protection>;
}

/** The part of the plan that says it, where an alternative itself does: its offset in the text. */
export function offsetOf(model: Model, wrong: Wrong): number {
  const said = saidOf(model, wrong);
  const names = new Set(sourcesOf(model, wrong).map((source) => nameOf(model, source)));
  const part = partsOf(said?.use).find((one) => one.kind === 'name' && names.has(one.name));
  return part?.offset ?? said?.offset ?? model.services[wrong.service]?.offset ?? 0;
}

/**
 * The smallest change with which a plan no longer says that an alternative protects with something: what brings nothing else is no longer
 * used; else what brings it is said not to. Null where nothing says it.
 */
export function editOf(model: Model, wrong: Wrong): Edit | null {
  const sources = sourcesOf(model, wrong);
  if (sources.length === 0) return null;
  const left = withoutSources(model, wrong, sources);
  if (left !== undefined) return left;
  const edits = sources.map((source) => saysNot(model, source, wrong.protection));
  return {
    says: edits.map(({ says }) => says).join(', and '),
    yaml: edits.map(({ yaml }) => yaml).join('\n'),
  };
}

function sourcesOf(model: Model, { service, alternative, protection }: Wrong): readonly Node[] {
  const { redundancy, needs, protects } = model.services[service] ?? {};
  const node = redundancy?.kind === 'any' ? redundancy.options[alternative]?.node : undefined;
  const own: Node[] = protects?.has(protection) === true ? [{ kind: 'service', service }] : [];
  const starts = [node, needs].flatMap((one) => one ?? []);
  return [...own, ...starts.flatMap((one) => claimants(model, one, protection))];
}

/** The alternative without what brings it, where that is named there, brings nothing else, and is not all of it. */
function withoutSources(model: Model, wrong: Wrong, sources: readonly Node[]): Edit | undefined {
  const parts = partsOf(saidOf(model, wrong)?.use);
  const names = parts.flatMap((one) => (one.kind === 'name' ? [one.name] : []));
  const gone = sources.map((source) => nameOf(model, source));
  const kept = names.filter((name) => !gone.includes(name));
  const isOnlyThat = sources.every(
    (source) =>
      source.kind === 'reference' &&
      [...(model.references[source.reference]?.protects ?? [])].every((one) => wrong.lacking.has(one)),
  );
  if (!isOnlyThat || kept.length === 0 || names.length < parts.length) return undefined;
  if (!gone.every((name) => names.includes(name))) return undefined;
  const service = model.services[wrong.service]?.name;
  return {
    says: `${service}.any[${wrong.alternative + 1}] does not use ${gone.join(' and ')}`,
    yaml: `use: [${kept.join(', ')}]`,
  };
}

/** What brings it, said not to. */
function saysNot(model: Model, source: Node, protection: Protection): Edit {
  const name = nameOf(model, source);
  const says = `${name} does not protect with ${protection}`;
  const rest = (all: Iterable<Protection>): string =>
    `[${[...all].filter((one) => one !== protection).join(', ')}]`;
  if (source.kind === 'reference') {
    const { provider, capability, protects } = model.references[source.reference] ?? { protects: [] };
    const yaml = `providers:\n  ${provider}:\n    capabilities:\n      ${capability}:\n        protects: ${rest(protects)}`;
    return { says, yaml };
  }
  const protects = source.kind === 'service' ? model.services[source.service]?.protects : undefined;
  return { says, yaml: `services:\n  ${name}:\n    protects: ${rest(protects ?? [])}` };
}

function saidOf(model: Model, { service, alternative }: Wrong): Alternative | undefined {
  const name = model.services[service]?.name;
  return model.plan.services?.find((one) => one.name === name)?.value.any?.[alternative];
}

function partsOf(use: Requirement | undefined): readonly Requirement[] {
  if (use === undefined) return [];
  return use.kind === 'all' ? use.parts : [use];
}

function nameOf(model: Model, node: Node): string {
  if (node.kind === 'reference') return model.references[node.reference]?.name ?? '';
  return node.kind === 'service' ? (model.services[node.service]?.name ?? '') : '';
}
