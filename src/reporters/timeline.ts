import type { JourneyReplay } from '../replay/index.ts';
import { MS_PER_HOUR } from '../units.ts';

/** What cells of a timeline show. */
export interface Stripe {
  readonly glyphs: string;
  /** Whether the journey was down in them, in a lower mode, or as it should be. */
  readonly state: 'down' | 'degraded' | 'full';
}

export const LEGEND = [
  '· first mode',
  '░ ▒ ▓ lower modes, by what they are worth',
  '█ down',
  '▪ shortly down',
  '▫ shortly lower',
];

/**
 * A journey's modes as blocks over the clock: each cell shows the mode that fills most of it, and a small square where
 * something worse was too short to fill it. Neighbours of one state make one stripe.
 *
 * @param from begin of the first cell. @unit ms
 * @param to end of the last cell. @unit ms
 */
export function timeline(journey: JourneyReplay, from: number, to: number, width: number): Stripe[] {
  const step = (to - from) / width;
  const segments = journey.segments.map((segment) => ({
    ...segment,
    start: Date.parse(segment.from),
    end: Date.parse(segment.to),
    rung: rungOf(journey, segment.mode),
  }));
  let first = 0;
  const cells = Array.from({ length: width }, (_, i): Stripe => {
    const begin = from + i * step;
    const end = begin + step;
    while (first < segments.length - 1 && (segments[first]?.end ?? end) <= begin) first++;
    const spent = new Map<number, number>();
    for (let s = first; s < segments.length; s++) {
      const segment = segments[s];
      if (segment === undefined || segment.start >= end) break;
      const overlap = Math.min(end, segment.end) - Math.max(begin, segment.start);
      if (overlap > 0) spent.set(segment.rung, (spent.get(segment.rung) ?? 0) + overlap);
    }
    return cellOf(journey, spent);
  });
  return cells.reduce<Stripe[]>((stripes, { glyphs, state }) => {
    const last = stripes.at(-1);
    if (last?.state === state) stripes[stripes.length - 1] = { glyphs: last.glyphs + glyphs, state };
    else stripes.push({ glyphs, state });
    return stripes;
  }, []);
}

function rungOf({ modes }: JourneyReplay, mode: string): number {
  const rung = modes.findIndex(({ name }) => name === mode);
  return rung < 0 ? modes.length : rung;
}

function cellOf({ modes }: JourneyReplay, spent: ReadonlyMap<number, number>): Stripe {
  const worst = Math.max(0, ...spent.keys());
  let most = 0;
  for (const [rung, time] of spent)
    if (time > (spent.get(most) ?? 0) || (time === spent.get(most) && rung > most)) most = rung;
  if (most === 0 && worst > 0)
    return worst >= modes.length ? { glyphs: '▪', state: 'down' } : { glyphs: '▫', state: 'degraded' };
  if (most >= modes.length) return { glyphs: '█', state: 'down' };
  if (most === 0) return { glyphs: '·', state: 'full' };
  const worth = modes[most]?.worth ?? 0;
  return { glyphs: worth >= 0.6 ? '░' : worth >= 0.2 ? '▒' : '▓', state: 'degraded' };
}

/** The clock above a timeline: begin, end, and the moments in between that fit. */
export function axis(from: number, to: number, marks: readonly number[], width: number): string {
  const cells = new Array<string>(width).fill('─');
  const isLong = to - from > 36 * MS_PER_HOUR;
  const label = (time: number): string => {
    const iso = new Date(time).toISOString();
    // Over years days alone would not tell.
    if (to - from > 300 * 24 * MS_PER_HOUR) return iso.slice(0, 10);
    return isLong ? iso.slice(5, 16).replace('T', ' ') : iso.slice(11, 16);
  };
  const place = (time: number, anchor: 'left' | 'middle' | 'right'): void => {
    const text = label(time);
    const at = Math.round(((time - from) / (to - from)) * width);
    const start =
      anchor === 'left' ? 0 : anchor === 'right' ? width - text.length : at - Math.floor(text.length / 2);
    const begin = Math.max(0, start - 1);
    const end = Math.min(width, start + text.length + 1);
    if (start < 0 || end > width + 1 || cells.slice(begin, end).some((cell) => cell !== '─')) return;
    const shown = `${start > 0 ? ' ' : ''}${text}${start + text.length < width ? ' ' : ''}`;
    for (const [i, character] of [...shown].entries()) cells[(start > 0 ? start - 1 : start) + i] = character;
  };
  place(from, 'left');
  place(to, 'right');
  for (const mark of marks) place(mark, 'middle');
  return cells.join('');
}
