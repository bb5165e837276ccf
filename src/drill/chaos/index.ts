/* Chaos Toolkit: predicted faults as its experiments, drills as its journals, its experiments as tries of a plan. */

export {
  experimentsOf,
  type ExperimentFile,
  type Experiments,
  type ExperimentsOptions,
} from './experiment.ts';
export { importExperiment, type Imported, type ImportOptions, type Remark } from './import.ts';
export { journalOf, type JournalOptions } from './journal.ts';
export type { Experiment, Journal } from './open-api.ts';
export { runProcessProbe, type ProcessBounds, type ProcessProbe } from './process-probe.ts';
export type { ImportedTry } from './tries.ts';
