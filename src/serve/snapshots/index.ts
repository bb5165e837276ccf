export type { HeaderFields } from './cache-control.ts';
export { SnapshotFolder } from './folder.ts';
export type { Found, KeptAnswer, SnapshotsOptions } from './snapshots.ts';
export { snapshotKey, Snapshots } from './snapshots.ts';
export type { Exchange, NotStored } from './storable.ts';
export { PERSONAL_HEADERS, whyNotStored } from './storable.ts';
