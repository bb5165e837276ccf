import { useState } from 'preact/hooks';
import { printable } from '../../src/printable.ts';
import { countedUnit } from '../../src/reporters/sector-words.ts';
import type { Sector } from '../../src/sector/result.ts';
import { formatShare, significant } from '../../src/units.ts';
import { whyDown, type Losing } from './losing.ts';

/** Platforms that are listed. */
const MOST = 300;

/** Which platforms are down with what is lost, and why. */
export function Down({ sector, losing }: { readonly sector: Sector; readonly losing: Losing }) {
  const [asked, setAsked] = useState('');
  const words = asked.trim().toLowerCase();
  const found = losing.platforms.filter(({ name, kind }) => `${name} ${kind}`.toLowerCase().includes(words));
  const along = [...losing.providers].filter((one) => !losing.lost.includes(one));
  return (
    <section class="down" aria-labelledby="down">
      <h2 id="down">What is down</h2>
      {losing.lost.length === 0 ? (
        <p class="quiet">Nothing is lost: all {printable(sector.unit)} are up.</p>
      ) : (
        <>
          <p class="count" data-down={losing.count}>
            <strong>
              {significant(losing.count)} of {printable(countedUnit(sector.platforms.count, sector.unit))}
            </strong>
            , {formatShare(losing.share)}
            {sector.weighedBy !== null && ' of the weight'}
          </p>
          <span class="gauge wide" aria-hidden="true">
            <span class="own" style={{ width: `${100 * losing.share}%` }} />
          </span>
          <p class="chips">
            {losing.lost.map((name) => (
              <button
                key={name}
                type="button"
                class="chip bad"
                aria-label={`Heal ${printable(name)}`}
                onClick={() => losing.toggle(name)}
              >
                {printable(name)} <span aria-hidden="true">×</span>
              </button>
            ))}
            <button type="button" onClick={() => losing.choose([])}>
              Heal all
            </button>
          </p>
          {along.length > 0 && (
            <p>
              Along go {along.slice(0, 20).map(printable).join(', ')}
              {along.length > 20 && ` and ${along.length - 20} more`}.
            </p>
          )}
          {losing.platforms.length > 12 && (
            <label class="search">
              Find among them{' '}
              <input type="search" value={asked} onInput={(event) => setAsked(event.currentTarget.value)} />
            </label>
          )}
          <ul class="platforms">
            {found.slice(0, MOST).map((platform) => {
              const why = whyDown(platform, losing);
              return (
                <li key={platform.name} data-platform={platform.name}>
                  <span class="name">{printable(platform.name)}</span>{' '}
                  <span class="quiet">
                    {printable(platform.kind)}
                    {(platform.count ?? 1) > 1 && ` · ${significant(platform.count ?? 1)}`}
                    {why !== undefined &&
                      ` · ${printable(why.need)}: ${why.providers.map(printable).join(', ')}`}
                  </span>
                </li>
              );
            })}
          </ul>
          {found.length > MOST && <p class="quiet">… and {significant(found.length - MOST)} more.</p>}
        </>
      )}
    </section>
  );
}
