import { useState } from 'preact/hooks';
import { printable } from '../../src/printable.ts';
import { amplificationSay } from '../../src/reporters/sector-words.ts';
import type { ProviderFigures, Sector } from '../../src/sector/result.ts';
import { formatShare } from '../../src/units.ts';
import type { Losing } from './losing.ts';

/** Providers that are listed at first, and at most. */
const FIRST = 20;
const MOST = 500;

/** Those on whom most hangs, each to be lost by a click. */
export function Providers({ sector, losing }: { readonly sector: Sector; readonly losing: Losing }) {
  const [asked, setAsked] = useState('');
  const [isAll, setAll] = useState(false);
  const words = asked.trim().toLowerCase();
  const found = sector.providers.filter(({ name, title }) =>
    `${name} ${title}`.toLowerCase().includes(words),
  );
  const shown = found.slice(0, isAll || words !== '' ? MOST : FIRST);
  const lostBeyond = sector.providers.filter((one) => losing.lost.includes(one.name) && !shown.includes(one));
  const scale = scaleOf(sector.providers[0]?.indirect.share ?? 0);
  return (
    <section class="providers" aria-labelledby="providers">
      <h2 id="providers">If this is lost</h2>
      <p class="quiet">
        Click to lose a provider, or several; <kbd>Esc</kbd> heals. The bar is what its loss alone takes down,
        the lighter part by those who stand on it.
      </p>
      <label class="search">
        Find a provider{' '}
        <input
          type="search"
          value={asked}
          onInput={(event) => setAsked(event.currentTarget.value)}
          onKeyDown={(event) => {
            // Escape empties the field first, and heals when it is empty.
            if (event.key === 'Escape' && asked !== '') event.stopPropagation();
          }}
        />
      </label>
      <ul class="bars">
        {[...lostBeyond, ...shown].map((one) => (
          <Provider key={one.name} one={one} scale={scale} losing={losing} />
        ))}
      </ul>
      {found.length === 0 && <p class="quiet">No provider is called like that.</p>}
      {found.length > shown.length && shown.length < MOST && (
        <button type="button" onClick={() => setAll(true)}>
          Show {found.length > MOST ? `the first ${MOST}` : `all ${found.length}`}
        </button>
      )}
      {found.length > shown.length && shown.length === MOST && (
        <p class="quiet">{found.length - MOST} more are found by their name.</p>
      )}
    </section>
  );
}

const SCALES = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5];

/** What a whole bar is: a share that is easy to read, and no less than the largest. */
function scaleOf(largest: number): number {
  return SCALES.find((one) => one >= largest) ?? 1;
}

function Provider({
  one,
  scale,
  losing,
}: {
  readonly one: ProviderFigures;
  readonly scale: number;
  readonly losing: Losing;
}) {
  const isLost = losing.lost.includes(one.name);
  const isAlong = !isLost && losing.providers.has(one.name);
  const part = (share: number): string => `${Math.min(100, (100 * share) / scale)}%`;
  return (
    <li>
      <button
        type="button"
        class={`provider ${isLost ? 'lost' : ''} ${isAlong ? 'along' : ''}`}
        aria-pressed={isLost}
        data-provider={one.name}
        onClick={() => losing.toggle(one.name)}
      >
        <span class="name">
          {isLost && <span aria-hidden="true">✕ </span>}
          {printable(one.title)}
          {one.isRouter && <span class="quiet"> router</span>}
          {isLost && <span class="state"> lost</span>}
          {isAlong && <span class="state"> goes along</span>}
        </span>
        <span class="share">{formatShare(one.indirect.share)}</span>
        <span class="gauge" aria-hidden="true">
          <span class="all" style={{ width: part(one.indirect.share) }} />
          <span class="own" style={{ width: part(one.direct.share) }} />
        </span>
        <span class="details quiet">
          {formatShare(one.direct.share)} alone · {formatShare(one.uses.share)} use it
          {one.amplification !== null && one.amplification > 1 && (
            <> · amplified {amplificationSay(one.amplification)}</>
          )}
        </span>
      </button>
    </li>
  );
}
