export { askAt, askStatus, guardFolder, guardNames } from './asked-status.ts';
export { Guards, type GuardsOptions } from './guards.ts';
export { Guard, type GuardOptions } from './guard.ts';
export { giveOrder, type Order, type OrderKind } from './orders.ts';
export type { OnceEnd } from './once.ts';
export { shortDigest, type GuardsStatus, type GuardStatus } from './status.ts';
