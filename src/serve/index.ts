/** A plan served: the gateway before its parts, and the steerer of its edges. */
export { servedBy, type Served, type Unserved } from './servable.ts';
export { Lasting, type LastingOptions } from './lasting.ts';
export { FASTEST } from './policy-clock.ts';
export { Serving, type Servable } from './serving.ts';
export { readStrictObject } from './strict-json.ts';
export { Succession, type Succeeded, type TrialSettings } from './succession.ts';
export { approve, drain, holdMode } from './orders.ts';
export {
  standingOf,
  type Address,
  type Standing,
  type Taken,
  type Use,
  type UserRequest,
} from './standing.ts';
export { tryPools, type TriedPool } from './chain/try-pools.ts';
export { startAdmin, type ActionResult, type Admin } from './seeing/admin.ts';
export type { ReloadOrder } from './seeing/admin-orders.ts';
export { StatusEvents } from './seeing/events.ts';
export { addressesOf, NO_VIA, type Reached, type Via } from './via.ts';
export type { PoolNodeStatus, Role, Status } from './seeing/status.ts';
