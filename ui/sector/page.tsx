import type { SectorPageData } from '../../src/reporters/sector-html.ts';
import { answerOf, chancesSay, countedUnit, downBySay, exactSay } from '../../src/reporters/sector-words.ts';
import { printable } from '../../src/printable.ts';
import { plural } from '../../src/reporters/words.ts';
import { formatShare } from '../../src/units.ts';
import { Down } from './down.tsx';
import { useLosing, type Losing } from './losing.ts';
import { Needs } from './needs.tsx';
import { Providers } from './providers.tsx';
import { AtOnce } from './at-once.tsx';
import { Worst } from './worst.tsx';

/** What a sector shares, and what is down when providers are lost. */
export function SectorPage({ data: { sector, table, version } }: { readonly data: SectorPageData }) {
  const losing = useLosing(table);
  return (
    <>
      <header>
        <div class="title">
          <h1>{printable(sector.title)}</h1>
          <p class="quiet">
            {printable(countedUnit(sector.platforms.count, sector.unit))} ·{' '}
            {plural(sector.providers.length, 'provider')} · as of {sector.asOf}
            {sector.weighedBy !== null && <> · weighed by {printable(sector.weighedBy)}</>}
          </p>
          {sector.down !== null && <p class="quiet">{printable(downBySay(sector))}</p>}
        </div>
      </header>
      <main class="sector">
        <section class="answer-now" aria-label="The answer">
          {answerOf({ ...sector, without: null }).map((sentence) => (
            <p key={sentence}>{printable(sentence).replaceAll(' %', '\u00a0%')}</p>
          ))}
        </section>
        <div class="losing">
          <Providers sector={sector} losing={losing} />
          <Down sector={sector} losing={losing} />
        </div>
        <Worst sector={sector} losing={losing} />
        <AtOnce sector={sector} />
        <Needs sector={sector} />
        <section aria-labelledby="origin">
          <h2 id="origin">Origin and limits</h2>
          <p>
            {printable(sector.source)}. Licence: {printable(sector.licence)}.
          </p>
          <p>
            {chancesSay(sector)} {exactSay(sector)}
          </p>
          <ul class="limits">
            {sector.limits.map((one, i) => (
              <li key={i}>{printable(one)}</li>
            ))}
          </ul>
          {sector.leftOut.length > 0 && (
            <>
              <h3>Left out</h3>
              <ul class="limits">
                {sector.leftOut.slice(0, 50).map(({ file, first }) => (
                  <li key={file}>
                    {printable(file)}: {printable(first)}
                  </li>
                ))}
              </ul>
            </>
          )}
          <p class="quiet">Made by Keelson {printable(version)}.</p>
        </section>
      </main>
      <Told losing={losing} unit={sector.unit} />
    </>
  );
}

/** For who listens. */
function Told({ losing, unit }: { readonly losing: Losing; readonly unit: string }) {
  return (
    <p class="hidden" aria-live="polite" id="told">
      {losing.lost.length === 0
        ? 'Nothing is lost.'
        : printable(
            `Lost: ${losing.lost.join(', ')}. ${countedUnit(losing.count, unit)} down, ${formatShare(losing.share)}.`,
          )}
    </p>
  );
}
