import type { ReadRequest } from './request-in.ts';
import type { Good } from './tolerance-in.ts';

export interface ImportedTry extends Omit<ReadRequest, 'notes'> {
  readonly good: Good;
  /** Undefined where it is not known. */
  readonly journey: string | undefined;
  /** Where it stood, as in `method[3]`: of several that ask the same, the first. */
  readonly at: string;
  readonly name: string;
}

/** Tries, each once: what asks the same and does not contradict is one. */
export class Tries {
  private readonly byRequest = new Map<string, ImportedTry[]>();

  get all(): readonly ImportedTry[] {
    return [...this.byRequest.values()].flat();
  }

  /**
   * @param mayDiffer whether it is a try of its own where the same is asked already and something else held against it
   * @returns the one that it contradicts, where it may not
   */
  add(
    { method, path, headers, body, inSession, good, journey, at, name }: ImportedTry,
    mayDiffer: boolean,
  ): ImportedTry | undefined {
    const one = { method, path, headers, body, inSession, good, journey, at, name };
    const key = JSON.stringify([method, path, headers, body ?? null, inSession]);
    const known = this.byRequest.get(key) ?? [];
    this.byRequest.set(key, known);
    const i = known.findIndex((other) => agree(other.good, good));
    const other = known[i];
    if (other !== undefined) known[i] = { ...other, good: { ...other.good, ...good } };
    else if (known.length === 0 || mayDiffer) known.push(one);
    else return known[0];
    return undefined;
  }
}

function agree(a: Good, b: Good): boolean {
  const isFree = <T>(x: T | undefined, y: T | undefined): boolean =>
    x === undefined || y === undefined || x === y;
  return isFree(a.status, b.status) && isFree(a.contains, b.contains);
}
