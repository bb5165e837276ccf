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
export { Hedging, type HedgingOptions } from './hedging.ts';
export { Probing, type ProbingOptions } from './probing.ts';
export { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
export { Balance, MOST_MEMBERS, type BalanceOptions } from './balance.ts';
export { Outliers, type OutliersOptions } from './outliers.ts';
export { Admission, TIERS, type AdmissionOptions, type Tier } from './admission.ts';
export { ShareTrial, type ShareTrialOptions, type ShareTrialVerdict } from './share-trial.ts';
export { Lever, type Hold } from './lever.ts';
export { IdempotencyKeys, type IdempotencyOptions, type Known } from './idempotency.ts';
export { RateLimit, type RateLimitOptions } from './rate-limit.ts';
export {
  Rollout,
  type RolloutAction,
  type RolloutEvent,
  type RolloutNote,
} from './rollout.ts';
export { countOf, withDefaults, type RolloutOptions } from './rollout-options.ts';
export {
  newRollout,
  type RefusalReason,
  type RolloutHealth,
  type RolloutState,
  type TargetState,
  type Trial,
  type WaitingCandidate,
} from './rollout-state.ts';
export { HealthRule, type HealthRuleOptions, type ProbeResult } from './health-rule.ts';
