/** The Open-PSA Model Exchange Format: fault trees in XML ↔ formulas. */
export { DEFAULT_MISSION_TIME_HOURS, parseModel, type ParsedModel, type ReadOptions } from './read.ts';
export { writeModel, type WrittenEvent, type WrittenModel, type WrittenRoot } from './write.ts';
export type { BasicEvent, FaultTree, Root } from './fault-tree.ts';
