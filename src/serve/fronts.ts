import { createHash, timingSafeEqual } from 'node:crypto';
import { PROTECTIONS, type Model, type Node, type Protection } from '../model/index.ts';
import { servicesOf } from './targets.ts';

/** How a request shows through which alternative of a front it came. */
interface Mark {
  readonly alternative: number;
  readonly header: string;
  readonly digest: Buffer;
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
      const marks = (value.any ?? []).flatMap(({ arrives }, alternative): Mark[] =>
        arrives === undefined
          ? []
          : [{ alternative, header: arrives.header, digest: digestOf(secretAt(arrives.value)) }],
      );
      if (marks.length === 0) continue;
      this.marks.set(index, marks);
      this.brings.set(
        index,
        redundancy.options.map(({ node }) => this.maskOf(node)),
      );
    }
    this.secretHeaders = [...new Set([...this.marks.values()].flat().map(({ header }) => header))];
    this.needed = model.journeys.map(({ modes }) =>
      modes.map(({ node, need, missing }) => ({
        need: need.reduce((bits, one) => bits | (1 << PROTECTIONS.indexOf(one)), 0),
        isRefused: missing === 'refuse',
        front: this.frontOf(node),
        rest: this.maskOf(node),
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

  /** Protections that are there whatever alternative is in use, what a marked front brings left out. */
  private maskOf(node: Node): number {
    switch (node.kind) {
      case 'reference':
        return bitsOf(this.model.references[node.reference]?.protects);
      case 'all':
        return node.parts.reduce((bits, part) => bits | this.maskOf(part), 0);
      case 'any':
        return node.options.reduce((bits, option) => bits & this.maskOf(option.node), -1);
      case 'atLeast':
        return node.of.reduce((bits, part) => bits & this.maskOf(part), -1);
      default: {
        const service = this.model.services[node.service];
        if (service === undefined || this.marks.has(node.service)) return 0;
        const parts = [service.needs, service.redundancy].flatMap((part) => part ?? []);
        const own = bitsOf(service.protects) | parts.reduce((bits, part) => bits | this.maskOf(part), 0);
        const members = (service.pool ?? []).reduce((bits, member) => bits & this.maskOf(member.node), -1);
        return service.pool === undefined ? own : own | members;
      }
    }
  }
}

function alternativeOf(marks: readonly Mark[], headers: NodeJS.Dict<string | string[]>): number | undefined {
  for (const { alternative, header, digest } of marks) {
    const value = headers[header];
    if (typeof value === 'string' && timingSafeEqual(digestOf(value), digest)) return alternative;
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
