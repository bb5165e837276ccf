/** An edge that would close a circle, and is left out. */
export interface LeftOut {
  readonly from: string;
  readonly to: string;
}

/** Beyond so many edges within one circle the choice is made by a walk alone, in linear time. */
const MAX_WEIGHED = 3000;

/**
 * Edges to leave out so that nothing needs itself: of each knot of services that need each other, the edges seen most often are kept
 * first. A plan has no circles.
 */
export function findCircles(
  edges: ReadonlyMap<string, readonly string[]>,
  weight: (from: string, to: string) => number,
): LeftOut[] {
  const left: LeftOut[] = [];
  for (const knot of knotsOf(edges)) {
    const members = new Set(knot);
    const inner = knot.flatMap((from) =>
      (edges.get(from) ?? []).filter((to) => members.has(to)).map((to) => ({ from, to })),
    );
    if (inner.length <= MAX_WEIGHED)
      inner.sort(
        (a, b) =>
          weight(b.from, b.to) - weight(a.from, a.to) || compare(a.from, b.from) || compare(a.to, b.to),
      );
    left.push(...(inner.length <= MAX_WEIGHED ? byWeight(inner) : byWalk(knot, inner)));
  }
  return left;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byWeight(edges: readonly LeftOut[]): LeftOut[] {
  const kept = new Map<string, string[]>();
  return edges.filter(({ from, to }) => {
    if (from === to || reaches(kept, to, from)) return true;
    const list = kept.get(from);
    if (list === undefined) kept.set(from, [to]);
    else list.push(to);
    return false;
  });
}

function reaches(edges: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const at of seen) {
    if (at === to) return true;
    for (const next of edges.get(at) ?? []) seen.add(next);
  }
  return false;
}

/** Edges back to where a walk in depth comes from. */
function byWalk(knot: readonly string[], edges: readonly LeftOut[]): LeftOut[] {
  const out = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const list = out.get(from);
    if (list === undefined) out.set(from, [to]);
    else list.push(to);
  }
  const left: LeftOut[] = [];
  const done = new Map<string, 'open' | 'closed'>();
  for (const start of knot) {
    if (done.has(start)) continue;
    const stack = [{ name: start, at: 0 }];
    done.set(start, 'open');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const to = out.get(top.name)?.[top.at++];
      if (to === undefined) {
        done.set(top.name, 'closed');
        stack.pop();
      } else if (done.get(to) === 'open') left.push({ from: top.name, to });
      else if (!done.has(to)) {
        done.set(to, 'open');
        stack.push({ name: to, at: 0 });
      }
    }
  }
  return left;
}

/** Groups of names of which each reaches every other: more than one name, or one that names itself (Tarjan, with its own stack). */
function knotsOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const onPath = new Set<string>();
  const path: string[] = [];
  const knots: string[][] = [];
  for (const start of edges.keys()) {
    if (index.has(start)) continue;
    const stack = [{ name: start, at: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { name } = top;
      if (top.at === 0) {
        index.set(name, index.size);
        low.set(name, index.size - 1);
        path.push(name);
        onPath.add(name);
      }
      const to = edges.get(name)?.[top.at++];
      if (to !== undefined) {
        if (!index.has(to)) stack.push({ name: to, at: 0 });
        else if (onPath.has(to)) low.set(name, Math.min(low.get(name) ?? 0, index.get(to) ?? 0));
        continue;
      }
      stack.pop();
      const above = stack.at(-1);
      if (above !== undefined) low.set(above.name, Math.min(low.get(above.name) ?? 0, low.get(name) ?? 0));
      if (low.get(name) !== index.get(name)) continue;
      const knot = path.splice(path.lastIndexOf(name));
      for (const member of knot) onPath.delete(member);
      if (knot.length > 1 || (edges.get(name) ?? []).includes(name)) knots.push(knot);
    }
  }
  return knots;
}
