/** Results → text, Markdown, SARIF, HTML. Pure functions: a result in, text out. */
export { assessmentText, type TextOptions } from './text.ts';
export { assessmentMarkdown } from './markdown.ts';
export { assessmentSarif } from './sarif.ts';
export { coverageText } from './coverage.ts';
export { replayText, type ReplayTextOptions } from './replay.ts';
export { coverageCsv, replayCsv } from './replay-rows.ts';
export { yearsCsv, yearsText } from './years.ts';
export { incidentsJson, incidentsText } from './incidents.ts';
export { protectionDrillText, type ProtectionTextOptions } from './drill-protections.ts';
export { catalogText, providerText } from './catalog.ts';
export { assumedIn, assumptionsCsv, cutSetsCsv, evidenceCsv } from './evidence-rows.ts';
export { evidenceReadme } from './evidence-readme.ts';
export { evidenceCheckText, type EvidenceCheck, type FileCheck } from './evidence-check.ts';
export { solutionText, type SolutionTextOptions } from './solution.ts';
export { reportHtml, type ReportData, type ReportPlan } from './html.ts';
export { comparisonText, type ComparisonTextOptions } from './comparison.ts';
export { comparisonMarkdown } from './comparison-markdown.ts';
export { drillText, type DrillTextOptions } from './drill.ts';
export { drillMarkdown } from './drill-markdown.ts';
export { drillJunit } from './drill-junit.ts';
export {
  drillPlanText,
  type DrillPlanTextOptions,
  type PlannedDrill,
  type PlannedFault,
} from './drill-plan.ts';
export { mapMermaid } from './mermaid.ts';
export { mapDot } from './dot.ts';
export type { MapTextOptions, Standing } from './map-marks.ts';
export { guardDrillText, guardForeseenText } from './drill-guard.ts';
export { failureHtml, problemsHtml } from './problems-html.ts';
export { targetsSay } from './words.ts';
export { findingsText } from './drill-findings.ts';
export { discoveryText, type DiscoveryTextOptions } from './discovery.ts';
export { discoveryDriftText } from './discovery-drift.ts';
export { sectorText, type SectorTextOptions } from './sector.ts';
export { sectorMarkdown } from './sector-markdown.ts';
export { sectorCsv } from './sector-rows.ts';
export { sectorHtml, type SectorPageData } from './sector-html.ts';
