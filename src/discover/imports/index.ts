/** Files that say what a platform stands on → drafts of a plan. Text in, plain values out; no file is opened here. */
export type {
  ImportCounts,
  Imported,
  ImportOptions,
  MatchHost,
  TypeCount,
} from './import.ts';
export { readBackstage } from './backstage.ts';
export { readHar } from './har.ts';
export { joinDrafts } from './join.ts';
export { readOpenTelemetry } from './otel.ts';
export { readTerraform } from './terraform.ts';
