import { Interpreter, labelOf, reachedBy, type Algebra, type Model, type Node } from '../model/index.ts';

/** Events each of which alone takes several alternatives of one redundancy. */
export interface SharedFate {
  readonly service: string;
  readonly alternatives: readonly string[];
  readonly events: readonly string[];
}

/**
 * Events that alone take several alternatives of one redundancy. Read with sets of single events in place of truth: the
 * value of a requirement is the set of events each of which alone takes it down.
 */
export function sharedFateOf(model: Model): SharedFate[] {
  const reader = readerOf(model);
  const { onPath, inChange } = reachedBy(model, model.journeys);
  const result: SharedFate[] = [];
  for (const [index, service] of model.services.entries()) {
    const members = membersOf(model, index);
    if (members.length < 2) continue;
    const found = new Map<number, Set<number>>();
    for (const change of [false, true]) {
      if (!(change ? inChange : onPath).has(index)) continue;
      for (const [i, member] of members.entries())
        for (const event of membersOfSet(reader.failed(member, { load: 0, change })))
          found.set(event, (found.get(event) ?? new Set<number>()).add(i));
    }
    const groups = new Map<string, { alternatives: number[]; events: string[] }>();
    for (const [event, hit] of found) {
      if (hit.size < 2) continue;
      const alternatives = [...hit].sort((a, b) => a - b);
      const group = groups.get(alternatives.join()) ?? { alternatives, events: [] };
      group.events.push(model.events[event]?.id ?? '');
      groups.set(alternatives.join(), group);
    }
    for (const { alternatives, events } of groups.values()) {
      const labels = alternatives.map((i) => labelOf(model, members[i] as Node, i)); // i numbers a member
      result.push({ service: service.name, alternatives: labels, events: events.sort() });
    }
  }
  return result;
}

/** Services whose switch has its steering wheel on what it steers away from: one event takes both. */
export function steeringOnWhatItSteers(model: Model): { service: number; events: string[] }[] {
  const reader = readerOf(model);
  const found: { service: number; events: string[] }[] = [];
  for (const [service, { redundancy }] of model.services.entries()) {
    if (redundancy?.kind !== 'any' || redundancy.failover?.steering === undefined) continue;
    const [first] = redundancy.options;
    if (first === undefined) continue;
    const wheel = new Set(
      membersOfSet(reader.failed(redundancy.failover.steering, { load: 0, change: true })),
    );
    const both = membersOfSet(reader.failed(first.node, { load: 0, change: false })).filter((event) =>
      wheel.has(event),
    );
    if (both.length > 0)
      found.push({ service, events: both.map((event) => model.events[event]?.id ?? '').sort() });
  }
  return found;
}

/** The nodes of a service's alternatives or members. */
export function membersOf(model: Model, index: number): readonly Node[] {
  const service = model.services[index];
  if (service?.pool !== undefined) return service.pool.map((member) => member.node);
  const redundancy = service?.redundancy;
  if (redundancy === undefined) return [];
  return redundancy.kind === 'any' ? redundancy.options.map((option) => option.node) : redundancy.of;
}

const readers = new WeakMap<Model, Interpreter<Singles>>();

function readerOf(model: Model): Interpreter<Singles> {
  const reader = readers.get(model) ?? new Interpreter(model, singlesAlgebra(model));
  readers.set(model, reader);
  return reader;
}

/** A set of events as bits, or all of them. */
type Singles = Uint32Array;

function singlesAlgebra(model: Model): Algebra<Singles> {
  const words = Math.ceil(model.events.length / 32) + 1;
  const none = new Uint32Array(words);
  const all = new Uint32Array(words).fill(0xffffffff);
  return {
    never: none,
    always: all,
    event(index) {
      const event = model.events[index];
      // A region or zone counts even where no outage of it is recorded: it is one thing that can go.
      if (
        event === undefined ||
        (event.kind !== 'place' && (event.rate === undefined || event.probability === 0))
      )
        return none;
      const set = new Uint32Array(words);
      set[index >>> 5] = 1 << (index & 31);
      return set;
    },
    or(terms) {
      if (terms.length === 1 && terms[0] !== undefined) return terms[0];
      const result = new Uint32Array(words);
      for (const term of terms)
        for (let i = 0; i < words; i++) result[i] = (result[i] as number) | (term[i] as number);
      return result;
    },
    and(terms) {
      const result = new Uint32Array(words).fill(0xffffffff);
      for (const term of terms)
        for (let i = 0; i < words; i++) result[i] = (result[i] as number) & (term[i] as number);
      return result;
    },
    not() {
      throw new Error('Sets of single events have no complement: protections are not asked of them.');
    },
    exceeds(weights, terms, slack) {
      const result = new Uint32Array(words);
      for (let i = 0; i < words; i++) {
        let any = 0;
        for (const term of terms) any |= term[i] as number;
        for (let bit = 0; bit < 32; bit++) {
          if (((any >>> bit) & 1) === 0) continue;
          let sum = 0;
          for (const [j, term] of terms.entries())
            if ((((term[i] as number) >>> bit) & 1) === 1) sum += weights[j] ?? 0;
          if (sum > slack) result[i] = (result[i] as number) | (1 << bit);
        }
      }
      return result;
    },
  };
}

function membersOfSet(set: Singles): number[] {
  const result: number[] = [];
  for (let i = 0; i < set.length; i++) {
    let word = set[i] as number;
    // The last word and what lies past the events stands only in "all", which no single event is.
    for (; word !== 0; word &= word - 1) result.push(i * 32 + (31 - Math.clz32(word & -word)));
  }
  return result;
}
