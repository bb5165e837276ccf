import { downHours, downInterval, type JourneyResult } from '../assess/index.ts';
import { formatAvailability, formatHours, formatMoney, formatPercent, significant } from '../units.ts';

/** The figures of one journey as they are printed everywhere. */
export interface JourneyFigures {
  /** Share of time in the first mode. */
  readonly fullService: string;
  /** A year, switch-overs included; `≤` where it is an upper bound. */
  readonly down: string;
  /** 90 %; a dash where nothing is known of the spread. */
  readonly downInterval: string;
  /** A year. */
  readonly outages: string;
  /** How many a year, and how long each; a dash where there are none. */
  readonly switchOvers: string;
  /** A year. */
  readonly loss: string;
  /** The share of time that was aimed at; null without a target. */
  readonly target: string | null;
  /** Null without a target. */
  readonly verdict: 'met' | 'missed' | null;
}

export function journeyFigures(journey: JourneyResult, currency: string): JourneyFigures {
  const { down, degraded, switchOver, lossPerYear, slo } = journey;
  const [low, high] = downInterval(journey);
  return {
    fullService: formatAvailability(degraded.probability),
    down: (down.bounds === null ? '' : '≤ ') + formatHours(downHours(journey)),
    downInterval: low === high ? '–' : `${formatHours(low)} – ${formatHours(high)}`,
    outages: significant(down.outagesPerYear),
    switchOvers:
      switchOver.hoursPerYear > 0
        ? `${switchOver.exact ? '' : '≤ '}${significant(switchOver.perYear)} × ${formatHours(switchOver.hoursPerYear / switchOver.perYear)}`
        : '–',
    loss: lossPerYear === null ? 'unknown' : formatMoney(lossPerYear, currency),
    target: slo === null ? null : formatPercent(slo),
    verdict: slo === null ? null : journey.meetsSlo === true ? 'met' : 'missed',
  };
}
