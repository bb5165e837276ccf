export {
  Failover,
  LEVEL_TOLERANCE,
  type FailoverDraw,
  type FailoverOptions,
  type FailoverStep,
} from './failover.ts';
export { Backlog } from './backlog.ts';
export { Growth } from './growth.ts';
export { Ladder, type LadderOptions } from './ladder.ts';
export { Reopening } from './reopening.ts';
export { shed, sheddingOrder, type Ask } from './shedding.ts';
