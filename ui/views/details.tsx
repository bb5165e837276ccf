import type { EventResult, JourneyResult } from '../../src/assess/index.ts';
import type { EvidenceRow } from '../../src/evidence/index.ts';
import type { Box, PlatformMap } from '../../src/map/index.ts';
import { printable } from '../../src/problems.ts';
import {
  formatAvailability,
  formatHours,
  formatMoney,
  formatShare,
  significant,
  HOURS_PER_YEAR,
} from '../../src/units.ts';
import type { Subject } from '../engine.ts';
import { local } from '../numbers.ts';
import { useAnswer, useFigures, useReport } from '../report.tsx';
import { Sources } from './sources.tsx';
import type { Shown } from './shown.ts';

/** Most lines of a list; the tables of the other views have all. */
const MOST = 12;

/** What is selected, and why it is believed. */
export function Details(shown: Shown & { readonly of: Subject }) {
  const { view, act } = useReport();
  const { map } = shown.ground;
  const at = map.boxes.findIndex(({ id }) => id === view.selected);
  const box = map.boxes[at];
  if (box === undefined)
    return (
      <p class="quiet">
        Click on a provider, a region, a service or anything else on the map: it fails, and every journey
        shows what is left of it. <kbd>Esc</kbd> heals all.
      </p>
    );
  const journey = shown.assessment.journeys.find(({ name }) => box.kind === 'journey' && name === box.label);
  return (
    <div class="details">
      <p class="quiet">{box.kind}</p>
      <h2>{printable(box.kind === 'journey' ? box.label : box.id)}</h2>
      {box.fails !== null && (
        <button type="button" onClick={() => act({ kind: 'toggle', name: box.fails ?? '', box: box.id })}>
          {view.without.includes(box.fails) ? 'Heal it' : 'Fail it'}
        </button>
      )}
      {journey === undefined ? (
        <Part box={box} at={at} {...shown} />
      ) : (
        <Journey journey={journey} {...shown} />
      )}
      <Neighbours map={map} at={at} />
    </div>
  );
}

function Journey({ journey, assessment }: Shown & { readonly journey: JourneyResult }) {
  const { down, modes, switchOver, compromise } = journey;
  return (
    <>
      <h3>Share of time in each mode</h3>
      <dl>
        {modes.map(({ name, probability, worth }) => (
          <Line key={name} name={`${name}${worth < 1 ? `, worth ${formatShare(worth)}` : ''}`}>
            {formatShareOfTime(probability)}
          </Line>
        ))}
        <Line name="down, switch-overs aside">{`${formatHours(down.hoursPerYear)} a year`}</Line>
        {switchOver.hoursPerYear > 0 && (
          <Line name="switch-overs">
            {`${significant(switchOver.perYear)} a year, ${formatHours(switchOver.hoursPerYear)} in all`}
          </Line>
        )}
        {switchOver.dataLost.worst > 0 && (
          <Line name="data lost at a switch">{`at worst ${significant(switchOver.dataLost.worst)} s`}</Line>
        )}
        {journey.lossInterval !== null && journey.lossPerYear !== null && (
          <Line name="loss a year, 90 %">
            {`${formatMoney(journey.lossInterval[0], assessment.plan.currency)} – ${formatMoney(journey.lossInterval[1], assessment.plan.currency)}`}
          </Line>
        )}
      </dl>
      <h3>
        What takes it down ({down.cutSets.complete ? '' : 'at least '}
        {down.cutSets.total} ways)
      </h3>
      <ol>
        {down.cutSets.top.slice(0, MOST).map(({ events, probability }) => (
          <li key={events.join(' ')}>
            {events.map(printable).join(' with ')}{' '}
            <span class="quiet">{local(formatHours(probability * HOURS_PER_YEAR))} a year</span>
          </li>
        ))}
      </ol>
      <h3>Who can alter it in one step ({compromise.singlePoints.length})</h3>
      <p>
        {compromise.singlePoints.map((id) => printable(id.replace(/^compromise:/, ''))).join(' · ') || '–'}
      </p>
    </>
  );
}

function formatShareOfTime(probability: number): string {
  return probability > 0.5
    ? formatAvailability(1 - probability)
    : `${formatHours(probability * HOURS_PER_YEAR)} a year`;
}

/** A service, a capability or a place: how often it fails, what hangs on it, and who says so. */
function Part({
  box,
  scene,
  at,
  of,
  ...shown
}: Shown & { readonly box: Box; readonly at: number; readonly of: Subject }) {
  const { view } = useReport();
  // What is known of it does not go away when it fails.
  const assessment = useFigures(of, []).answer ?? shown.assessment;
  const evidence = useAnswer<'evidence'>({ kind: 'evidence', of });
  const { id, fails, kind } = box;
  const isOwn = (event: string): boolean =>
    event === fails || (kind === 'service' && event.startsWith(`${fails}:`));
  const events = assessment.events.filter((event) => isOwn(event.id));
  const hanging = assessment.journeys.flatMap(({ name, down, importance }) => {
    const single = down.singlePoints.some(isOwn);
    const criticality = importance
      .filter(({ event }) => isOwn(event))
      .reduce((sum, one) => sum + one.criticality, 0);
    return single || criticality > 0 ? [{ name, single, criticality }] : [];
  });
  const blast = assessment.blast.find(({ scope }) => scope === id);
  const rows = (evidence.answer ?? []).filter((row) =>
    row.kind === 'rate' ? isOwn(row.subject) : row.needs === id || row.subject === id,
  );
  const isByHand = fails !== null && view.without.includes(fails);
  return (
    <>
      {scene.boxes[at]?.kind === 'failed' && !isByHand && (
        <p class="bad">It has failed with what it stands on.</p>
      )}
      {blast !== undefined && (
        <>
          <h3>If it fails alone</h3>
          <dl>
            {Object.entries(blast.journeys).map(([name, mode]) => (
              <Line key={name} name={name}>
                {mode}
              </Line>
            ))}
            {blast.lossPerHour > 0 && (
              <Line name="lost an hour">{formatMoney(blast.lossPerHour, assessment.plan.currency)}</Line>
            )}
          </dl>
        </>
      )}
      <OwnEvents events={events} name={fails ?? ''} />
      {hanging.length > 0 && <h3>Share of the time down that hangs on it</h3>}
      <dl>
        {hanging.map(({ name, single, criticality }) => (
          <Line key={name} name={name}>
            {`${formatShare(Math.min(1, criticality))}${single ? ', alone' : ''}`}
          </Line>
        ))}
      </dl>
      {rows.length > 0 && <h3>Why it is believed</h3>}
      <ul class="believed">
        {rows.slice(0, MOST).map((row, i) => (
          <li key={i} class={row.basis === 'assumed' ? 'assumed' : ''}>
            {edgeSays(row)} <Sources row={row} />
          </li>
        ))}
      </ul>
      {rows.length > MOST && <p class="quiet">… and {rows.length - MOST} more under Evidence</p>}
    </>
  );
}

/** The events of its own: how often each happens, and what if it has. */
function OwnEvents({ events, name }: { readonly events: readonly EventResult[]; readonly name: string }) {
  const { view, act } = useReport();
  if (events.length === 0) return null;
  return (
    <>
      <h3>How often it fails by itself</h3>
      {events.map((event) => (
        <p key={event.id} class={event.basis === 'assumed' ? 'assumed' : ''}>
          {event.id !== name && (
            <button
              type="button"
              class="plain"
              aria-pressed={view.without.includes(event.id)}
              onClick={() => act({ kind: 'toggle', name: event.id, box: null })}
            >
              {printable(event.id)}
            </button>
          )}{' '}
          {event.ratePerYear === null || event.meanHours === null
            ? `${local(formatShare(event.probability))} of the times it is needed`
            : `${local(significant(event.ratePerYear))} a year for ${local(formatHours(event.meanHours))}`}
          <br />
          <span class="quiet">{local(printable(event.detail))}</span>
        </p>
      ))}
    </>
  );
}

export function edgeSays({ subject, needs, says }: EvidenceRow): string {
  const name = subject.replace(/^journey:/, '');
  return printable(needs === null ? `${name}: ${says}` : `${name} → ${needs}: ${says}`);
}

function Line({ name, children }: { readonly name: string; readonly children: string }) {
  return (
    <div>
      <dt>{printable(name)}</dt>
      <dd>{local(printable(children))}</dd>
    </div>
  );
}

/** What it needs and what needs it: ways through the map without failing anything. */
function Neighbours({ map, at }: { readonly map: PlatformMap; readonly at: number }) {
  const needs = map.edges.filter(({ from }) => from === at);
  const users = map.edges.filter(({ to }) => to === at);
  return (
    <>
      <Links
        title="Needs"
        edges={needs.map(({ to, kind, position }) => ({ to, kind, position }))}
        map={map}
      />
      <Links
        title="Needed by"
        edges={users.map(({ from, kind, position }) => ({ to: from, kind, position }))}
        map={map}
      />
    </>
  );
}

function Links({
  title,
  edges,
  map,
}: {
  readonly title: string;
  readonly edges: readonly { readonly to: number; readonly kind: string; readonly position: number }[];
  readonly map: PlatformMap;
}) {
  const { act } = useReport();
  if (edges.length === 0) return null;
  return (
    <>
      <h3>
        {title} ({edges.length})
      </h3>
      <ul class="links">
        {edges.slice(0, 40).map(({ to, kind, position }) => {
          const box = map.boxes[to];
          if (box === undefined) return null;
          return (
            <li key={`${to} ${kind} ${position}`}>
              <button type="button" class="plain" onClick={() => act({ kind: 'select', box: box.id })}>
                {printable(box.kind === 'journey' ? box.label : box.id)}
              </button>{' '}
              <span class="quiet">
                {kind === 'needs' ? '' : kind === 'alternative' ? `alternative ${position}` : kind}
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
