import { FormulaStore, type FormulaId } from '../../src/diagram/index.ts';

export interface FatTree {
  readonly store: FormulaStore;
  readonly root: FormulaId;
  readonly variables: number;
  readonly isCore: (variable: number) => boolean;
}

/**
 * Data-centre fat trees (Al-Fares, Loukissas and Vahdat 2008) with k ports, h = k/2: a pod has h edge and h aggregation
 * switches, aggregation switch j of every pod is linked to the h core switches of group j. A service stands on r servers
 * in distinct pods; a server is reached while it, its edge switch and, for some j, its pod's aggregation switch j and a
 * core switch of group j work:
 *
 *   lost(i) = server(i) ∨ edge(i) ∨ ⋀ j (aggregation(i, j) ∨ ⋀ m core(j, m))        service lost = ⋀ i lost(i)
 *
 * Cut sets: leaves (server or edge switch) for the pods of a set, for the others at each j either their aggregation
 * switches or group j; all groups alone are enough. That is 4 + 4(2^h − 1) + 2^h for r = 2, 8 + 18(2^h − 1) + 2^h for 3.
 */
export function fatTree(k: number, r: number): FatTree {
  const store = new FormulaStore();
  const h = k / 2;
  const each = (count: number, make: (i: number) => FormulaId): FormulaId[] =>
    Array.from({ length: count }, (_, i) => make(i));
  const cores = h * h;
  const leaves = cores + r * h;
  const groups = each(h, (j) => store.and(each(h, (m) => store.variable(j * h + m))));
  const lost = each(r, (i) =>
    store.or([
      store.variable(leaves + 2 * i),
      store.variable(leaves + 2 * i + 1),
      store.and(each(h, (j) => store.or([store.variable(cores + i * h + j), groups[j] as FormulaId]))), // j < h
    ]),
  );
  return { store, root: store.and(lost), variables: leaves + 2 * r, isCore: (variable) => variable < cores };
}
