import type {
  AlternativeStatus,
  PoolStatus,
  ServiceStatus,
  SteeringStatus,
  Waiting,
} from '../../src/serve/seeing/status.ts';
import { printable } from '../../src/printable.ts';
import { clockOf, count, MARKS, percent, span } from './words.ts';

interface ServicesProps {
  readonly services: readonly ServiceStatus[];
  /** Those among them whose alternatives are nodes of a chain. */
  readonly pools: readonly PoolStatus[];
  /** @unit ms since 1970 */
  readonly now: number;
}

/** Every service: which alternative is in use, how each does, what it waits for, and whether it can be steered. */
export function Services({ services, pools, now }: ServicesProps) {
  const ofNodes = new Set(pools.map(({ name }) => name));
  return (
    <ul class="cards wide">
      {services.map((service) => (
        <Service key={service.name} service={service} isOfNodes={ofNodes.has(service.name)} now={now} />
      ))}
    </ul>
  );
}

const KINDS: Readonly<Record<ServiceStatus['kind'], string>> = {
  front: 'before the gateway, steered',
  any: 'one in use',
  'at-least': 'all in use',
  pool: 'capacities add up',
  single: 'no alternative',
};

interface ServiceProps {
  readonly service: ServiceStatus;
  readonly isOfNodes: boolean;
  readonly now: number;
}

function Service({ service, isOfNodes, now }: ServiceProps) {
  const { name, kind, inUse, since, waiting, alternatives, steering } = service;
  const usesOne = kind === 'front' || kind === 'any';
  return (
    <li class="card" data-service={name}>
      <h3>
        {printable(name)} <span class="quiet">{KINDS[kind] ?? kind}</span>
      </h3>
      {usesOne && (
        <p>
          {inUse === null ? (
            <strong class="bad">
              <span aria-hidden="true">✕ </span>Nothing is in use
            </strong>
          ) : (
            <>
              <strong>{printable(inUse)}</strong> is in use
            </>
          )}{' '}
          for {span(now - Date.parse(since))}{' '}
          <span class="quiet">
            since <time dateTime={since}>{clockOf(since, now)}</time>
          </span>
        </p>
      )}
      {waiting !== null && <Waits waiting={waiting} now={now} />}
      {steering !== null && <Steering steering={steering} now={now} />}
      <ol class="alternatives" aria-label={`Alternatives of ${printable(name)}, in order of preference`}>
        {alternatives.map((alternative) => (
          <Alternative
            key={alternative.name}
            alternative={alternative}
            isInUse={usesOne && alternative.name === inUse}
            isNode={isOfNodes}
            now={now}
          />
        ))}
      </ol>
    </li>
  );
}

const WAITS: Readonly<Record<Waiting['kind'], string>> = {
  approval: 'Waits for a person',
  steering: 'Waits for its steering',
  switching: 'Is being switched',
  detecting: 'Is being watched',
  holding: 'Has nowhere to go',
};

function Waits({
  waiting: { kind, since, words },
  now,
}: {
  readonly waiting: Waiting;
  readonly now: number;
}) {
  return (
    <p class={`waits ${kind}`}>
      <strong>
        <span aria-hidden="true">{kind === 'approval' ? '! ' : '… '}</span>
        {WAITS[kind] ?? kind}
      </strong>{' '}
      for {span(now - Date.parse(since))}: {printable(words)}
    </p>
  );
}

function Steering({
  steering: { ok, why, inForce, checkedAt },
  now,
}: {
  readonly steering: SteeringStatus;
  readonly now: number;
}) {
  return (
    <p class={`steering ${ok ? '' : 'bad'}`} data-steering={ok ? 'ok' : 'bad'}>
      <span aria-hidden="true">{ok ? '✓ ' : '✕ '}</span>
      {ok ? 'It can be steered now' : `It cannot be steered: ${clause(why ?? 'it is not known why')}`}
      {checkedAt !== null && <span class="quiet"> (checked {span(now - Date.parse(checkedAt))} ago)</span>}
      {'. '}
      <span class="in-force">
        {inForce === null
          ? 'What users are told to use is not known.'
          : `Users are told to use ${printable(inForce)}.`}
      </span>
    </p>
  );
}

interface AlternativeProps {
  readonly alternative: AlternativeStatus;
  readonly isInUse: boolean;
  /** A node of a chain is asked for its head in place of a probe. */
  readonly isNode: boolean;
  readonly now: number;
}

function Alternative({ alternative, isInUse, isNode, now }: AlternativeProps) {
  const { name, url, level, probe, traffic, protections, inFlight, drained } = alternative;
  const look = level >= 0.995 ? 'full' : level > 0 ? 'lower' : 'down';
  return (
    <li class={isInUse ? 'in-use' : ''} data-alternative={name}>
      <p class="which">
        <span aria-hidden="true">{isInUse ? '▶' : '·'} </span>
        <strong>{printable(name)}</strong>
        {isInUse && <span class="tag">in use</span>} {drained && <span class="tag">drained</span>}{' '}
        <span class={`mode ${look}`}>
          <span aria-hidden="true">{MARKS[look]}</span> {percent(level)}
        </span>
      </p>
      {url !== null && <p class="quiet url">{printable(url)}</p>}
      <dl>
        <div>
          <dt>Probe</dt>
          <dd class={probe?.ok === false ? 'bad' : ''}>
            {probe === null
              ? isNode
                ? 'its head, see nodes of chains'
                : 'none yet'
              : `${probe.ok ? `✓ ${Math.round(probe.ms)} ms` : `✕ ${clause(probe.why ?? 'it failed')}`}, ${span(now - Date.parse(probe.at))} ago`}
          </dd>
        </div>
        <div>
          <dt>Requests</dt>
          <dd>
            {traffic === null
              ? 'too few'
              : `${percent(traffic.level)} of ${count(traffic.requests)} answered`}
            , {count(inFlight)} in flight
          </dd>
        </div>
        <div>
          <dt>Protections</dt>
          <dd>{protections.length === 0 ? 'none' : printable(protections.join(', '))}</dd>
        </div>
      </dl>
    </li>
  );
}

/** A sentence as a part of one: without its full stop. */
function clause(words: string): string {
  return printable(words.replace(/\.$/, ''));
}
