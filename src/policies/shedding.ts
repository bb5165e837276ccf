/** What one user of a pool asks of it. */
export interface Ask {
  /** Core before important before deferrable: 0, 1, 2. */
  readonly tier: number;
  readonly amount: number;
}

/**
 * Shares a pool's capacity among those who ask of it. With shedding the core is served first, then what is important, then what
 * can wait, in the order given among equals; without it a pool that is asked for more than it has answers nobody.
 *
 * @returns by ask, what it gets, in the unit of the pool
 */
export function shed(capacity: number, asks: readonly Ask[], isShedding: boolean): number[] {
  const granted = new Array<number>(asks.length).fill(0);
  const total = asks.reduce((sum, { amount }) => sum + amount, 0);
  if (!isShedding && total > capacity * (1 + 1e-9)) return granted;
  let left = capacity;
  for (const i of sheddingOrder(asks)) {
    const got = Math.min(asks[i]?.amount ?? 0, left);
    granted[i] = got;
    left -= got;
  }
  return granted;
}

/** Who is served first, by number: the core, then what is important, then what can wait; in the order given among equals. */
export function sheddingOrder(asks: readonly Pick<Ask, 'tier'>[]): number[] {
  return asks.map((_, i) => i).sort((a, b) => (asks[a]?.tier ?? 0) - (asks[b]?.tier ?? 0) || a - b);
}
