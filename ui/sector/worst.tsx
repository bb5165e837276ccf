import { Scroll } from '../views/scroll.tsx';
import { printable } from '../../src/printable.ts';
import { COUNTS, downSay, fewestSay, fractionSay, tiesSay } from '../../src/reporters/sector-words.ts';
import type { Sector } from '../../src/sector/result.ts';
import type { Losing } from './losing.ts';

/** The worst to lose together, and how few take down much: each set to be lost by a click. */
export function Worst({ sector, losing }: { readonly sector: Sector; readonly losing: Losing }) {
  return (
    <section aria-labelledby="worst">
      <h2 id="worst">The worst to lose together</h2>
      <Scroll name="The worst to lose together">
        <table>
          <thead>
            <tr>
              <th scope="col">To lose</th>
              <th scope="col" class="number">
                Down
              </th>
              <th scope="col">Providers</th>
            </tr>
          </thead>
          <tbody>
            {sector.worst.indirect.map((set, i) => (
              <tr key={i}>
                <th scope="row">{COUNTS[i]}</th>
                <td class="number">{downSay(set)}</td>
                <td>
                  <Lose names={set.providers} losing={losing} /> <span class="quiet">{tiesSay(set)}</span>
                </td>
              </tr>
            ))}
            {sector.fewest.map((one) => (
              <tr key={one.share}>
                <th scope="row">fewest for {fractionSay(one.share)}</th>
                <td class="number">{fewestSay(one)}</td>
                <td>
                  {one.providers === null ? (
                    'not by the loss of all that is known'
                  ) : (
                    <Lose names={one.providers} losing={losing} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Lose({ names, losing }: { readonly names: readonly string[]; readonly losing: Losing }) {
  const shown = names.slice(0, 12).map(printable).join(', ');
  return (
    <button type="button" class="plain" onClick={() => losing.choose(names)}>
      {names.length > 12 ? `${shown}, … (${names.length})` : shown}
    </button>
  );
}
