export type { NodeLink, NodeSocket, Posted, PostLimits, SocketListener } from './link.ts';
export { Budget, type BudgetOptions } from './budget.ts';
export { PoolNode, USABLE, type NodeOptions } from './node.ts';
export type { Failure } from './outcome.ts';
export type { Preference } from './order.ts';
export type { Block } from './heads.ts';
export { ChainPool, type CallContext, type PoolAnswer, type PoolListener, type PoolOptions } from './pool.ts';
export { PoolSession, type SessionOptions } from './session.ts';
export { answerText, textOf, type Answered } from './texts.ts';
