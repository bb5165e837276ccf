import type { Model } from '../../model/index.ts';
import { HOURS_PER_YEAR, MS_PER_HOUR } from '../../units.ts';
import { simulateBlock, YEARS_PER_BLOCK, type BlockOptions, type BlockRecorder } from './block.ts';
import type { WorstYear } from './result.ts';

const MS_PER_YEAR = HOURS_PER_YEAR * MS_PER_HOUR;
const MOST_SHOWN = 6;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Why a year was as bad as it was: its block is simulated again, and every outage weighed by what was lost during it. */
export function explainYear(model: Model, year: number, options: BlockOptions): Pick<WorstYear, 'incidents'> {
  const block = Math.floor(year / YEARS_PER_BLOCK);
  const within = year % YEARS_PER_BLOCK;
  const begin = within * MS_PER_YEAR;
  const end = begin + MS_PER_YEAR;
  const outages: (Span & { event: number })[] = [];
  const stays: (Span & { isDown: boolean; loss: number })[] = [];
  const recorder: BlockRecorder = {
    onOutage: (event, from, to) => {
      if (to > begin && from < end) outages.push({ event, from, to });
    },
    onStay: (journey, from, to, mode, loss) => {
      const isDown = mode >= (model.journeys[journey]?.modes.length ?? 0);
      if (to > begin && from < end) stays.push({ from, to, isDown, loss });
    },
  };
  // One year more, so that outages which end after it are whole; the blocks of a year do not depend on how many follow.
  simulateBlock(model, block, within + 2, options, recorder);
  const hasLoss = model.journeys.some(({ loss }) => loss !== null);
  const incidents = outages
    .map(({ event, from, to }) => {
      let loss = 0;
      let downHours = 0;
      for (const stay of stays) {
        const overlap = Math.min(to, stay.to, end) - Math.max(from, stay.from, begin);
        if (overlap <= 0) continue;
        loss += (stay.loss * overlap) / (stay.to - stay.from);
        if (stay.isDown) downHours += overlap / MS_PER_HOUR;
      }
      return {
        event: model.events[event]?.id ?? '',
        day: Math.max(1, Math.floor((from - begin) / (24 * MS_PER_HOUR)) + 1),
        hours: (to - from) / MS_PER_HOUR,
        downHours,
        loss: hasLoss ? loss : null,
      };
    })
    .filter(({ loss, downHours }) => (loss ?? 0) > 0 || downHours > 0)
    .sort((a, b) => (b.loss ?? 0) - (a.loss ?? 0) || b.downHours - a.downHours || a.day - b.day);
  return { incidents: incidents.slice(0, MOST_SHOWN) };
}
