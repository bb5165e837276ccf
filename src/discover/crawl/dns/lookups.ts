import { show } from '../../../problems.ts';
import type { Budget } from '../budget.ts';
import type { Lookup, RecordType, Trouble } from '../crawl.ts';
import { RECORD_TYPES } from '../crawl.ts';
import type { Resolver } from './resolver.ts';

/** The questions of one platform: each is asked once, within its budget. */
export class Lookups {
  private readonly resolver: Pick<Resolver, 'lookUp'>;
  private readonly budget: Budget;
  private readonly asked = new Map<string, Promise<Lookup | undefined>>();
  private readonly answered: Lookup[] = [];

  constructor(resolver: Pick<Resolver, 'lookUp'>, budget: Budget) {
    this.resolver = resolver;
    this.budget = budget;
  }

  /** Undefined where the budget is spent. */
  get(name: string, type: RecordType): Promise<Lookup | undefined> {
    const key = `${name} ${type}`;
    const known = this.asked.get(key);
    if (known !== undefined) return known;
    const asking = this.budget.take('lookups') ? this.ask(name, type) : Promise.resolve(undefined);
    this.asked.set(key, asking);
    return asking;
  }

  /** Of one name, in the order of the types. */
  async getAll(name: string, types: readonly RecordType[]): Promise<Lookup[]> {
    const found = await Promise.all(types.map((type) => this.get(name, type)));
    return found.filter((lookup) => lookup !== undefined);
  }

  /** By name and type, whenever they were answered. */
  get all(): Lookup[] {
    return this.answered.toSorted(
      (a, b) => compare(a.name, b.name) || RECORD_TYPES.indexOf(a.type) - RECORD_TYPES.indexOf(b.type),
    );
  }

  /** What was not answered. */
  get troubles(): Trouble[] {
    return this.answered.flatMap(({ name, type, outcome, chain }) => {
      const why = WHY[outcome];
      const said = why === undefined ? undefined : `${show(name)} was asked for ${type}: ${why}.`;
      const loop =
        outcome === 'loop' ? ` The last of its ${chain.length} CNAMEs is ${show(chain.at(-1) ?? '')}.` : '';
      return said === undefined ? [] : [{ of: name, code: 'dns' as const, message: said + loop }];
    });
  }

  private async ask(name: string, type: RecordType): Promise<Lookup | undefined> {
    const lookup = await Promise.race([this.resolver.lookUp(name, type), this.budget.over]);
    if (lookup === undefined) return undefined;
    const size = [...lookup.chain, ...lookup.records].reduce((sum, text) => sum + text.length, 0);
    const kept = this.budget.keep(size) ? lookup : { ...lookup, chain: [], records: [] };
    this.answered.push(kept);
    return kept;
  }
}

const WHY: Partial<Record<Lookup['outcome'], string>> = {
  failed: 'the resolver could not answer',
  refused: 'the resolver refused',
  'timed-out': 'no answer came in time',
  malformed: 'what came could not be read',
  loop: 'its CNAMEs do not end',
};

/** By code units: the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
