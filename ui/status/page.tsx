import { useEffect, useState } from 'preact/hooks';
import { changesOf } from '../../src/serve/seeing/status-changes.ts';
import type { Status } from '../../src/serve/seeing/status.ts';
import { Journeys } from './journeys.tsx';
import { useLive, type Live } from './live.ts';
import { Pools } from './pools.tsx';
import { Services } from './services.tsx';
import { printable } from '../../src/printable.ts';
import { answerOf, clockOf, drillOf, span, titleOf } from './words.ts';

/** How a gateway or a steerer stands, as it is told. */
export function StatusPage({ address }: { readonly address: string }) {
  const live = useLive(address);
  const { status, now } = live;
  useEffect(() => {
    if (status !== undefined) document.title = printable(titleOf(status));
  }, [status]);
  return (
    <>
      <Head live={live} />
      <main class={`status ${live.connection === 'lost' ? 'old' : ''}`}>
        {live.isStrange && (
          <p class="error" role="alert">
            What is told is of another version than this page. Load the page again.
          </p>
        )}
        {status === undefined ? (
          <p>{live.connection === 'lost' ? 'Nothing has been heard yet.' : 'Asking how all stands…'}</p>
        ) : (
          <>
            <Drill status={status} />
            <section class="answer-now" aria-label="The answer">
              {answerOf(status).map((sentence) => (
                <p key={sentence}>{printable(sentence)}</p>
              ))}
            </section>
            <ForPeople status={status} now={now} />
            <Offered status={status} now={now} />
            <section aria-labelledby="journeys">
              <h2 id="journeys">Journeys</h2>
              <Journeys journeys={status.journeys} now={now} />
            </section>
            <section aria-labelledby="services">
              <h2 id="services">Services</h2>
              <Services services={status.services} pools={status.pools} now={now} />
            </section>
            {status.pools.length > 0 && (
              <section aria-labelledby="pools">
                <h2 id="pools">Nodes of chains</h2>
                <Pools pools={status.pools} now={now} />
              </section>
            )}
            <Findings status={status} />
            <History status={status} now={now} />
          </>
        )}
      </main>
      <Told live={live} />
    </>
  );
}

function Head({ live: { status, connection, ageMs, now } }: { readonly live: Live }) {
  return (
    <header>
      <div class="title">
        <h1>{status === undefined ? 'Status' : printable(status.plan.name)}</h1>
        {status !== undefined && (
          <p class="quiet">
            {status.role} · plan {printable(status.plan.digest.replace(/^sha256:/, '').slice(0, 12))} · up{' '}
            {span(now - Date.parse(status.startedAt))}
          </p>
        )}
      </div>
      <p class={`connection ${connection}`} data-connection={connection}>
        {connection === 'connecting' && 'Connecting…'}
        {connection === 'live' && (
          <>
            <span aria-hidden="true">● </span>Live · {span(ageMs)} old
          </>
        )}
        {connection === 'lost' &&
          (status === undefined ? (
            <>
              <span aria-hidden="true">✕ </span>No connection
            </>
          ) : (
            <>
              <span aria-hidden="true">✕ </span>Connection lost: what you see is {span(ageMs)} old
            </>
          ))}
      </p>
      {status !== undefined && !(status.live && status.ready) && (
        <p class="bad">{status.live ? 'It takes no more requests.' : 'It does not do its work.'}</p>
      )}
    </header>
  );
}

/** Said before anything else: times on the page are those of a drill. */
function Drill({ status }: { readonly status: Status }) {
  const words = drillOf(status);
  return words === undefined ? null : (
    <p class="drill" role="note">
      {words}
    </p>
  );
}

/** What is waiting for somebody: said before anything else. */
function ForPeople({ status, now }: { readonly status: Status; readonly now: number }) {
  const waiting = status.services.filter(({ waiting: what }) => what?.kind === 'approval');
  if (waiting.length === 0) return null;
  return (
    <section class="for-people" aria-labelledby="for-people">
      <h2 id="for-people">
        <span aria-hidden="true">! </span>
        {waiting.length === 1 ? 'A switch waits for you' : `${waiting.length} switches wait for you`}
      </h2>
      <ul>
        {waiting.map(({ name, waiting: what }) => (
          <li key={name} data-waits={name}>
            <strong>{printable(name)}</strong>: {printable(what?.words ?? '')}{' '}
            <span class="quiet">For {span(now - Date.parse(what?.since ?? ''))}.</span>
            <br />
            <code>keelson approve {printable(name)} --reason …</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

const OFFERED = {
  checking: 'A new plan is being checked',
  trying: 'A new plan is being tried',
  refused: 'The plan in the file is not taken',
  'held-back': 'A new plan is held back',
  'taken-back': 'A new plan was tried and taken back',
  'put-off': 'A new plan is put off, and tried again by itself',
} as const;

/** A plan that was offered and is not in force. */
function Offered({ status: { offered }, now }: { readonly status: Status; readonly now: number }) {
  if (offered === null) return null;
  const { state, digest, at, why } = offered;
  return (
    <section class="offered" aria-labelledby="offered" data-offered={state}>
      <h2 id="offered">{OFFERED[state]}</h2>
      {why.map((words) => (
        <p key={words}>{printable(words)}</p>
      ))}
      <p class="quiet">
        {digest !== '' && `${printable(digest.replace(/^sha256:/, '').slice(0, 12))} · `}
        since {clockOf(at, now)}. Requests go by the plan in force.
      </p>
      {state === 'held-back' && <code>keelson reload --force --reason …</code>}
    </section>
  );
}

const SEVERITIES = { error: '✕ error', warning: '◐ warning', note: '· note' } as const;

function Findings({ status: { findings } }: { readonly status: Status }) {
  if (findings.length === 0) return null;
  return (
    <section aria-labelledby="findings">
      <h2 id="findings">Findings</h2>
      <ul class="findings">
        {findings.map(({ severity, code, message }, i) => (
          <li key={i} class={severity}>
            <span class="severity">{SEVERITIES[severity]}</span> {printable(message)}{' '}
            <span class="quiet">{printable(code)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function History({ status: { history }, now }: { readonly status: Status; readonly now: number }) {
  return (
    <section aria-labelledby="history">
      <h2 id="history">History</h2>
      {history.length === 0 && <p class="quiet">Nothing has changed since the start.</p>}
      <ul class="history">
        {history
          .slice(-100)
          .reverse()
          .map(({ at, kind, words }, i) => (
            <li key={`${at} ${kind} ${history.length - i}`}>
              <time dateTime={at}>{clockOf(at, now)}</time> <span class="kind">{kind}</span>{' '}
              <span>{printable(words)}</span>
            </li>
          ))}
      </ul>
    </section>
  );
}

const SPOKEN = new Set(['mode', 'lever', 'waiting', 'exposed', 'ready', 'pool']);

/** For who listens: what has changed, and that the connection is lost; never the ticking of time. */
function Told({ live: { status, before, connection } }: { readonly live: Live }) {
  const [words, setWords] = useState('');
  useEffect(() => {
    if (status === undefined || before === undefined) return;
    const said = changesOf(before, status)
      .filter(({ kind }) => SPOKEN.has(kind))
      .map((change) => change.words);
    if (said.length > 0) setWords(printable(said.join(' ')));
  }, [status, before]);
  return (
    <>
      <p class="hidden" aria-live="polite" id="told">
        {words}
      </p>
      <p class="hidden" aria-live="polite">
        {connection === 'lost' ? 'The connection is lost.' : ''}
      </p>
    </>
  );
}
