import type { Known } from '../src/sector/chances.ts';
import type { makeNetwork, parseDataset, sector, withChances } from '../src/sector/index.ts';
import type { needFigures, providerFigures } from '../src/sector/shares.ts';

/** docs/findings.md, from data/sector; `known` is what the catalogue knows of references. */
export declare function findingsMarkdown(engine: {
  readonly sector: typeof sector;
  readonly makeNetwork: typeof makeNetwork;
  readonly needFigures: typeof needFigures;
  readonly providerFigures: typeof providerFigures;
  readonly parseDataset: typeof parseDataset;
  readonly withChances: typeof withChances;
  readonly known: Known;
}): string;
