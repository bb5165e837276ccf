/** The verb: whether a file may go to what runs. */
export { contractJsonSchema, parseContract, type Contract } from './contract.ts';
export { contractBeside, contractNames, loadContract, type LoadedContract } from './load.ts';
export type { Facts, Verdict, Violation } from './result.ts';
export { checkFile, type CheckOptions } from './check/index.ts';
export { VIOLATION_CODES, type ViolationCode } from './violations.ts';
