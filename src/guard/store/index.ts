export type { StageOutcome } from './blobs.ts';
export type { InstallOutcome } from './install.ts';
export { type JournalRead, type JournalVerdict, readJournal } from './journal-found.ts';
export type { JournalEntry } from './journal-lines.ts';
export type { Candidate, GoodVersion, GuardState, Refused } from './state.ts';
export { GuardStore, type StoreOptions } from './store.ts';
export type { Trouble } from './trouble.ts';
