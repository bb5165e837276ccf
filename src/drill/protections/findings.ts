import type { Model, Protection } from '../../model/index.ts';
import { placeIn } from '../../plan/index.ts';
import { exposuresOf } from './claims.ts';
import { editOf, offsetOf } from './edit.ts';
import type {
  AlternativeResult,
  ProtectedPath,
  ProtectionDrill,
  ProtectionFinding,
  ProtectionSeen,
} from './result.ts';

/** Protections of which some shape must be kept away: who lets all of them through has none of it. Of a rate or a challenge a few requests cannot say so. */
const SHOWS: ReadonlySet<Protection> = new Set(['waf', 'bot']);

/** What the plan says against what was seen, one alternative after the other. @param service that the path belongs to */
export function findingsOf(model: Model, service: number, path: ProtectedPath): readonly ProtectionFinding[] {
  return path.alternatives.flatMap((alternative) => [
    ...wholeOf(model, service, path, alternative),
    ...protectionsOf(model, service, path, alternative),
  ]);
}

export function outcomeOf(
  findings: readonly ProtectionFinding[],
  stopped: string | null,
): ProtectionDrill['outcome'] {
  const has = (outcome: ProtectionFinding['outcome']): boolean =>
    findings.some((one) => one.outcome === outcome);
  if (has('wrong')) return 'wrong';
  if (stopped !== null || has('unclear')) return 'unclear';
  return has('better') ? 'better' : 'agrees';
}

/** What is said of an alternative because of its harmless requests. */
function wholeOf(
  model: Model,
  service: number,
  path: ProtectedPath,
  alternative: AlternativeResult,
): ProtectionFinding[] {
  const { name, number, twins, addresses, samples } = alternative;
  if (twins === 'open') return [];
  const last = samples.findLast(({ twin }) => twin !== 'not sent')?.twin ?? 'nothing';
  const at = addresses.join(', ');
  const common = {
    ...whereOf(model, service, path, alternative),
    protection: null,
    samples: [],
    edit: null,
    exposes: [],
  };
  if (twins === 'closed') {
    const says = `${name} (${at}) blocks harmless requests as it blocks attacks: ${last}. That is no protection: nobody is served, or this drill is kept out.`;
    return [{ ...common, kind: 'blocks-everything', outcome: 'wrong', says }];
  }
  if (twins === 'shut-out') {
    const sent = samples.filter(({ twin }) => twin !== 'not sent').length;
    const says = `${name} (${at}) has shut this drill out after ${sent} of ${samples.length} samples: ${last}. What came after is not known.`;
    return [{ ...common, kind: 'shut-out', outcome: 'unclear', says }];
  }
  const says = `${name} (${at}) does not answer harmless requests as it should: ${last}. Alternative ${number} could not be seen.`;
  return [{ ...common, kind: 'silent', outcome: 'unclear', says }];
}

function protectionsOf(
  model: Model,
  service: number,
  path: ProtectedPath,
  alternative: AlternativeResult,
): ProtectionFinding[] {
  const index = alternative.number - 1;
  const wrong = alternative.seen.filter((seen) => wrongness(seen) !== undefined);
  const lacking = new Set(wrong.map(({ protection }) => protection));
  const first = path.alternatives[0];
  return alternative.seen.flatMap((seen): ProtectionFinding[] => {
    const { protection, blocked } = seen;
    const kind = wrongness(seen);
    if (kind === undefined) {
      if (!isUnsaid(seen)) return [];
      const says = `${alternative.name} blocks ${shareOf(seen)} that ${protection} is to keep away, and the plan does not say that it protects with ${protection}.`;
      const where = whereOf(model, service, path, alternative);
      const rest = { protection, edit: null, exposes: [], samples: blocked };
      return [{ ...where, ...rest, kind: 'unsaid', outcome: 'better', says }];
    }
    const what = { service, alternative: index, protection, lacking };
    return [
      {
        ...whereOf(model, service, path, alternative, offsetOf(model, what)),
        kind,
        outcome: 'wrong',
        protection,
        says: wrongSays(kind, seen, alternative, first),
        samples: kind === 'weaker' ? seen.leaks : seen.through,
        edit: editOf(model, what),
        exposes: exposuresOf(model, { service, alternative: index, protections: lacking }, protection),
      },
    ];
  });
}

function wrongness({
  protection,
  isClaimed,
  blocked,
  through,
  leaks,
}: ProtectionSeen): 'absent' | 'weaker' | undefined {
  if (!isClaimed || through.length === 0) return undefined;
  if (blocked.length === 0 && (SHOWS.has(protection) || leaks.length > 0)) return 'absent';
  return leaks.length > 0 ? 'weaker' : undefined;
}

/** Whether it keeps away most of what a protection is to keep away, unsaid. */
function isUnsaid({ isClaimed, blocked, through }: ProtectionSeen): boolean {
  return !isClaimed && blocked.length > through.length;
}

function wrongSays(
  kind: 'absent' | 'weaker',
  seen: ProtectionSeen,
  { name, number }: AlternativeResult,
  first: AlternativeResult | undefined,
): string {
  const { protection, through, leaks } = seen;
  const says = `the plan says that ${name} protects with ${protection}`;
  if (kind === 'weaker')
    return `${sentence(says)}, and it lets through ${leaks.length} of the samples that ${first?.name} blocks.`;
  const beside = number === 1 || leaks.length === 0 ? '' : `, ${leaks.length} of which ${first?.name} blocks`;
  return `${sentence(says)}, and it lets through every sample of it that was clear (${through.length})${beside}.`;
}

function shareOf({ blocked, through }: ProtectionSeen): string {
  return `${blocked.length} of ${blocked.length + through.length} samples`;
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function whereOf(
  model: Model,
  service: number,
  path: ProtectedPath,
  { name, number }: AlternativeResult,
  offset?: number,
): Pick<ProtectionFinding, 'service' | 'alternative' | 'number' | 'edge' | 'file' | 'line' | 'column'> {
  const said = model.plan.services?.find((one) => one.name === path.service)?.value.any?.[number - 1];
  const at = offset ?? said?.offset ?? model.services[service]?.offset ?? 0;
  const { file, line, column } = placeIn(model.plan, at);
  return {
    service: path.service,
    alternative: name,
    number,
    edge: `${path.service}.any[${number}]`,
    file,
    line,
    column,
  };
}
