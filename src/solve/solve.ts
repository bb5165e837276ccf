import type { FaultTree } from '../openpsa/index.ts';
import { isCutOff, type SolveOptions } from './options.ts';
import type { RootSolution, Solution } from './result.ts';
import { solveRoot } from './root.ts';

/** Solves each root of a fault tree by itself. */
export function solve(tree: FaultTree, options: SolveOptions): Solution {
  const { clock, file, digest, missionTime } = options;
  const begin = clock?.() ?? 0;
  const roots: RootSolution[] = [];
  for (const [i, root] of tree.roots.entries()) {
    const onProgress = (share: number, what: string): void =>
      options.onProgress?.((i + share) / tree.roots.length, what);
    roots.push(solveRoot(tree, root, { ...options, onProgress }));
  }
  return {
    schema: 'keelson.solution/1',
    model: { name: tree.name, file, digest: digest ?? null, missionTime, events: tree.events.length },
    cutOff: isCutOff(options.cutOff) ? options.cutOff : null,
    roots,
    solved: { ms: clock === undefined ? 0 : clock() - begin },
  };
}
