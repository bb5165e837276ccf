export type {
  ChainClient,
  ClientEvents,
  ClientSubscription,
  RequestArguments,
  Settled,
} from './chain-client.ts';
export type { ChainPoolOptions, ClientNode, ClientNodeOptions, NodeDissent, Proofs } from './options.ts';
export { RpcError } from './rpc-error.ts';
export type { WebSocketConstructor, WebSocketLike } from './sockets.ts';
export type { NodeState } from '../pool/index.ts';
export type { NodeStatus, PoolStatus } from './status.ts';
export { KeelsonError } from '../errors.ts';
