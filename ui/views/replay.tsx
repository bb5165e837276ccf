import { useEffect, useState } from 'preact/hooks';
import { printable } from '../../src/problems.ts';
import type { Coverage, Replay } from '../../src/replay/index.ts';
import { outcomeSays } from '../../src/reporters/outcome.ts';
import { luckSays, wheelsSay } from '../../src/reporters/replay-words.ts';
import { formatHours, formatMoney } from '../../src/units.ts';
import type { Subject } from '../engine.ts';
import { local } from '../numbers.ts';
import { useAnswer, useReport } from '../report.tsx';
import { Lanes, clock, dayOf } from './lanes.tsx';
import { SourceName } from './sources.tsx';
import { Waiting } from './waiting.tsx';
import { Scroll } from './scroll.tsx';

/** What recorded incidents would have done: all in a list, and one minute by minute, all plans side by side. */
export function ReplayView({
  of,
  replay,
  at,
}: {
  readonly of: Subject;
  readonly replay: Replay | undefined;
  readonly at: number;
}) {
  const { view } = useReport();
  return (
    <>
      {view.incident !== null && replay === undefined && (
        <p class="quiet" aria-busy="true">
          Replaying…
        </p>
      )}
      {replay === undefined ? <Incidents of={of} /> : <SideBySide of={of} replay={replay} at={at} />}
    </>
  );
}

/** One incident through every plan of the page, on one scale of time. */
function SideBySide({
  of,
  replay,
  at,
}: {
  readonly of: Subject;
  readonly replay: Replay;
  readonly at: number;
}) {
  const { data, act } = useReport();
  const [ends, setEnds] = useState<Readonly<Record<number, number>>>({});
  const until = Math.max(Date.parse(replay.to ?? ''), ...Object.values(ends));
  const note = (plan: number, end: number): void => {
    if (ends[plan] !== end) setEnds({ ...ends, [plan]: end });
  };
  return (
    <>
      <h3>
        {printable(replay.incident.title)}
        {replay.from !== null && <span class="quiet">, {replay.from.slice(0, 10)}</span>}
      </h3>
      <div class="side-by-side">
        <One replay={replay} at={at} until={until} />
        {data.plans.map((_, i) =>
          i === of.plan ? null : (
            <Other key={i} plan={i} incident={replay.incident.id} at={at} until={until} note={note} />
          ),
        )}
      </div>
      <About id={replay.incident.id} />
      <p class="no-print">
        <button type="button" onClick={() => act({ kind: 'incident', incident: null })}>
          Back to all incidents
        </button>
      </p>
    </>
  );
}

/** What happened, and who says so. */
function About({ id }: { readonly id: string }) {
  const { data } = useReport();
  const incident = data.incidents.find((one) => one.id === id);
  if (incident === undefined) return null;
  return (
    <>
      <h4>What happened</h4>
      <p>{printable(incident.root_cause)}</p>
      <ul>
        {incident.sources.map(({ url, title }, i) => (
          <li key={i}>
            <SourceName text={url ?? title} name={title} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Other({
  plan,
  incident,
  at,
  until,
  note,
}: {
  readonly plan: number;
  readonly incident: string;
  readonly at: number;
  readonly until: number;
  /** Told when the replay of this plan ends. @unit ms */
  readonly note: (plan: number, end: number) => void;
}) {
  const asked = useAnswer<'replay'>({ kind: 'replay', of: { plan, changes: [] }, incident });
  const replay = asked.isFresh ? asked.answer?.replay : undefined;
  const end = Date.parse(replay?.to ?? '');
  useEffect(() => {
    if (!Number.isNaN(end)) note(plan, end);
  }, [plan, end]);
  return replay !== undefined ? (
    <One replay={replay} at={at} until={until} />
  ) : (
    <div aria-busy={asked.error === undefined}>
      <Waiting asked={asked}>Replaying…</Waiting>
    </div>
  );
}

function One({
  replay,
  at,
  until,
}: {
  readonly replay: Replay;
  readonly at: number;
  readonly until: number;
}) {
  const { currency } = replay.plan;
  return (
    <section class="one" aria-label={printable(replay.plan.name)}>
      <h4>{printable(replay.plan.name)}</h4>
      <p>{local(printable(outcomeSays(replay)))}</p>
      {replay.from !== null && (
        <p class="quiet">
          {replay.from.slice(0, 10)}, {clock(Date.parse(replay.from))} – {clock(Date.parse(replay.to ?? ''))}{' '}
          UTC
          {replay.loss !== null && `, ${local(formatMoney(replay.loss, currency))} lost`}
        </p>
      )}
      {replay.from !== null && <Lanes replay={replay} at={at} until={until} />}
      {replay.steps.length > 0 && (
        <>
          <h5>Who had to do what when</h5>
          <ol class="steps">
            {replay.steps.map((step, i) => (
              <li key={i} class={Date.parse(step.at) <= at ? 'done' : ''}>
                <time dateTime={step.at}>{step.at.slice(11, 19)}</time> {printable(step.service)}:{' '}
                {local(printable(step.says))}
              </li>
            ))}
          </ol>
        </>
      )}
      <Sentences title="What was taken as sure" sentences={luckSays(replay)} />
      <Sentences title="What one changes things with, and was hit too" sentences={wheelsSay(replay)} />
      {replay.changes.length > 0 && (
        <>
          <h5>What would have helped</h5>
          <ul>
            {replay.changes.slice(0, 5).map((change) => (
              <li key={change.change}>
                {local(printable(change.change))}{' '}
                <span class="quiet">
                  {change.lossAvoided === null
                    ? `${local(formatHours(change.minutesDownAvoided / 60))} less down`
                    : `${local(formatMoney(change.lossAvoided, currency))} less lost`}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      {replay.choices.length > 0 && (
        <>
          <h5>Chosen, not known</h5>
          <ul class="assumed">
            {replay.choices.map(({ about, says }, i) => (
              <li key={i}>{local(printable(`${about}: ${says}`))}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Sentences({ title, sentences }: { readonly title: string; readonly sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <>
      <h5>{title}</h5>
      <ul>
        {sentences.map((sentence) => (
          <li key={sentence}>{local(sentence)}</li>
        ))}
      </ul>
    </>
  );
}

const OUTCOMES: Readonly<Record<Coverage['plans'][number]['outcome'], string>> = {
  uncovered: '✕ not covered',
  covered: '◐ covered',
  altered: '▲ altered',
  unharmed: '✓ unharmed',
  untouched: 'untouched',
  unknown: 'time unknown',
  outside: 'outside',
};

function Incidents({ of }: { readonly of: Subject }) {
  const { act } = useReport();
  const asked = useAnswer<'coverage'>({ kind: 'coverage', of });
  const rows = asked.answer ?? [];
  const hit = rows.filter(({ plans }) => plans.some(({ outcome }) => outcome !== 'untouched'));
  if (!asked.isFresh)
    return (
      <div aria-busy={asked.error === undefined}>
        <Waiting asked={asked}>Replaying every incident of the library…</Waiting>
      </div>
    );
  if (hit.length === 0)
    return (
      <p class="quiet">
        None of the {rows.length} incidents of the library hit anything that this plan stands on.
      </p>
    );
  return (
    <>
      <p class="quiet">
        {hit.length} of the {rows.length} incidents of the library hit what this plan stands on. Choose one.
      </p>
      <Scroll name="Incidents">
        <table class="incidents">
          <thead>
            <tr>
              <th scope="col">Incident</th>
              <th scope="col">What it would have done</th>
              <th scope="col">Longest down</th>
              <th scope="col">Lost</th>
            </tr>
          </thead>
          <tbody>
            {hit.map(({ incident, plans: [plan] }) => (
              <tr key={incident.id} class={plan?.outcome}>
                <th scope="row">
                  <button
                    type="button"
                    class="plain"
                    onClick={() => act({ kind: 'incident', incident: incident.id })}
                  >
                    {printable(incident.title)}
                  </button>{' '}
                  <span class="quiet">{dayOf(incident.id)}</span>
                </th>
                <td>
                  {plan === undefined ? '' : OUTCOMES[plan.outcome]}
                  {plan !== undefined && plan.journeysDown.length > 0 && (
                    <span class="quiet"> {printable(plan.journeysDown.join(', '))}</span>
                  )}
                </td>
                <td>
                  {plan === undefined || plan.minutesDown === 0
                    ? '–'
                    : local(formatHours(plan.minutesDown / 60))}
                </td>
                <td>
                  {plan === undefined || plan.loss === null
                    ? '–'
                    : local(formatMoney(plan.loss, plan.currency))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
