import { printable } from '../problems.ts';
import type { Sector } from '../sector/result.ts';
import type { SectorTable } from '../sector/table.ts';
import { escapeHtml, escapeScript } from './html-text.ts';
import { answerOf } from './sector-words.ts';

/** What the page of a sector answers from. Plain data. */
export interface SectorPageData {
  readonly schema: 'keelson.sector-page/1';
  /** The version of Keelson that made it. */
  readonly version: string;
  readonly sector: Sector;
  /** What can be lost in the page. */
  readonly table: SectorTable;
}

/**
 * One page that needs nothing but itself: the template that the build made, with the data in it.
 *
 * @param template holds the places for title, answer and data once each
 */
export function sectorHtml(template: string, data: SectorPageData): string {
  // As functions, so that no `$` in the data means anything.
  return template
    .replace('<!--title-->', () => `${escapeHtml(printable(data.sector.title))} – Keelson`)
    .replace('<!--answer-->', () =>
      answerOf(data.sector)
        .map((one) => `<p>${escapeHtml(printable(one))}</p>`)
        .join(''),
    )
    .replace('<!--data-->', () => escapeScript(JSON.stringify(lean(data))));
}

/** The data without what nobody asks of it in the page. */
function lean(data: SectorPageData): SectorPageData {
  const { table, sector } = data;
  const platforms = table.platforms.map(({ needs: _, journeys: __, ...platform }) => ({
    ...platform,
    uses: [],
  }));
  return {
    ...data,
    sector: { ...sector, without: null },
    table: { ...table, platforms },
  };
}
