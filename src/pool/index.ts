export type { NodeLink, NodeSocket, Posted, PostLimits, SocketListener } from './link.ts';
export { Budget, type BudgetOptions } from './budget.ts';
export { PoolNode, USABLE, type NodeOptions } from './node.ts';
export type { Failure } from './outcome.ts';
export type { Preference } from './order.ts';
export type { Block } from './heads.ts';
export {
  ChainPool,
  reorganisedBy,
  type CallContext,
  type PoolAnswer,
  type PoolListener,
  type PoolOptions,
} from './pool.ts';
export type { AnswerSource, PoolCounts } from './counts.ts';
export { poolStatusOf, type NodeRow, type NodeState, type PoolStatus } from './status.ts';
export { PoolSession, type SessionOptions } from './session.ts';
export { answerText, textOf, type Answered } from './texts.ts';
export { Prover } from './proving.ts';
export type { MakeProver } from './read-prover.ts';
export { topicOf } from './subscriptions.ts';
export { isStanding } from './order.ts';
export type { NodeEvents } from './node-socket.ts';
