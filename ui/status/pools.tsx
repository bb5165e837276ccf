import type { PoolNodeStatus, PoolStatus } from '../../src/serve/seeing/status.ts';
import { printable } from '../../src/printable.ts';
import { clockOf, count, MARKS, percent, span, type Look } from './words.ts';

interface PoolsProps {
  readonly pools: readonly PoolStatus[];
  /** @unit ms since 1970 */
  readonly now: number;
}

/** Every pool of nodes: what it stands on, and of each node whether it agrees, lags or has lied. */
export function Pools({ pools, now }: PoolsProps) {
  return (
    <ul class="cards pools">
      {pools.map((pool) => (
        <Pool key={pool.name} pool={pool} now={now} />
      ))}
    </ul>
  );
}

const CHECKS: Readonly<Record<PoolStatus['verify'], (votes: number) => string>> = {
  none: () => 'answers of one node are taken',
  quorum: (votes) => `${votes} must say the same`,
  proof: () => 'answers are proved',
};

function Pool({ pool, now }: { readonly pool: PoolStatus; readonly now: number }) {
  const { name, chain, verify, votes, trusted, nodes, safe, finalized } = pool;
  const calls = nodes.reduce((sum, node) => sum + node.calls, 0);
  return (
    <li class={`card ${lookOfPool(pool)}`} data-pool={name}>
      <h3>
        {printable(name)}{' '}
        <span class="quiet">
          chain {chain}, {(CHECKS[verify] ?? CHECKS.none)(votes)}
          {trusted !== null && `, headers of ${printable(trusted.join(', '))} are believed`}
        </span>
      </h3>
      <Head pool={pool} now={now} />
      <p class="quiet counts">
        {safe !== null && `safe ${count(safe)} · `}
        {finalized !== null && `finalized ${count(finalized)} · `}
        {settled(pool)}
      </p>
      <ul class="nodes" aria-label={`Nodes of ${printable(name)}`}>
        {nodes.map((node) => (
          <Node key={node.name} node={node} calls={calls} now={now} />
        ))}
      </ul>
      <p class="quiet counts">{readsOf(pool)}</p>
    </li>
  );
}

function lookOfPool({ head, nodes }: PoolStatus): Look {
  if (head === null || !head.isFresh || head.isStalled) return 'down';
  return nodes.every((node) => lookOf(node) === 'full') ? 'full' : 'lower';
}

function Head({ pool: { head }, now }: { readonly pool: PoolStatus; readonly now: number }) {
  if (head === null)
    return (
      <p class="bad">
        <span aria-hidden="true">✕ </span>Its nodes have not agreed on a head yet
      </p>
    );
  const { number, hash, since, isFresh, isStalled } = head;
  const age = span(now - Date.parse(since));
  return (
    <p class="present">
      Head <strong class="height">{count(number)}</strong>{' '}
      <code class="quiet" title={printable(hash)}>
        {printable(hash.slice(0, 10))}…
      </code>{' '}
      {isFresh && !isStalled ? (
        <span>{age} old</span>
      ) : (
        <strong class="bad">
          <span aria-hidden="true">✕ </span>
          {isFresh ? `has stood still for ${age}` : `no longer agreed on, ${age} old`}
        </strong>
      )}
    </p>
  );
}

function settled({ reorganisations: { count: times, deepest } }: PoolStatus): string {
  if (times === 0) return 'not reorganised since the start';
  return `reorganised ${count(times)} ${times === 1 ? 'time' : 'times'}, ${deepest} ${deepest === 1 ? 'block' : 'blocks'} deep at most`;
}

function readsOf({ reads, subscriptions, cacheBytes, sends }: PoolStatus): string {
  const { answered, kept, joined, own, refused, failed } = reads;
  return [
    `${count(answered)} calls answered by nodes${joined > 0 ? ` (${count(joined)} of them shared an answer)` : ''}`,
    `${count(kept)} from what was kept (${sizeOf(cacheBytes)})`,
    `${count(own)} by the pool itself`,
    `${count(refused)} refused`,
    `${count(failed)} failed`,
    ...(sends.sent > 0 ? [`${count(sends.sent)} transactions sent`] : []),
    ...(subscriptions > 0 ? [`${count(subscriptions)} subscriptions`] : []),
  ].join(', ');
}

function sizeOf(bytes: number): string {
  return bytes < 1e5 ? `${count(Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

const LOOKS: Readonly<Record<PoolNodeStatus['state'], Look>> = {
  'in use': 'full',
  'standing by': 'full',
  'not yet heard': 'lower',
  failing: 'lower',
  lagging: 'lower',
  'used up': 'lower',
  resting: 'lower',
  drained: 'lower',
  'put aside': 'down',
  'not answering': 'down',
  'of another chain': 'down',
};

function lookOf({ state, branch }: PoolNodeStatus): Look {
  const look = LOOKS[state] ?? 'lower';
  return look === 'full' && branch === 'other' ? 'lower' : look;
}

interface NodeProps {
  readonly node: PoolNodeStatus;
  /** Of all nodes of the pool. */
  readonly calls: number;
  readonly now: number;
}

function Node({ node, calls, now }: NodeProps) {
  const { name, state, until, latencyMs, isMember, budgetLeft, socket, dissents } = node;
  const look = lookOf(node);
  return (
    <li data-node={name} data-state={state}>
      <p class="which">
        <strong>{printable(name)}</strong>{' '}
        <span class={`mode ${look}`}>
          <span aria-hidden="true">{MARKS[look]}</span> {stateOf(node)}
        </span>
        {until !== null && <span class="quiet"> for {span(Date.parse(until) - now)} more</span>}
        {!isMember && <span class="tag">headers only</span>}
      </p>
      <p class="where">
        <Picture node={node} /> <span>{whereOf(node)}</span>
      </p>
      <p class="quiet fares">
        {latencyMs === null ? 'no answer yet' : `${ms(latencyMs)}`}
        {' · '}
        {calls === 0 ? 'no calls' : `${percent(node.calls / calls)} of calls`}
        {budgetLeft !== null && ` · ${count(budgetLeft)} left today`}
        {socket === 'lost' && ' · WebSocket lost'}
        {failuresOf(node)}
      </p>
      {node.lastDissent !== null && (
        <p class="dissent">
          <span aria-hidden="true">≠ </span>
          {dissents === 1 ? 'Contradicted once,' : `Contradicted ${count(dissents)} times, last`} at{' '}
          <time dateTime={node.lastDissent.at}>{clockOf(node.lastDissent.at, now)}</time>:{' '}
          {printable(node.lastDissent.method)}, {printable(node.lastDissent.why)}.
        </p>
      )}
    </li>
  );
}

function stateOf({ state, lastFailure }: PoolNodeStatus): string {
  if (state === 'put aside') return 'put aside: others contradict it';
  return state === 'resting' && lastFailure !== null ? `resting: ${printable(lastFailure.why)}` : state;
}

function ms(latencyMs: number): string {
  return latencyMs < 10 ? `${latencyMs.toFixed(1)} ms` : `${count(Math.round(latencyMs))} ms`;
}

function failuresOf({ failures }: PoolNodeStatus): string {
  const found = Object.entries(failures);
  if (found.length === 0) return '';
  const most = found.sort(([, a], [, b]) => b - a).slice(0, 3);
  return ` · failed: ${most.map(([kind, times]) => `${count(times)} ${printable(kind)}`).join(', ')}`;
}

function whereOf({ head, behind, branch, chain, state }: PoolNodeStatus): string {
  if (state === 'of another chain') return `of chain ${chain ?? 'unknown'}`;
  if (head === null || behind === null) return 'its head is not known';
  if (state === 'not answering') return `last seen at ${count(head.number)}`;
  const where =
    behind === 0 ? 'at the head' : behind > 0 ? `${count(behind)} behind` : `${count(-behind)} ahead`;
  if (branch === 'other') return `on another branch, ${where}`;
  return behind === 0 && LOOKS[state] === 'full' ? 'agrees on the head' : where;
}

/** Of these nobody knows where they are. */
const ELSEWHERE: ReadonlySet<PoolNodeStatus['state']> = new Set(['not answering', 'of another chain']);
/** Blocks that the picture has room for behind the head; further away is at its end. */
const SHOWN = 8;
const STEP = 9;

/**
 * Where a node's head is: a dot among the latest blocks, the head of the pool at the right. One on another branch stands below the line,
 * one that does not count is hollow; what it is worth is in the words beside it.
 */
function Picture({ node }: { readonly node: PoolNodeStatus }) {
  const { head, behind, branch, state } = node;
  const at = (blocks: number): number => 14 + (SHOWN - blocks) * STEP;
  const isKnown = head !== null && behind !== null && !ELSEWHERE.has(state);
  const place = at(Math.max(-1, Math.min(SHOWN, behind ?? 0)));
  const counts = lookOf(node) === 'full';
  const below = branch === 'other' ? 7 : 0;
  return (
    <svg class="tip" viewBox={`0 0 ${at(-1) + 6} 20`} aria-hidden="true">
      <path class="line" d={`M${at(SHOWN)} 8H${at(0)}`} />
      {Array.from({ length: SHOWN + 1 }, (_, i) => (
        <path key={i} class="line" d={`M${at(i)} ${i === 0 ? 3 : 6}v${i === 0 ? 10 : 4}`} />
      ))}
      {isKnown && below > 0 && <path class="line" d={`M${place - STEP} 8L${place} ${8 + below}`} />}
      {isKnown && (
        <circle class={counts ? 'counts' : 'does-not'} cx={place} cy={8 + below} r={counts ? 4.5 : 4} />
      )}
      {isKnown && behind > SHOWN && <path class="line" d={`M${place - 7} 3l-5 5 5 5`} />}
      {state === 'put aside' && <path class="crossed" d={`M${place - 6} ${2 + below}l12 12m0-12l-12 12`} />}
    </svg>
  );
}
