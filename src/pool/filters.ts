import { readLogFilter, type Call } from '../chain/index.ts';
import type { Time } from '../time.ts';
import type { Subscriptions, Topic } from './subscriptions.ts';

/** A filter that nobody has asked for so long is forgotten, as geth does. @unit ms */
const KEEP_MS = 300_000;
const MOST_FILTERS = 10_000;
/** Events that wait to be asked for; more are lost, and the filter with them: a hole would not be seen. */
const MOST_EVENTS = 20_000;
/** Their texts: 20,000 logs have room in it. @unit characters */
const MOST_LENGTH = 16_000_000;
/** Of all filters together; beyond, those are forgotten first that were not asked for longest. */
const MOST_EVENTS_OF_ALL = 1_000_000;
/** @unit characters */
const MOST_LENGTH_OF_ALL = 128_000_000;

export type FilterAnswer =
  | { readonly kind: 'result'; readonly text: string }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  /** What is asked is a read of logs. */
  | { readonly kind: 'logs'; readonly params: readonly unknown[] };

interface Filter {
  readonly topic: Topic;
  /** As it was asked for. */
  readonly asked: unknown;
  events: string[];
  /** Of the texts of these. @unit characters */
  length: number;
  usedAt: number;
  readonly end: () => void;
}

/** Filters that are polled (`eth_newFilter` and those after it): subscriptions whose events wait. They belong to the pool, not to a node. */
export class Filters {
  private readonly subscriptions: Subscriptions;
  private readonly time: Time;
  private readonly newId: () => string;
  /** The one that was used longest ago first. */
  private readonly filters = new Map<string, Filter>();
  /** Events that wait, of all filters. */
  private waiting = 0;
  /** Of their texts. @unit characters */
  private waitingLength = 0;

  /** @param newId a new identifier as hex that nobody can guess */
  constructor(subscriptions: Subscriptions, time: Time, newId: () => string) {
    this.subscriptions = subscriptions;
    this.time = time;
    this.newId = newId;
  }

  answer({ method, params }: Call): FilterAnswer {
    this.forgetIdle();
    switch (method) {
      case 'eth_newBlockFilter':
        return this.make({ kind: 'newHeads' }, undefined);
      case 'eth_newPendingTransactionFilter':
        return this.make({ kind: 'pending', isFull: params[0] === true }, undefined);
      case 'eth_newFilter': {
        const filter = readLogFilter(params[0]);
        if (filter.kind === 'refused')
          return refused(-32602, `Expected addresses and topics of logs: ${filter.why}.`);
        return this.make({ kind: 'logs', filter }, params[0]);
      }
      case 'eth_uninstallFilter':
        return { kind: 'result', text: String(this.end(params[0])) };
      case 'eth_getFilterChanges':
        return this.changes(params[0]);
      case 'eth_getFilterLogs': {
        const filter = this.find(params[0]);
        return filter?.topic.kind === 'logs' ? { kind: 'logs', params: [filter.asked ?? {}] } : NOT_FOUND;
      }
      default:
        return refused(-32601, `The method ${method} does not exist here.`);
    }
  }

  private make(topic: Topic, asked: unknown): FilterAnswer {
    if (this.filters.size >= MOST_FILTERS) return refused(-32005, 'Too many filters are kept.');
    const id = this.newId();
    const end = this.subscriptions.add(topic, {
      onEvent: (text) => this.keep(id, topic.kind === 'newHeads' ? hashText(text) : text),
      onGap: () => this.end(id),
    });
    this.filters.set(id, { topic, asked, events: [], length: 0, usedAt: this.time.now(), end });
    return { kind: 'result', text: `"${id}"` };
  }

  private keep(id: string, event: string): void {
    const filter = this.filters.get(id);
    if (filter === undefined) return;
    const { events, usedAt } = filter;
    const isFull = events.length >= MOST_EVENTS || filter.length + event.length > MOST_LENGTH;
    if (isFull || this.time.now() - usedAt > KEEP_MS) {
      this.end(id);
      return;
    }
    events.push(event);
    filter.length += event.length;
    this.waiting++;
    this.waitingLength += event.length;
    while (this.waiting > MOST_EVENTS_OF_ALL || this.waitingLength > MOST_LENGTH_OF_ALL) {
      const [oldest] = this.filters.keys();
      if (!this.end(oldest)) return;
    }
  }

  private changes(id: unknown): FilterAnswer {
    const filter = this.find(id);
    if (filter === undefined) return NOT_FOUND;
    const { events } = filter;
    this.emptied(filter);
    return { kind: 'result', text: `[${events.join(',')}]` };
  }

  private find(id: unknown): Filter | undefined {
    const filter = typeof id === 'string' ? this.filters.get(id) : undefined;
    if (filter === undefined || typeof id !== 'string') return undefined;
    filter.usedAt = this.time.now();
    this.filters.delete(id);
    this.filters.set(id, filter);
    return filter;
  }

  private end(id: unknown): boolean {
    const filter = typeof id === 'string' ? this.filters.get(id) : undefined;
    if (filter === undefined || typeof id !== 'string') return false;
    filter.end();
    this.emptied(filter);
    return this.filters.delete(id);
  }

  private emptied(filter: Filter): void {
    this.waiting -= filter.events.length;
    this.waitingLength -= filter.length;
    filter.events = [];
    filter.length = 0;
  }

  private forgetIdle(): void {
    const now = this.time.now();
    for (const [id, { usedAt }] of this.filters) {
      if (now - usedAt <= KEEP_MS) return;
      this.end(id);
    }
  }
}

const NOT_FOUND: FilterAnswer = refused(-32000, 'filter not found');

function refused(code: number, message: string): FilterAnswer {
  return { kind: 'error', code, message };
}

/** A filter of blocks gives hashes only. */
function hashText(header: string): string {
  return JSON.stringify((JSON.parse(header) as { hash: string }).hash); // a header, as subscriptions tell it
}
