import { parseReference, type Evidence } from '../../plan/index.ts';
import { withoutScope, type DraftCapability, type DraftProvider } from '../draft.ts';
import type { Part } from '../result.ts';
import type { Knowledge } from './knowledge.ts';

interface Below {
  /** `provider/capability` that needs. */
  readonly of: string;
  readonly use: string;
  readonly part: Part;
  readonly evidence: Evidence;
}

type Need = NonNullable<DraftCapability['needs']>[number];

/**
 * Providers and capabilities that a plan must declare: those that the catalogue lacks, and those of the catalogue of which a need was seen
 * that it does not have.
 */
export function declaredProviders(
  used: readonly string[],
  below: readonly Below[],
  knowledge: Knowledge,
): DraftProvider[] {
  const made = new Map<string, Map<string, DraftCapability>>();
  const needs = new Map<string, Need[]>();
  for (const { of, use, part, evidence } of below) {
    if (isKnownNeed(of, use, knowledge)) continue;
    // Where one asks whether a certificate is still good, most clients go on without an answer.
    const kind = part === 'certificates' ? ('degraded' as const) : undefined;
    needs.set(of, [...(needs.get(of) ?? []), { use, evidence, ...(kind === undefined ? {} : { kind }) }]);
  }
  const waiting = [...used, ...below.flatMap(({ of, use }) => [of, use])];
  const seen = new Set<string>();
  for (let reference = waiting.shift(); reference !== undefined; reference = waiting.shift()) {
    const name = reference.split('@')[0] ?? reference;
    if (seen.has(name)) continue;
    seen.add(name);
    const parsed = parseReference(name);
    if (parsed?.capability === undefined) continue;
    const ofCatalog = knowledge.ofCatalog(name);
    const found = needs.get(name) ?? [];
    if (ofCatalog !== undefined && found.length === 0) continue;
    const own =
      ofCatalog === undefined
        ? ownCapability(name, parsed.capability, knowledge)
        : { name: parsed.capability };
    const all = [
      ...(own.needs ?? []),
      ...found.filter(({ use }) => !own.needs?.some((one) => one.use === use)),
    ];
    waiting.push(...all.map(({ use }) => use));
    const capabilities = made.get(parsed.provider) ?? new Map();
    made.set(parsed.provider, capabilities);
    capabilities.set(parsed.capability, all.length === 0 ? own : { ...own, needs: all });
  }
  return [...made].map(([name, capabilities]) => ({
    name,
    title: knowledge.vendor(name)?.title ?? name,
    kind: knowledge.vendor(name)?.kind ?? 'rpc',
    capabilities: [...capabilities.values()],
  }));
}

function isKnownNeed(of: string, use: string, knowledge: Knowledge): boolean {
  const known = knowledge.ofCatalog(of)?.needs ?? [];
  return known.some((one) => one.use === use || one.use.startsWith(`${withoutScope(use)}@`));
}

function ownCapability(reference: string, name: string, knowledge: Knowledge): DraftCapability {
  const own = knowledge.own(reference);
  // Nodes at a domain of which no file of fingerprints tells.
  if (own === undefined) return { name, title: 'JSON-RPC of chains', kind: 'rpc', handles: ['content'] };
  const { needs, isGeneral: _, ...rest } = own;
  return {
    ...rest,
    ...(needs === undefined
      ? {}
      : {
          needs: needs.map((need) => ({
            use: need.use,
            ...(need.kind === 'hard' ? {} : { kind: need.kind }),
            evidence: {
              source: need.source ?? null,
              date: need.date,
              confidence: 'medium' as const,
              basis: need.basis,
              ...(need.note === undefined ? {} : { note: need.note }),
              offset: 0,
            },
          })),
        }),
  };
}
