import { printable } from '../../src/problems.ts';
import { formatMoney, formatShare } from '../../src/units.ts';
import { local } from '../numbers.ts';
import { useFigures, useReport } from '../report.tsx';
import { Scroll } from './scroll.tsx';

/** Rows shown before all are asked for by printing. */
const MOST = 12;
/** More journeys are counted in place of named. */
const MOST_NAMED = 6;

/** What each provider, region and zone takes with it by failing alone, of the plan as it stands. */
export function IfThisFails() {
  const { view, act, isPrinting } = useReport();
  const { answer } = useFigures({ plan: view.plan, changes: view.changes }, []);
  if (answer === undefined || answer.blast.length === 0) return null;
  const { blast, journeys, providers, plan } = answer;
  const named = journeys.length <= MOST_NAMED;
  const shown = isPrinting ? blast : blast.slice(0, MOST);
  return (
    <Scroll name="If this fails">
      <table class="if-this-fails">
        <caption>If this fails alone, with nothing else failed</caption>
        <thead>
          <tr>
            <th scope="col">Provider, region or zone</th>
            {named ? (
              journeys.map(({ name }) => (
                <th key={name} scope="col">
                  {printable(name)}
                </th>
              ))
            ) : (
              <th scope="col">Journeys down, in lower modes</th>
            )}
            <th scope="col">Lost an hour</th>
            <th scope="col">Share of what providers cost</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ scope, journeys: left, lossPerHour }) => {
            const modes = new Map(Object.entries(left));
            const down = [...modes.values()].filter((mode) => mode === 'down').length;
            const share = providers.find(({ name }) => name === scope)?.lossShare;
            return (
              <tr key={scope}>
                <th scope="row">
                  <button
                    type="button"
                    class="plain"
                    onClick={() => act({ kind: 'toggle', name: scope, box: scope })}
                  >
                    {printable(scope)}
                  </button>
                </th>
                {named ? (
                  journeys.map(({ name }) => (
                    <td key={name} class={modes.get(name) === 'down' ? 'bad' : ''}>
                      {printable(modes.get(name) ?? '·')}
                    </td>
                  ))
                ) : (
                  <td>{`${down}, ${modes.size - down}`}</td>
                )}
                <td class="figure">
                  {lossPerHour > 0 ? local(formatMoney(lossPerHour, plan.currency)) : '–'}
                </td>
                <td class="figure">{share === undefined ? '' : local(formatShare(share))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {blast.length > shown.length && <p class="quiet">… and {blast.length - shown.length} more</p>}
    </Scroll>
  );
}
