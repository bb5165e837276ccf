export function generatePlan(options: {
  readonly seed: number;
  /** @default 2_000 */
  readonly services?: number;
  /** @default 6 */
  readonly layers?: number;
  /** The share of services with alternatives. @default 0.2 */
  readonly alternatives?: number;
  /** @default 60 */
  readonly journeys?: number;
}): string;
