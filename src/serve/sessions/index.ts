export { fetchKeysFrom } from './fetch-keys.ts';
export type { PublicJwk } from './jwk-set.ts';
export { SIGNATURE_ALGORITHMS } from './jwk-set.ts';
export type { FetchTrouble, HeldKey, KeySetOptions, KeySnapshot, KeyState } from './keys.ts';
export { KeySet } from './keys.ts';
export type { TokenRefusal, TokensOptions, Verdict } from './tokens.ts';
export { Tokens } from './tokens.ts';
