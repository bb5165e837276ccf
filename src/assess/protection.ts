import type { FormulaId, FormulaStore } from '../diagram/index.ts';
import type { Interpreter, JourneyNode } from '../model/index.ts';
import { PROTECTIONS, type Protection } from '../plan/index.ts';

/** Functions beside the conditions, as positions in `formulas`; −1 where a function is false. */
export interface Others {
  readonly formulas: readonly FormulaId[];
  /** By mode from the second on: that it is the best that works. */
  readonly best: readonly number[];
  readonly exposed: number;
  readonly exposedBy: readonly (readonly [Protection, number])[];
  readonly refused: number;
  readonly refusedBy: readonly (readonly [Protection, number])[];
}

export function othersOf(
  store: FormulaStore,
  reader: Interpreter<FormulaId>,
  journey: JourneyNode,
  failedSoFar: readonly FormulaId[],
): Others {
  const formulas: FormulaId[] = [];
  const keep = (formula: FormulaId): number => (formula === 0 ? -1 : formulas.push(formula) - 1);
  const best: number[] = [];
  const exposed = new Map<Protection, FormulaId[]>();
  const refused = new Map<Protection, FormulaId[]>();
  const all = { exposed: [] as FormulaId[], refused: [] as FormulaId[] };
  // That what every better mode needs has failed, protections aside.
  let unmet: FormulaId = 1;
  for (const [m, mode] of journey.modes.entries()) {
    const before = m === 0 ? 1 : (failedSoFar[m - 1] ?? 0);
    const isBest = store.and([before, store.not(reader.modeFailed(mode))]);
    best.push(m === 0 ? -1 : keep(isBest));
    const requirementFailed = reader.requirementFailed(mode);
    const serves = mode.missing === 'serve';
    const state = serves ? isBest : store.and([unmet, store.not(requirementFailed)]);
    const by = serves ? exposed : refused;
    for (const protection of mode.need) {
      const lacking = store.and([state, reader.protectionMissing(mode, protection)]);
      if (lacking !== 0) by.set(protection, [...(by.get(protection) ?? []), lacking]);
    }
    if (mode.need.length > 0)
      all[serves ? 'exposed' : 'refused'].push(store.and([state, reader.anyProtectionMissing(mode)]));
    unmet = store.and([unmet, requirementFailed]);
  }
  const list = (by: ReadonlyMap<Protection, FormulaId[]>): [Protection, number][] =>
    PROTECTIONS.flatMap((protection): [Protection, number][] => {
      const terms = by.get(protection);
      return terms === undefined ? [] : [[protection, keep(store.or(terms))]];
    });
  return {
    best,
    exposed: keep(store.or(all.exposed)),
    exposedBy: list(exposed),
    refused: keep(store.or(all.refused)),
    refusedBy: list(refused),
    formulas,
  };
}
