import { useLayoutEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Series {
  readonly name: string;
  /** Rising. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface PlotProps {
  readonly series: readonly Series[];
  /** What the axes say, units included. */
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xTick: (value: number) => string;
  readonly yTick: (value: number) => string;
  readonly height: number;
  /** The axis of which each step is a multiple. @default x */
  readonly logarithmic?: 'x' | 'y';
}

/** Curves over a logarithmic axis. Whoever cannot see it is told by the table that stands beside. */
export function Plot({ series, xTitle, yTitle, xTick, yTick, height, logarithmic = 'x' }: PlotProps) {
  const frame = useRef<HTMLDivElement>(null);
  // Before the browser draws, and so before a printer does.
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const style = getComputedStyle(element);
    const ink = style.getPropertyValue('--ink').trim();
    const line = style.getPropertyValue('--line').trim();
    const colours = ['--accent', '--second'].map((name) => style.getPropertyValue(name).trim());
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    const data = UPlot.join(series.map(({ x, y }): UPlot.AlignedData => [[...x], [...y]]));
    const plot = new UPlot(
      {
        width: Math.max(280, element.clientWidth),
        height,
        scales:
          logarithmic === 'x'
            ? { x: { time: false, distr: 3 }, y: { range: [0, null] } }
            : { x: { time: false, range: [0, 1] }, y: { distr: 3 } },
        cursor: { drag: { x: false, y: false } },
        axes: [
          {
            ...axis,
            label: xTitle,
            values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : xTick(tick))),
          },
          {
            ...axis,
            ...(logarithmic === 'y'
              ? { grid: { ...axis.grid, filter: powersOfTen }, ticks: { ...axis.ticks, filter: powersOfTen } }
              : {}),
            label: yTitle,
            size: 60,
            values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : yTick(tick))),
          },
        ],
        series: [
          { label: xTitle, value: (_, value) => (value == null ? '–' : xTick(value)) },
          ...series.map(({ name }, i) => ({
            label: name,
            stroke: colours[i] ?? ink,
            width: 2,
            dash: i === 0 ? [] : [6, 4],
            spanGaps: true,
            value: (_: UPlot, value: number | null) => (value == null ? '–' : yTick(value)),
          })),
        ],
      },
      data,
      element,
    );
    const fit = new ResizeObserver(() => plot.setSize({ width: Math.max(280, element.clientWidth), height }));
    fit.observe(element);
    return () => {
      fit.disconnect();
      plot.destroy();
    };
  }, [series, xTitle, yTitle, height, logarithmic]);
  return <div ref={frame} class="plot" aria-hidden="true" />;
}

/** Lines at each step of ten are enough. */
function powersOfTen(_: UPlot, values: (number | null)[]): (number | null)[] {
  return values.map((value) => {
    const power = value === null || value <= 0 ? Number.NaN : Math.log10(value);
    return Math.abs(power - Math.round(power)) < 1e-6 ? value : null;
  });
}
