import { useMemo } from 'preact/hooks';
import { Scroll } from '../views/scroll.tsx';
import { printable } from '../../src/printable.ts';
import { hoursSay, mainTogether, ofWhat, oftenSay, ratioSay } from '../../src/reporters/sector-words.ts';
import type { Sector, Together } from '../../src/sector/result.ts';
import { formatHours, formatShare } from '../../src/units.ts';
import { Plot, type Series } from '../plot.tsx';

/** Less than this is not drawn. @unit hours a year */
const LEAST = 1e-7;

/** How much is down at once, beside the same if each failed by itself. */
export function AtOnce({ sector }: { readonly sector: Sector }) {
  const together = mainTogether(sector);
  const series = useMemo(() => seriesOf(together), [together]);
  return (
    <section aria-labelledby="at-once">
      <h2 id="at-once">How much is down at once</h2>
      <p class="quiet">
        Hours a year during which at least so much is down. The dashed line is the same if every one failed by
        itself, as often as it does: what lies between the two is what is shared.
      </p>
      <Plot
        series={series}
        xTitle={`down at once, of the ${printable(ofWhat(sector))}`}
        yTitle="hours a year"
        xTick={formatShare}
        yTick={formatHours}
        height={280}
        logarithmic="y"
      />
      <Scroll name="How much is down at once">
        <table>
          <thead>
            <tr>
              <th scope="col">Down at once</th>
              <th scope="col" class="number">
                A year
              </th>
              <th scope="col" class="number">
                How often
              </th>
              <th scope="col" class="number">
                If each failed by itself
              </th>
              <th scope="col" class="number">
                Times as likely
              </th>
            </tr>
          </thead>
          <tbody>
            {[together.any, ...together.asked].map((one) => (
              <tr key={one.share}>
                <th scope="row">{one.share === 0 ? 'any' : `${formatShare(one.share)} or more`}</th>
                <td class="number">{hoursSay(one, 'together')}</td>
                <td class="number">{oftenSay(one.together.perYear)}</td>
                <td class="number">{hoursSay(one, 'independent')}</td>
                <td class="number">{ratioSay(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

/** Upper bounds where there are bounds; what is too rare to draw falls to the edge, and ends the line. */
function seriesOf({ any, curve, whole, by }: Together): Series[] {
  const points = [{ ...any, share: by === 'count' ? Math.min(0.01, 1 / whole) : 0 }, ...curve.slice(1)];
  const line = (name: string, of: (one: (typeof points)[number]) => number): Series => {
    const end = points.findIndex((one) => of(one) < LEAST);
    const drawn = end < 0 ? points : points.slice(0, end + 1);
    return { name, x: drawn.map(({ share }) => share), y: drawn.map((one) => Math.max(LEAST, of(one))) };
  };
  return [
    line('as it is', ({ together }) => together.hoursPerYear[1]),
    line('if each failed by itself', ({ independent }) => independent.hoursPerYear[1]),
  ];
}
