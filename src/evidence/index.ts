import type { Catalog } from '../catalog/index.ts';
import { mapOf } from '../map/index.ts';
import { knownTo, type Model } from '../model/index.ts';
import { InnerEdges } from './inner-edges.ts';
import { PlanEdges } from './plan-edges.ts';
import { PlanRecords } from './rates.ts';
import type { EvidenceRow } from './result.ts';

/**
 * Why a plan is believed: one row an edge of its map, in the order of the map, then one row an event that can happen by
 * itself, in the order of their ids. What nobody knows stays unknown.
 */
export function evidenceOf(model: Model, catalog: Catalog): EvidenceRow[] {
  const known = knownTo(model.plan, catalog);
  const planEdges = new PlanEdges(model.plan);
  const innerEdges = new InnerEdges(model, known);
  const records = new PlanRecords(model.plan, known);
  const { boxes, edges } = mapOf(model);
  const edgeRows = edges.flatMap((edge) => {
    const [from, to] = [boxes[edge.from], boxes[edge.to]];
    if (from === undefined || to === undefined) return [];
    const isInner = edge.kind === 'inner' || edge.kind === 'inner-change';
    return isInner ? innerEdges.row(from.id, to.id, edge.kind) : planEdges.row(from.id, to.id, edge);
  });
  const events = model.events.filter(({ probability }) => probability > 0);
  const rateRows = events.sort((a, b) => (a.id < b.id ? -1 : 1)).map((event) => records.row(event));
  return [...edgeRows, ...rateRows];
}

export { evidenceQuality, type EvidenceQuality, type QualityCounts } from './quality.ts';
export type { EvidenceRow, Source } from './result.ts';
