import { useState } from 'preact/hooks';
import { eventsUnder } from '../../src/model/index.ts';
import { printable } from '../../src/problems.ts';
import type { Subject } from '../engine.ts';
import { useReport } from '../report.tsx';
import type { Ground } from '../scene.ts';
import { dayOf } from './lanes.tsx';

/** The name of the platform, which plan is shown, and what has been done to it. */
export function Header({
  of,
  ground,
  error,
}: {
  readonly of: Subject;
  readonly ground: Ground;
  readonly error: string | undefined;
}) {
  const { data, view, act } = useReport();
  const head = data.plans[of.plan]?.plan.platform;
  return (
    <header>
      <div class="title">
        <h1>{printable(head?.name ?? '')}</h1>
        <p class="quiet">
          as of {head?.asOf} · keelson {data.version}
        </p>
      </div>
      {data.plans.length > 1 && (
        <fieldset class="segments">
          <legend class="hidden">Plan</legend>
          {data.plans.map(({ plan }, i) => (
            <button
              key={i}
              type="button"
              aria-pressed={i === view.plan}
              onClick={() => act({ kind: 'plan', plan: i })}
            >
              {printable(plan.platform.name)}
            </button>
          ))}
        </fieldset>
      )}
      <div class="doing" aria-live="polite">
        {view.without.map((name) => (
          <button
            key={name}
            type="button"
            class="chip bad"
            data-name={name}
            onClick={() => act({ kind: 'toggle', name, box: null })}
          >
            <span aria-hidden="true">{isIn(ground, name) ? '✕' : '?'} </span>
            {printable(name)}
            <span class={isIn(ground, name) ? 'hidden' : 'quiet'}>
              {isIn(ground, name) ? ' has failed: heal it' : ' is not in this plan'}
            </span>
          </button>
        ))}
        {view.changes.map((change) => (
          <button
            key={change}
            type="button"
            class="chip"
            data-name={change}
            onClick={() => act({ kind: 'change', change })}
          >
            <span aria-hidden="true">✓ </span>
            {printable(change)}
            <span class="hidden"> is applied: take it back</span>
          </button>
        ))}
        <Replaying />
        {view.without.length > 0 && (
          <button type="button" class="plain" onClick={() => act({ kind: 'heal' })}>
            Heal all <kbd>Esc</kbd>
          </button>
        )}
      </div>
      <CopyLink />
      {error !== undefined && (
        <p class="error" role="alert">
          {printable(error)}
        </p>
      )}
    </header>
  );
}

function isIn({ model }: Ground, name: string): boolean {
  return eventsUnder(model, name).length > 0;
}

/** Which incident is replayed, and the way out of it. */
function Replaying() {
  const { data, view, act } = useReport();
  const incident = data.incidents.find(({ id }) => id === view.incident);
  if (incident === undefined) return null;
  return (
    <button
      type="button"
      class="chip"
      title={`${printable(incident.title)}: end it`}
      onClick={() => act({ kind: 'incident', incident: null })}
    >
      <span aria-hidden="true">▶ </span>
      {dayOf(incident.id) || printable(incident.title)} is replayed
      <span class="hidden">: {printable(incident.title)}. End it</span>
    </button>
  );
}

/** The address carries what is looked at; this puts it where it can be pasted. */
function CopyLink() {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard?.writeText(location.href).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), 2000);
      },
      () => setCopied(false), // the address bar has it too
    );
  };
  return (
    <button
      type="button"
      class="plain no-print"
      onClick={copy}
      title="The address of this page carries what you see"
    >
      {isCopied ? 'Copied' : 'Copy link'}
    </button>
  );
}
