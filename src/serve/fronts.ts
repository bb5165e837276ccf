import { createHash, timingSafeEqual } from 'node:crypto';
import { PROTECTIONS, type Model, type Node, type Protection } from '../model/index.ts';
import { servicesOf } from './targets.ts';

/** How a request shows through which alternatives of a front it came: by what stands in a header. */
interface Mark {
  readonly header: string;
  readonly values: { readonly alternative: number; readonly digest: Buffer }[];
}

/** What a mode of a journey needs on the path, and what of that does not depend on the edge. */
interface Needed {
  readonly need: number;
  readonly isRefused: boolean;
  /** Undefined where the journey has no front that marks its requests. */
  readonly front: number | undefined;
  readonly rest: number;
}

export type PathVerdict =
  | { readonly kind: 'protected' }
  | { readonly kind: 'exposed'; readonly missing: readonly Protection[] }
  | { readonly kind: 'refused'; readonly missing: readonly Protection[]; readonly isMarked: boolean };

const PROTECTED: PathVerdict = { kind: 'protected' };

/** Which protections are on the path that a request really came, edge by edge. */
export class Fronts {
  /** Headers that carry secrets of edges: they go no further. */
  readonly secretHeaders: readonly string[];
  private readonly marks = new Map<number, readonly Mark[]>();
  /** By front and alternative, the protections that it brings. */
  private readonly brings = new Map<number, readonly number[]>();
  /** By journey, by mode. */
  private readonly needed: readonly (readonly Needed[])[];
  private readonly model: Model;

  /** @param secretAt what `env:NAME` or `file:PATH` hold */
  constructor(model: Model, secretAt: (where: string) => string) {
    this.model = model;
    const services = servicesOf(model.plan);
    for (const [index, { name, redundancy }] of model.services.entries()) {
      const value = services.get(name);
      if (value?.front !== true || redundancy?.kind !== 'any') continue;
      const marks: Mark[] = [];
      for (const [alternative, { arrives }] of (value.any ?? []).entries()) {
        if (arrives === undefined) continue;
        const { header, value: secret } = arrives;
        const known = marks.find((one) => one.header === header);
        const mark = known ?? { header, values: [] };
        if (known === undefined) marks.push(mark);
        mark.values.push({ alternative, digest: digestOf(secretAt(secret)) });
      }
      if (marks.length === 0) continue;
      this.marks.set(index, marks);
      this.brings.set(
        index,
        redundancy.options.map(({ node }) => bitsOn(model, node, NONE)),
      );
    }
    this.secretHeaders = [...new Set([...this.marks.values()].flat().map(({ header }) => header))];
    this.needed = model.journeys.map(({ modes }) =>
      modes.map(({ node, need, missing }) => ({
        need: need.reduce((bits, one) => bits | (1 << PROTECTIONS.indexOf(one)), 0),
        isRefused: missing === 'refuse',
        front: this.frontOf(node),
        // What a marked front brings is seen at each request.
        rest: bitsOn(model, node, this.marks),
      })),
    );
  }

  /** Whether requests of any journey show through which edge they came. */
  get areMarked(): boolean {
    return this.marks.size > 0;
  }

  /** Whether a request came through an edge that is known: then what it says of its client is believed. */
  isThroughAnEdge(headers: NodeJS.Dict<string | string[]>): boolean {
    for (const marks of this.marks.values()) if (alternativeOf(marks, headers) !== undefined) return true;
    return false;
  }

  /** @param headers of the request, as Node gives them */
  judge(journey: number, mode: number, headers: NodeJS.Dict<string | string[]>): PathVerdict {
    const needed = this.needed[journey]?.[mode];
    if (needed?.front === undefined || needed.need === 0) return PROTECTED;
    const alternative = alternativeOf(this.marks.get(needed.front) ?? [], headers);
    const brought = alternative === undefined ? 0 : (this.brings.get(needed.front)?.[alternative] ?? 0);
    const missing = needed.need & ~(needed.rest | brought);
    if (missing === 0) return PROTECTED;
    const names = PROTECTIONS.filter((_, i) => (missing & (1 << i)) !== 0);
    if (!needed.isRefused) return { kind: 'exposed', missing: names };
    return { kind: 'refused', missing: names, isMarked: alternative !== undefined };
  }

  /** The front that a mode needs in any case, if it marks its requests. */
  private frontOf(node: Node): number | undefined {
    if (node.kind === 'all') {
      for (const part of node.parts) {
        const found = this.frontOf(part);
        if (found !== undefined) return found;
      }
    }
    if (node.kind !== 'service') return undefined;
    if (this.marks.has(node.service)) return node.service;
    const needs = this.model.services[node.service]?.needs;
    return needs === undefined ? undefined : this.frontOf(needs);
  }
}

/** Protections on the path of a requirement, whatever alternative is in use. */
export function protectionsOn(model: Model, node: Node): Protection[] {
  const bits = bitsOn(model, node, NONE);
  return PROTECTIONS.filter((_, i) => (bits & (1 << i)) !== 0);
}

const NONE: ReadonlyMap<number, unknown> = new Map();

/** @param without services whose protections are left out */
function bitsOn(model: Model, node: Node, without: ReadonlyMap<number, unknown>): number {
  const on = (part: Node): number => bitsOn(model, part, without);
  const onAny = (parts: readonly Node[]): number => parts.reduce((bits, part) => bits | on(part), 0);
  const onEach = (parts: readonly Node[]): number =>
    parts.length === 0 ? 0 : parts.reduce((bits, part) => bits & on(part), -1);
  switch (node.kind) {
    case 'reference':
      return bitsOf(model.references[node.reference]?.protects);
    case 'all':
      return onAny(node.parts);
    case 'any':
      return onEach(node.options.map((option) => option.node));
    case 'atLeast':
      return onEach(node.of);
    default: {
      const service = model.services[node.service];
      if (service === undefined || without.has(node.service)) return 0;
      const parts = [service.needs, service.redundancy].flatMap((part) => part ?? []);
      return (
        bitsOf(service.protects) | onAny(parts) | onEach((service.pool ?? []).map((member) => member.node))
      );
    }
  }
}

function alternativeOf(marks: readonly Mark[], headers: NodeJS.Dict<string | string[]>): number | undefined {
  for (const { header, values } of marks) {
    const value = headers[header];
    if (typeof value !== 'string') continue;
    const digest = digestOf(value);
    const found = values.find((one) => timingSafeEqual(digest, one.digest));
    if (found !== undefined) return found.alternative;
  }
  return undefined;
}

function digestOf(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

function bitsOf(protections: ReadonlySet<Protection> | undefined): number {
  let bits = 0;
  for (const one of protections ?? []) bits |= 1 << PROTECTIONS.indexOf(one);
  return bits;
}
