import type { Catalog } from '../../catalog/index.ts';
import type { Model } from '../../model/index.ts';
import { formatShare, HOURS_PER_YEAR, significant } from '../../units.ts';
import type { Choice } from '../result.ts';
import { COLUMN, layoutOf, simulateBlock, YEARS_PER_BLOCK, type Block, type BlockOptions } from './block.ts';
import { distributionOf, estimateOf, lossOf } from './distribution.ts';
import type { JourneyYears, WorstYear, Years } from './result.ts';
import { explainYear } from './worst.ts';

export interface YearsOptions {
  /** How many years. @unit years */
  readonly years: number;
  /** @default 1 */
  readonly seed?: number;
  /** Standard deviation of the logarithm of an outage's length. @default that of the library's incidents */
  readonly sigma?: number;
  /** Where the spread of durations comes from. */
  readonly catalog?: Catalog;
  /** @default true */
  readonly shedding?: boolean;
  readonly onProgress?: (share: number, what: string) => void;
}

/** Years that pages and evidence show unasked. */
export const SHOWN_YEARS = { years: 1000, seed: 1 } as const;
/** Of plans with more events so many years take minutes. */
export const AFFORDABLE_EVENTS = 300;

/** Taken where the library knows too few durations. */
const ASSUMED_SIGMA = 1;
const LEAST_DURATIONS = 3;

/**
 * Simulates years of incidents drawn from the rates and durations of a plan's events, through the policies that run live.
 *
 * @throws RangeError when the number of years is not a whole number of at least 1, or the seed or the spread are no such
 */
export function simulateYears(model: Model, options: YearsOptions): Years {
  const blocks: Block[] = [];
  const count = blocksOf(options.years);
  for (let block = 0; block < count; block++) {
    options.onProgress?.(block / count, 'simulating');
    blocks.push(simulateYearsBlock(model, block, options));
  }
  return yearsFrom(model, options, blocks);
}

/** How many blocks so many years are: what workers share out. */
export function blocksOf(years: number): number {
  if (!Number.isInteger(years) || years < 1)
    throw new RangeError(`Expected a whole number of years of at least 1, found ${years}.`);
  return Math.ceil(years / YEARS_PER_BLOCK);
}

/** One block of the years, the same wherever it is simulated. */
export function simulateYearsBlock(model: Model, block: number, options: YearsOptions): Block {
  const years = Math.min(YEARS_PER_BLOCK, options.years - block * YEARS_PER_BLOCK);
  return simulateBlock(model, block, years, blockOptions(options));
}

function blockOptions({ seed = 1, sigma, catalog, shedding }: YearsOptions): BlockOptions {
  if (!Number.isInteger(seed)) throw new RangeError(`Expected a whole number as seed, found ${seed}.`);
  if (sigma !== undefined && !(sigma >= 0 && Number.isFinite(sigma)))
    throw new RangeError(`Expected a spread of at least 0, found ${sigma}.`);
  return { seed, sigma: sigma ?? spreadOf(catalog).sigma, isShedding: shedding !== false };
}

/** Makes the answer from all blocks, in their order. */
export function yearsFrom(model: Model, options: YearsOptions, blocks: readonly Block[]): Years {
  const { width, starts } = layoutOf(model);
  const rows = new Float64Array(options.years * width);
  let at = 0;
  for (const block of blocks) {
    rows.set(block.rows, at);
    at += block.rows.length;
  }
  const table = new Table(rows, width, options.years);
  const journeys = model.journeys.map((journey, i) => journeyYears(model, table, i, starts[i] ?? 0, journey));
  const { name, asOf, currency = 'USD' } = model.plan.platform;
  const costly = starts.filter((_, i) => model.journeys[i]?.loss !== null);
  const losses = table.sum(costly.map((start) => start + COLUMN.loss));
  const down = table.sum(starts.map((start) => start + COLUMN.downHours));
  const switchLoss = table.sum(costly.map((start) => start + COLUMN.switchLoss));
  return {
    schema: 'keelson.years/1',
    plan: { name, file: model.plan.source.file, digest: model.plan.digest ?? null, asOf, currency },
    years: options.years,
    seed: options.seed ?? 1,
    stateChanges: blocks.reduce((sum, { stateChanges }) => sum + stateChanges, 0),
    journeys,
    loss: costly.length === 0 ? null : lossOf(losses, estimateOf(switchLoss).mean),
    worst: worstOf(model, options, costly.length === 0 ? null : losses, down),
    choices: choicesOf(model, options),
  };
}

/** Yearly figures by column. */
class Table {
  private readonly rows: Float64Array;
  private readonly width: number;
  private readonly years: number;

  constructor(rows: Float64Array, width: number, years: number) {
    this.rows = rows;
    this.width = width;
    this.years = years;
  }

  column(column: number): Float64Array {
    return this.sum([column]);
  }

  sum(columns: readonly number[]): Float64Array {
    const sums = new Float64Array(this.years);
    for (let year = 0; year < this.years; year++)
      for (const column of columns)
        sums[year] = (sums[year] ?? 0) + (this.rows[year * this.width + column] ?? 0);
    return sums;
  }

  mean(column: number): number {
    return estimateOf(this.column(column)).mean;
  }
}

function journeyYears(
  model: Model,
  table: Table,
  index: number,
  start: number,
  { name, tier, slo, loss, modes }: Model['journeys'][number],
): JourneyYears {
  const down = table.column(start + COLUMN.downHours);
  const met =
    slo === null ? null : down.filter((hours) => 1 - hours / HOURS_PER_YEAR >= slo).length / down.length;
  return {
    name: model.journeys[index]?.name ?? name,
    tier,
    availability: 1 - estimateOf(down).mean / HOURS_PER_YEAR,
    slo,
    yearsMet: met,
    modes: modes.map((mode, m) => ({
      name: mode.name,
      probability: table.mean(start + COLUMN.modes + m) / HOURS_PER_YEAR,
    })),
    down: distributionOf(down),
    outagesPerYear: estimateOf(table.column(start + COLUMN.outages)),
    degraded: distributionOf(table.column(start + COLUMN.degradedHours)),
    departuresPerYear: estimateOf(table.column(start + COLUMN.departures)),
    exposedHoursPerYear: table.mean(start + COLUMN.exposedHours),
    switchOver: {
      perYear: table.mean(start + COLUMN.switches),
      hoursPerYear: table.mean(start + COLUMN.switchHours),
      downHoursPerYear: table.mean(start + COLUMN.switchDownHours),
      lossPerYear: table.mean(start + COLUMN.switchLoss),
    },
    loss: loss === null ? null : distributionOf(table.column(start + COLUMN.loss)),
  };
}

function worstOf(
  model: Model,
  options: YearsOptions,
  losses: Float64Array | null,
  down: Float64Array,
): WorstYear | null {
  const by = losses?.some((loss) => loss > 0) === true ? losses : down;
  let worst = 0;
  for (let year = 1; year < by.length; year++) if ((by[year] ?? 0) > (by[worst] ?? 0)) worst = year;
  if ((by[worst] ?? 0) === 0) return null;
  return {
    year: worst + 1,
    loss: losses === null ? null : (losses[worst] ?? 0),
    downHours: down[worst] ?? 0,
    ...explainYear(model, worst, blockOptions(options)),
  };
}

/** The spread of outages' lengths: standard deviation of their logarithms over all counted incidents with a known duration. */
function spreadOf(catalog: Catalog | undefined): { readonly sigma: number; readonly incidents: number } {
  const logs = (catalog?.counted ?? []).flatMap(({ hours }) =>
    hours === null || hours <= 0 ? [] : [Math.log(hours)],
  );
  if (logs.length < LEAST_DURATIONS) return { sigma: ASSUMED_SIGMA, incidents: 0 };
  const mean = logs.reduce((sum, one) => sum + one, 0) / logs.length;
  const squares = logs.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return { sigma: Math.sqrt(squares / (logs.length - 1)), incidents: logs.length };
}

function choicesOf(model: Model, { sigma, catalog }: YearsOptions): Choice[] {
  const spread = spreadOf(catalog);
  const assumed = model.events.filter(({ rate }) => rate?.basis === 'assumed').length;
  const lengths =
    sigma !== undefined
      ? `lognormal, standard deviation of the logarithm ${significant(sigma)} as asked`
      : spread.incidents === 0
        ? `lognormal, standard deviation of the logarithm ${ASSUMED_SIGMA}, assumed`
        : `lognormal, standard deviation of the logarithm ${significant(spread.sigma)}, that of the ${spread.incidents} incidents of the library whose duration is known`;
  const choices: Choice[] = [{ about: 'durations', says: lengths }];
  if (assumed > 0)
    choices.push({
      about: 'rates',
      says: `${assumed} of ${model.events.length} events have assumed rates (keelson assess --assumptions)`,
    });
  for (const { name, lagHours, redundancy } of model.services)
    if (lagHours !== undefined && redundancy?.kind === 'any')
      choices.push({ about: name, says: 'people take it back after hold: it holds state' });
  if (model.plan.platform.peak !== undefined)
    choices.push({
      about: 'hours',
      says: `all alike: ${formatShare(model.plan.platform.peak.share)} of business in the busy hours changes no mean`,
    });
  return choices;
}

export type { Block } from './block.ts';
export type { Distribution, Estimate, JourneyYears, LossYears, WorstYear, Years } from './result.ts';
