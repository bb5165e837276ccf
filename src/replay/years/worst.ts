import type { Model } from '../../model/index.ts';
import { MS_PER_HOUR } from '../../units.ts';
import {
  MS_PER_YEAR,
  simulateBlock,
  YEARS_PER_BLOCK,
  type BlockOptions,
  type BlockRecorder,
} from './block.ts';
import type { WorstYear } from './result.ts';

const MOST_SHOWN = 6;

/** Why a year was as bad as it was: its block is simulated again, and every outage weighed by what was lost during it. */
export function explainYear(
  model: Model,
  year: number,
  options: BlockOptions,
): Pick<WorstYear, 'downBefore' | 'incidents'> {
  const block = Math.floor(year / YEARS_PER_BLOCK);
  const within = year % YEARS_PER_BLOCK;
  const begin = within * MS_PER_YEAR;
  const end = begin + MS_PER_YEAR;
  const outages: { readonly event: number; readonly from: number; readonly to: number }[] = [];
  const loss = new Course();
  const down = new Course();
  const downBefore = new Set<number>();
  const recorder: BlockRecorder = {
    onOutage: (event, from, to) => {
      if (to > begin && from < end) outages.push({ event, from, to });
    },
    onStay: (journey, from, to, mode, lost) => {
      if (to <= begin || from >= end) return;
      loss.add(from, to, lost / (to - from));
      if (mode < (model.journeys[journey]?.modes.length ?? 0)) return;
      down.add(from, to, 1 / MS_PER_HOUR);
      if (from <= begin) downBefore.add(journey);
    },
  };
  // One year more, so that outages which end after it are whole; the blocks of a year do not depend on how many follow.
  simulateBlock(model, block, within + 2, options, recorder);
  const hasLoss = model.journeys.some((journey) => journey.loss !== null);
  const incidents = outages
    .map(({ event, from, to }) => {
      const [first, last] = [Math.max(from, begin), Math.min(to, end)];
      return {
        event: model.events[event]?.id ?? '',
        day: from < begin ? null : Math.floor((from - begin) / (24 * MS_PER_HOUR)) + 1,
        hours: (to - Math.max(0, from)) / MS_PER_HOUR,
        downHours: down.between(first, last),
        loss: hasLoss ? loss.between(first, last) : null,
      };
    })
    .filter((one) => (one.loss ?? 0) > 0 || one.downHours > 0)
    .sort(
      (a, b) => (b.loss ?? 0) - (a.loss ?? 0) || b.downHours - a.downHours || (a.day ?? 0) - (b.day ?? 0),
    );
  return {
    downBefore: model.journeys.flatMap(({ name }, i) => (downBefore.has(i) ? [name] : [])),
    incidents: incidents.slice(0, MOST_SHOWN),
  };
}

/** What adds up over time at a pace that changes in steps: read at two moments at the cost of two look-ups. */
class Course {
  private readonly steps: { readonly at: number; readonly by: number }[] = [];
  private times: number[] = [];
  private sums: number[] = [];
  private paces: number[] = [];

  add(from: number, to: number, pace: number): void {
    this.steps.push({ at: from, by: pace }, { at: to, by: -pace });
  }

  between(from: number, to: number): number {
    if (this.times.length === 0) this.sum();
    return Math.max(0, this.until(to) - this.until(from));
  }

  private sum(): void {
    let [at, sum, pace] = [Number.NEGATIVE_INFINITY, 0, 0];
    this.times = [at];
    this.sums = [sum];
    this.paces = [pace];
    for (const step of this.steps.sort((a, b) => a.at - b.at)) {
      if (step.at > at) {
        sum += pace === 0 ? 0 : pace * (step.at - at);
        at = step.at;
        this.times.push(at);
        this.sums.push(sum);
        this.paces.push(pace);
      }
      pace += step.by;
      this.paces[this.paces.length - 1] = pace;
    }
  }

  private until(time: number): number {
    let [low, high] = [0, this.times.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.times[middle] ?? 0) <= time) low = middle;
      else high = middle - 1;
    }
    const pace = this.paces[low] ?? 0;
    return (this.sums[low] ?? 0) + (low === 0 ? 0 : pace * (time - (this.times[low] ?? 0)));
  }
}
