import { memo } from '../memo.ts';
import type { JourneyResult } from '../../src/assess/index.ts';
import { printable } from '../../src/problems.ts';
import { journeyFigures } from '../../src/reporters/journey-figures.ts';
import { formatAvailability } from '../../src/units.ts';
import { local } from '../numbers.ts';
import { useReport, type Report } from '../report.tsx';
import type { ModeLook } from '../scene.ts';
import type { Shown } from './shown.ts';

const MARKS = { full: '✓', lower: '◐', down: '✕' } as const;

/** Every journey with the mode it is in now, and its figures. */
export function Journeys({ ground, scene, assessment, isFresh }: Shown) {
  const { view, act } = useReport();
  return (
    <ul class={`journeys ${isFresh ? '' : 'stale'}`} aria-busy={!isFresh}>
      {ground.model.journeys.map(({ name }, i) => (
        <Row
          key={name}
          name={name}
          mode={scene.modes[i]}
          assessment={assessment}
          isSelected={view.selected === `journey:${name}`}
          act={act}
        />
      ))}
    </ul>
  );
}

interface RowProps {
  readonly name: string;
  readonly mode: ModeLook | undefined;
  readonly assessment: Shown['assessment'];
  readonly isSelected: boolean;
  readonly act: Report['act'];
}

/** Drawn again only when something in it is another. */
const Row = memo(
  function Row({ name, mode, assessment, isSelected, act }: RowProps) {
    const journey = assessment.journeys.find((one) => one.name === name);
    return (
      <li data-journey={name}>
        <button
          type="button"
          class={`journey ${mode?.kind ?? 'full'}`}
          aria-pressed={isSelected}
          onClick={() => act({ kind: 'select', box: isSelected ? null : `journey:${name}` })}
        >
          <span class="head">
            <span class="name">{printable(name)}</span> {mode !== undefined && <Mode mode={mode} />}
          </span>
          {journey !== undefined && <Figures journey={journey} currency={assessment.plan.currency} />}
        </button>
      </li>
    );
  },
  (a, b) =>
    a.name === b.name &&
    a.mode?.name === b.mode?.name &&
    a.mode?.kind === b.mode?.kind &&
    a.assessment === b.assessment &&
    a.isSelected === b.isSelected,
);

export function Mode({ mode }: { readonly mode: ModeLook }) {
  return (
    <span class={`mode ${mode.kind}`} data-mode={mode.name}>
      <span aria-hidden="true">{MARKS[mode.kind]}</span> {printable(mode.name)}
    </span>
  );
}

function Figures({ journey, currency }: { readonly journey: JourneyResult; readonly currency: string }) {
  const figures = journeyFigures(journey, currency);
  const { target, verdict } = figures;
  return (
    <span class="figures">
      <span class="line strong" data-figure="down">
        {local(figures.down)} <span class="unit">down a year</span>
      </span>
      {figures.downInterval !== '–' && (
        <span class="line quiet" data-figure="interval">
          {local(figures.downInterval)} <span class="unit">90 %</span>
        </span>
      )}
      <span class="line">
        <span data-figure="availability">{local(formatAvailability(1 - journey.availability))}</span>{' '}
        <span class="unit">available</span>{' '}
        <span class={`verdict ${verdict ?? ''}`} data-figure="slo">
          {target === null ? 'no target' : `${local(target)} ${verdict === 'met' ? '✓ met' : '✕ missed'}`}
        </span>
      </span>
      <span class="line" data-figure="loss">
        {local(figures.loss)} <span class="unit">lost a year</span>
      </span>
      <span class="line quiet">
        <span data-figure="outages">{local(figures.outages)}</span> <span class="unit">outages a year,</span>{' '}
        <span data-figure="full">{local(figures.fullService)}</span> <span class="unit">full service</span>
      </span>
    </span>
  );
}
