export { withService, type Candidate, type ChangeKind } from './candidate.ts';
export { candidatesFor, type Ground } from './candidates.ts';
export { membersOf, sharedFateOf, steeringOnWhatItSteers, type SharedFate } from './shared-fate.ts';
