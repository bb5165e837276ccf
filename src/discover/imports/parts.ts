import type { Evidence } from '../../plan/index.ts';
import { problem, type Problem } from '../../problems.ts';
import {
  namesIn,
  type Draft,
  type DraftJourney,
  type DraftRequirement,
  type DraftService,
} from '../draft.ts';
import { findCircles } from './circles.ts';
import { sayCounts, timesSay, type ImportCounts, type Imported, type ImportOptions } from './import.ts';
import { remark, toName } from './names.ts';
import { References } from './references.ts';
import { saidByHost } from './said-by-host.ts';
import { allOf, without } from './requirements.ts';

/** Most services of a draft, as of a plan. */
const MAX_SERVICES = 20_000;
/** Most services that stand on each other in a row. A plan may have 200. */
const MAX_ROW = 190;
/** Most journeys that are made one an entry; further entries share one. */
const MAX_JOURNEYS = 60;
/** Longest list of counts in a note. */
const MAX_COUNTED = 40;

/** A part of a platform while a file is read. */
export interface Part {
  readonly name: string;
  readonly comments: string[];
  readonly needs: DraftRequirement[];
  /** What the file says of it, for the note of its evidence. */
  readonly notes: string[];
  /** How often each need was seen. */
  readonly seen: Map<string, number>;
  /** Users come in here. */
  isEntry: boolean;
  /** It has no outages of its own, beside those of what it needs: a name, a bucket. */
  isOnlyItsNeeds: boolean;
  /** A name with records: a program that is told of it may be told of itself. */
  isName: boolean;
}

/** What the file is, in the evidence: `Terraform plan`. */
export interface Origin {
  readonly file: string;
  readonly basis: string;
  readonly confidence: Evidence['confidence'];
  /** What its entries are: `resources`. */
  readonly entries: string;
  /** What of it is left aside, in general: `, as settings of others`. */
  readonly asideAs?: string;
}

/** Collects the parts that a file tells of, and makes a draft of them. */
export class Parts {
  readonly references: References;
  private readonly parts = new Map<string, Part>();
  /** Names by what they were asked for, so that the same thing has the same name. */
  private readonly names = new Map<string, string>();
  /** How many parts were called alike. */
  private readonly repeats = new Map<string, number>();
  private readonly options: ImportOptions;
  private readonly origin: Origin;

  constructor(origin: Origin, options: ImportOptions) {
    this.origin = origin;
    this.options = options;
    this.references = new References(options.catalog, options.providers);
  }

  /** The part of this key, made when it is first asked for. Its name is the label as a name, with a number where that is taken. */
  of(key: string, label = key): Part {
    const known = this.parts.get(this.names.get(key) ?? '');
    if (known !== undefined) return known;
    const clean = toName(label);
    // An event names one thing: a service may not be called like a provider.
    const plain = this.references.isProvider(clean) ? `${clean.slice(0, 54)}-service` : clean;
    let name = plain;
    while (this.parts.has(name)) {
      const count = (this.repeats.get(plain) ?? 1) + 1;
      this.repeats.set(plain, count);
      name = `${plain.slice(0, 58)}-${count}`;
    }
    const part: Part = {
      name,
      comments: [],
      needs: [],
      notes: [],
      seen: new Map(),
      isEntry: false,
      isOnlyItsNeeds: false,
      isName: false,
    };
    this.names.set(key, name);
    this.parts.set(name, part);
    return part;
  }

  has(key: string): boolean {
    return this.names.has(key);
  }

  /** The name of the part of this key, where there is one. */
  nameOf(key: string): string | undefined {
    return this.names.get(key);
  }

  /** Adds a need that was seen so many times. */
  see(from: Part, to: string, count: number): void {
    if (from.name === to) return;
    if (!from.seen.has(to)) from.needs.push(to);
    from.seen.set(to, (from.seen.get(to) ?? 0) + count);
  }

  get size(): number {
    return this.parts.size;
  }

  /** A host or an address that the file names and does not explain: a part of its own, on what `matchHost` knows of it. */
  outside(host: string, headers: readonly (readonly [string, string])[] = []): Part {
    const isNew = !this.has(host);
    const part = this.of(host);
    if (!isNew) return part;
    const said = saidByHost(host);
    const known = (this.options.matchHost?.(host, headers) ?? []).filter((one) =>
      this.references.isUsable(one),
    );
    if (known.length > 0) part.needs.push(...known);
    else if (said !== undefined) part.needs.push(this.references.at(said.capability, said.place));
    else part.comments.push('Not explained by this file: what does it stand on?');
    part.isOnlyItsNeeds = part.needs.length > 0;
    return part;
  }

  /** The draft; or why there is none. */
  finish(counts: ImportCounts, comments: readonly string[] = []): Imported {
    const start = { file: this.origin.file, line: 1, column: 1 };
    const refuse = (found: Problem): Imported => ({ draft: undefined, problems: [found], counts });
    if (this.parts.size === 0)
      return refuse(problem('nothing-imported', start, { entries: this.origin.entries }));
    if (this.parts.size > MAX_SERVICES)
      return refuse(
        problem('too-many', start, { what: 'services', max: MAX_SERVICES, found: this.parts.size }),
      );
    this.openCircles();
    const services = [...this.parts.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((part) => this.serviceOf(part));
    if (rowOf(services) > MAX_ROW) return refuse(problem('services-too-deep', start, { limit: MAX_ROW }));
    const references = services.flatMap(({ needs }) => (needs === null ? [] : namesIn(needs)));
    const draft: Draft = {
      name: this.options.name ?? titleOf(this.origin.file),
      kind: this.options.kind ?? 'other',
      asOf: this.options.asOf,
      comments: [
        `Made of ${this.origin.basis}. A person must look through it before it is believed.`,
        ...sayCounts(counts, this.origin.entries, this.origin.asideAs),
        ...comments,
      ].map(remark),
      journeys: journeysOf(
        services,
        new Set([...this.parts.values()].filter((one) => one.isEntry).map((one) => one.name)),
      ),
      services,
      providers: this.references.lacking(references.filter((name) => name.includes('/'))),
    };
    return { draft, problems: [], counts };
  }

  private openCircles(): void {
    const edges = new Map<string, string[]>();
    for (const part of this.parts.values())
      edges.set(
        part.name,
        [...new Set(part.needs.flatMap(namesIn))].filter((name) => this.parts.has(name)),
      );
    const seen = (from: string, to: string): number => {
      const part = this.parts.get(from);
      // What a program is told goes before anything else: it may be the name by which it is reached itself.
      const isTold = part?.isOnlyItsNeeds === false && this.parts.get(to)?.isName === true;
      return part?.seen.get(to) ?? (isTold ? -1 : 0);
    };
    for (const { from, to } of findCircles(edges, seen)) {
      const part = this.parts.get(from);
      if (part === undefined) continue;
      const kept = part.needs.flatMap((need) => without(need, (name) => name !== to) ?? []);
      part.needs.splice(0, part.needs.length, ...kept);
      if (from !== to)
        part.comments.push(
          `It needs ${to} too, which needs it: a plan has no circles, so this edge is left out.`,
        );
    }
  }

  private serviceOf(part: Part): DraftService {
    const counted = [...part.seen].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const counts = counted.slice(0, MAX_COUNTED).map(([to, count]) => `${to} ${timesSay(count)}`);
    if (counted.length > MAX_COUNTED) counts.push(`and ${counted.length - MAX_COUNTED} more`);
    const note = [...part.notes.slice(0, 20), ...(counts.length > 0 ? [`Seen: ${counts.join(', ')}`] : [])];
    const needs = allOf(part.needs);
    return {
      name: part.name,
      comments: [...new Set(part.comments)].slice(0, 20).map(remark),
      needs: needs ?? null,
      ...(needs !== undefined && part.isOnlyItsNeeds ? { outages: 'none' as const } : {}),
      evidence: [
        {
          source: this.origin.file.slice(0, 2000),
          date: this.options.asOf,
          confidence: this.origin.confidence,
          basis: this.origin.basis.slice(0, 200),
          offset: 0,
          ...(note.length > 0 ? { note: `${note.map(noted).join('. ')}.` } : {}),
        },
      ],
    };
  }
}

/** As `remark`, as long as a note may be. */
function noted(text: string): string {
  return (
    text
      .match(/.{1,380}/gsu)
      ?.slice(0, 9)
      .map(remark)
      .join(' ') ?? ''
  );
}

function titleOf(file: string): string {
  const name =
    file
      .split(/[/\\]/)
      .at(-1)
      ?.replace(/\.(?:json|ya?ml|har|tfstate|txt|prom)$/i, '') ?? '';
  return remark(name === '' ? 'imported' : name).slice(0, 200);
}

/**
 * One journey an entry: what users come in by, as far as the file says, and else whatever nothing else needs. What no entry reaches has a
 * journey of its own, so that it is in the figures until a person has said what needs it.
 */
export function journeysOf(services: readonly DraftService[], entries: ReadonlySet<string>): DraftJourney[] {
  const needed = new Map(services.map(({ name, needs }) => [name, needs === null ? [] : namesIn(needs)]));
  const called = new Set([...needed.values()].flat());
  const roots = services.map(({ name }) => name).filter((name) => !called.has(name));
  const chosen = roots.filter((name) => entries.has(name));
  const starts = chosen.length > 0 ? chosen : roots;
  const reached = new Set(starts);
  for (const name of reached) for (const next of needed.get(name) ?? []) reached.add(next);
  const rest = roots.filter((name) => !reached.has(name));
  const own = starts.slice(0, MAX_JOURNEYS);
  const taken = new Set(own);
  return [
    ...own.map((name) =>
      journey(name, name, [
        chosen.length > 0
          ? `Users come in by ${name}. What do they come for? Name it, and say what it is worth when parts are missing.`
          : `Nothing else needs ${name}. Do users come for it? Name what they come for, or leave it out.`,
      ]),
    ),
    ...together(starts.slice(MAX_JOURNEYS), 'further-entries', taken, [
      'More entries, in one journey: it is down when any of them is. Part them by what users come for.',
    ]),
    ...together(rest, 'unclaimed', taken, [
      'What no entry was seen to need. Which journey needs it? Move it there, or leave it out.',
    ]),
  ];
}

function together(
  names: readonly string[],
  name: string,
  taken: ReadonlySet<string>,
  comments: readonly string[],
): DraftJourney[] {
  const needs = allOf(names);
  return needs === undefined ? [] : [journey(taken.has(name) ? `${name}-2` : name, needs, comments)];
}

function journey(name: string, needs: DraftRequirement, comments: readonly string[]): DraftJourney {
  return { name, comments: comments.map(remark), modes: [{ name: 'full', needs }] };
}

/** The longest row of services that stand on each other. They have no circles. */
function rowOf(services: readonly DraftService[]): number {
  const needs = new Map(services.map((one) => [one.name, one.needs === null ? [] : namesIn(one.needs)]));
  const rows = new Map<string, number>();
  for (const { name: start } of services) {
    const stack = [{ name: start, at: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const list = needs.get(top.name) ?? [];
      const next = list[top.at++];
      if (next !== undefined) {
        if (needs.has(next) && !rows.has(next)) stack.push({ name: next, at: 0 });
        continue;
      }
      let row = 1;
      for (const one of list) row = Math.max(row, 1 + (rows.get(one) ?? 0));
      rows.set(top.name, row);
      stack.pop();
    }
  }
  return Math.max(0, ...rows.values());
}
