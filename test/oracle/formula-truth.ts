import { type FormulaId, type FormulaStore, GATE } from '../../src/diagram/formula.ts';

/** Whether a formula is true when exactly the given variables are. Slow and obvious; formulas below it have smaller numbers. */
export function isTrue(store: FormulaStore, root: FormulaId, holds: (variable: number) => boolean): boolean {
  const truth: boolean[] = [false, true];
  for (let id = 2; id <= root; id++) {
    const args = store.args(id);
    switch (store.kind(id)) {
      case GATE.VARIABLE:
        truth[id] = holds(args[0] ?? 0);
        break;
      case GATE.AND:
        truth[id] = args.every((arg) => truth[arg]);
        break;
      case GATE.OR:
        truth[id] = args.some((arg) => truth[arg]);
        break;
      default:
        truth[id] = truth[args[0] ?? 0] === false;
    }
  }
  return truth[root] === true;
}
