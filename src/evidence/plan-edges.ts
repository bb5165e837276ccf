import type { Edge, EdgeKind } from '../map/index.ts';
import {
  bestConfidence,
  placeIn,
  trustedOf,
  type Plan,
  type Requirement,
  type Service,
} from '../plan/index.ts';
import type { EvidenceRow } from './result.ts';
import { isAssumed, sourceOf } from './sources.ts';

/** Where a plan says an edge, and in which words: by those, the modes that it is said for. */
interface Statement {
  readonly offset: number;
  readonly words: Map<string, string[]>;
}

/** How an edge is said: as the map draws it, and in words. */
interface Manner {
  readonly kind: EdgeKind;
  readonly position: number;
  readonly words: string;
}

const NEEDED: Manner = { kind: 'needs', position: 0, words: 'needed' };

/** The edges that a plan itself says: what journeys and services need. */
export class PlanEdges {
  private readonly plan: Plan;
  private readonly services: ReadonlyMap<string, Service>;
  private readonly statements = new Map<string, Statement>();

  constructor(plan: Plan) {
    this.plan = plan;
    this.services = new Map((plan.services ?? []).map(({ name, value }) => [name, value]));
    for (const { name, value } of plan.journeys)
      for (const mode of value.modes) this.connect(`journey:${name}`, mode.value.needs, NEEDED, mode.name);
    for (const [name, value] of this.services) this.service(name, value);
  }

  row(from: string, to: string, { kind, position }: Edge): EvidenceRow {
    const statement = this.statements.get(keyOf(from, to, kind, position));
    const sources = (this.services.get(from)?.evidence ?? []).map(sourceOf);
    const count = sources.length === 1 ? '1 source' : `${sources.length} sources`;
    const assumed = isAssumed(sources);
    return {
      kind: 'edge',
      subject: from,
      needs: to,
      says: inWords(statement),
      basis: assumed ? 'assumed' : 'plan',
      detail: assumed
        ? 'assumed, as the plan says'
        : `the plan, ${sources.length === 0 ? 'without a source' : `with ${count}`}`,
      sources,
      confidence: bestConfidence(sources),
      line: statement === undefined ? null : placeIn(this.plan, statement.offset).line,
    };
  }

  private service(name: string, value: Service): void {
    for (const part of [...(value.needs === undefined ? [] : [value.needs]), ...(value.all ?? [])])
      this.connect(name, part, NEEDED);
    for (const part of trustedOf(value))
      this.connect(name, part, { ...NEEDED, words: 'trusted for headers' });
    for (const [i, { use }] of (value.any ?? []).entries())
      this.connect(name, use, { kind: 'alternative', position: i + 1, words: `alternative ${i + 1}` });
    if (value.failover?.needs !== undefined)
      this.connect(name, value.failover.needs, { kind: 'steers', position: 0, words: 'steers the switch' });
    const { of = [], atLeast = 1 } = value;
    for (const part of of) this.connect(name, part, memberOf(atLeast, of.length));
    for (const { use, capacity, needs } of value.pool ?? []) {
      this.connect(name, use, { kind: 'member', position: 0, words: `member of the pool, adds ${capacity}` });
      if (needs !== undefined)
        this.connect(name, needs, { kind: 'grows', position: 0, words: 'lets the pool grow' });
    }
  }

  /** Follows a requirement as the map does: parts of an alternative are that alternative. */
  private connect(from: string, requirement: Requirement, manner: Manner, mode?: string): void {
    const isPlain = manner.kind === 'needs';
    switch (requirement.kind) {
      case 'name':
        this.state(from, requirement.name, requirement.offset, manner, mode);
        return;
      case 'from': {
        const words = isPlain ? `${requirement.atLeast} of the pool needed` : manner.words;
        this.state(from, requirement.pool, requirement.offset, { ...manner, words }, mode);
        return;
      }
      case 'all':
        for (const part of requirement.parts) this.connect(from, part, manner, mode);
        return;
      case 'atLeast': {
        const member = memberOf(requirement.atLeast, requirement.of.length);
        for (const part of requirement.of) this.connect(from, part, isPlain ? member : manner, mode);
        return;
      }
      default:
        for (const [i, part] of requirement.of.entries()) {
          const position = i + 1;
          const alternative: Manner = { kind: 'alternative', position, words: `alternative ${position}` };
          this.connect(from, part, isPlain ? alternative : manner, mode);
        }
    }
  }

  private state(from: string, to: string, offset: number, manner: Manner, mode: string | undefined): void {
    const key = keyOf(from, to, manner.kind, manner.position);
    const known = this.statements.get(key) ?? { offset, words: new Map<string, string[]>() };
    const modes = known.words.get(manner.words) ?? [];
    if (mode !== undefined && !modes.includes(mode)) modes.push(mode);
    known.words.set(manner.words, modes);
    this.statements.set(key, known);
  }
}

function memberOf(atLeast: number, members: number): Manner {
  return { kind: 'member', position: 0, words: `member, at least ${atLeast} of ${members}` };
}

function keyOf(from: string, to: string, kind: EdgeKind, position: number): string {
  return `${from} ${to} ${kind} ${position}`;
}

/** `needed for full, cancel-only`. */
function inWords(statement: Statement | undefined): string {
  if (statement === undefined) return 'needed';
  return [...statement.words]
    .map(([words, modes]) => (modes.length === 0 ? words : `${words} for ${modes.join(', ')}`))
    .join('; ');
}
