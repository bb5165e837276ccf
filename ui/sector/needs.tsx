import { Scroll } from '../views/scroll.tsx';
import { printable } from '../../src/printable.ts';
import type { Concentration, Sector } from '../../src/sector/result.ts';
import { formatShare, significant } from '../../src/units.ts';

/** How concentrated each need is. */
export function Needs({ sector: { needs, concentration } }: { readonly sector: Sector }) {
  if (needs.length === 0) return null;
  return (
    <section aria-labelledby="needs">
      <h2 id="needs">Needs</h2>
      <p class="quiet">
        “Have one only”: of those that have the need, how many have a single provider of it and nothing of
        their own; “routers not counted”: one that sends on to nodes of others is no second source. “Lost with
        one”: how many lose it with one provider alone, however many they have. HHI is the
        Herfindahl–Hirschman index of the providers’ shares of use: 1 when all use one.
      </p>
      <Scroll name="Needs">
        <table>
          <thead>
            <tr>
              <th scope="col">Need</th>
              {['Have it', 'Providers', 'Have one only', 'Routers not counted', 'Lost with one', 'HHI'].map(
                (title) => (
                  <th key={title} scope="col" class="number">
                    {title}
                  </th>
                ),
              )}
              <th scope="col">Largest</th>
            </tr>
          </thead>
          <tbody>
            {needs.map((one) => (
              <tr key={one.need}>
                <th scope="row">{printable(one.need)}</th>
                <td class="number">{significant(one.has.count)}</td>
                <td class="number">{one.providers}</td>
                <td class="number">{formatShare(one.single.share)}</td>
                <td class="number">{formatShare(one.singleWithoutRouters.share)}</td>
                <td class="number">{formatShare(one.lostByOne.share)}</td>
                <td class="number">{one.hhi.toFixed(3)}</td>
                <td>{largest(one)}</td>
              </tr>
            ))}
            {needs.length > 1 && (
              <tr>
                <th scope="row">all</th>
                <td colSpan={5} />
                <td class="number">{concentration.hhi.toFixed(3)}</td>
                <td>{largest(concentration)}</td>
              </tr>
            )}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function largest({ largest: one }: Concentration): string {
  return one === null ? '–' : `${printable(one.provider)} ${formatShare(one.share)}`;
}
