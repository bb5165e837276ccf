import { poolStatusOf, type NodeRow } from '../../pool/index.ts';
import { printable } from '../../printable.ts';
import { redactText } from '../../telemetry/redact.ts';
import type { PoolNodeStatus, PoolStatus } from '../seeing/status.ts';
import type { Target } from '../targets.ts';
import type { NodePlace } from './node-link.ts';
import type { LivePool } from './pools.ts';
import type { ServedPool } from './served-pools.ts';

/** Makes of a text in which a node may have had a say one that may be shown. */
export type Shown = (text: string) => string;

/** Of what a node may have had a say in. @unit characters */
const LONGEST = 200;
/** A part of a path that is shorter is no secret, unless the plan says that it is one. @unit characters */
const SHORTEST_SECRET = 16;

/** Short, printable, and without what is secret of any node: one could say it back. */
export function shownFor(pools: readonly ServedPool[], places: ReadonlyMap<number, NodePlace>): Shown {
  const targets = pools.flatMap(({ members, trusted = [] }) => [...members.flat(), ...trusted]);
  // The longest first: one may be a part of another.
  const secrets = [...new Set(targets.flatMap((target) => secretsOf(target, places.get(target.index))))].sort(
    (a, b) => b.length - a.length,
  );
  return (text) => {
    // What is cut off here is far beyond what is shown, so no half of a secret is.
    let shown = text.slice(0, 50 * LONGEST);
    for (const secret of secrets) shown = shown.replaceAll(secret, '[hidden]');
    const short = printable(redactText(shown).toWellFormed());
    return short.length > LONGEST ? `${short.slice(0, LONGEST - 1)}…` : short;
  };
}

function secretsOf({ node }: Target, place: NodePlace | undefined): string[] {
  if (place === undefined) return [];
  const segments = place.path.split(/[/?&=]/);
  const key = node?.key === undefined ? [] : segments.slice(-1);
  const token = place.authorization?.replace(/^Bearer /, '');
  return [...key, ...(token === undefined ? [] : [token]), ...segments.filter(isLong)].filter(
    (one) => one !== '',
  );
}

function isLong(segment: string): boolean {
  return segment.length >= SHORTEST_SECRET;
}

/** How a pool stands at this moment. @param now @unit ms since 1970 */
export function shownStatusOf({ served, pool }: LivePool, shown: Shown, now: number): PoolStatus {
  const { name, plan, trusted } = served;
  const { head, safe, finalized, nodes, counts, cache, subscriptions } = poolStatusOf(pool);
  const { answers, joined, sends, reorganisations, deepest } = counts;
  return {
    name,
    chain: plan.chain,
    verify: pool.options.verify,
    votes: pool.options.votes,
    trusted: trusted === undefined ? null : trusted.map((target) => target.name),
    head:
      head === undefined
        ? null
        : {
            number: head.number,
            hash: head.hash,
            since: moment(head.since),
            ageSeconds: Math.max(0, Math.round((now - head.since) / 1000)),
            isFresh: head.isFresh,
            isStalled: head.isStalled,
          },
    safe: safe ?? null,
    finalized: finalized ?? null,
    nodes: nodes.map((row) => nodeStatusOf(row, shown)),
    reads: {
      answered: answers.nodes,
      kept: answers.kept,
      joined,
      own: answers.own,
      refused: answers.refused,
      failed: answers.failed,
    },
    sends: { ...sends },
    reorganisations: { count: reorganisations, deepest },
    subscriptions: subscriptions.open,
    cacheBytes: cache.bytes,
  };
}

function nodeStatusOf(row: NodeRow, shown: Shown): PoolNodeStatus {
  const { node, state, until, head, behind, branch, isMember, failures, socket } = row;
  const { name, chain, level, latencyMs, calls, requests, leftToday, dissents } = node;
  const told = (one: { readonly method: string; readonly why: string; readonly at: number } | undefined) =>
    one === undefined ? null : { at: moment(one.at), method: shown(one.method), why: shown(one.why) };
  return {
    name,
    state,
    until: until === undefined ? null : moment(until),
    chain: chain ?? null,
    isMember,
    head: head === undefined ? null : { number: head.number, hash: head.hash, at: moment(head.at) },
    behind: behind ?? null,
    branch,
    level,
    latencyMs: latencyMs === undefined ? null : Math.round(latencyMs * 10) / 10,
    calls,
    requests,
    budgetLeft: Number.isFinite(leftToday) ? leftToday : null,
    failures: Object.fromEntries(failures),
    lastFailure: told(node.lastFailure),
    dissents,
    lastDissent: told(node.lastDissent),
    socket,
  };
}

function moment(ms: number): string {
  return new Date(ms).toISOString();
}
