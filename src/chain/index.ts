export { proveAccount, proveStorage, type Account } from './account.ts';
export type { AnswerShape } from './answer-shape.ts';
export { bytesOf, fixedBytesOf, hexOf } from './hex.ts';
export { readHeader, type Header } from './header.ts';
export { keccak256 } from './keccak.ts';
export { isLogWanted, mayHave, readLogFilter, type LogFilter } from './log-filter.ts';
export { ProofCache } from './proof-cache.ts';
export { prove, PROVABLE_METHODS, type RawCall } from './proven.ts';
export {
  errorText,
  readMessage,
  readReplies,
  readRequest,
  replyText,
  sameId,
  type BadCall,
  type Call,
  type Reply,
} from './envelope.ts';
export { CONSEQUENCES, isAlreadyKnown, judge, type FailureKind } from './failures.ts';
export { askedBlock, methodRule, pinned, type AskedBlock, type MethodRule } from './methods.ts';
export { agreed, compare, fingerprint, median, plainQuantity } from './canonical.ts';
export { implausible } from './plausible.ts';
