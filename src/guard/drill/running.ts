import { setTimeout as wait } from 'node:timers/promises';
import type { Disk } from '../../disk/index.ts';
import { askStatus, giveOrder, guardFolder, type GuardStatus } from '../run/index.ts';
import { readJournal } from '../store/index.ts';
import type { Puts } from './puts.ts';

/** Whose orders those of a drill are. */
const BY = 'keelson drill';
/** Between two questions. @unit ms */
export const ASK_EVERY_MS = 25;

/** The guard that is drilled, as it is asked and ordered from outside. */
export class RunningGuard {
  private readonly disk: Disk;
  private readonly state: string;
  private readonly name: string;
  private readonly killed = new Set<string>();

  constructor(disk: Disk, state: string, name: string) {
    this.disk = disk;
    this.state = state;
    this.name = name;
  }

  /** Undefined where none answers. */
  async status(): Promise<GuardStatus | undefined> {
    const { isRunning, guards } = await askStatus(this.disk, this.state, [this.name]);
    return isRunning ? guards[0] : undefined;
  }

  hasKilled(digest: string): boolean {
    return this.killed.has(digest);
  }

  /** Has what a drill has put taken back, where it is on trial or became the good one; then new ones may be tried again. */
  takeBack(puts: Puts, found: Pick<GuardStatus, 'candidate' | 'good'>): void {
    for (const digest of [found.candidate?.digest, found.good?.digest]) {
      if (digest === undefined || !puts.has(digest) || this.killed.has(digest)) continue;
      this.killed.add(digest);
      const folder = guardFolder(this.disk, this.state, this.name);
      const account = { reason: 'a file of a drill is taken back', by: BY };
      // Orders are taken in the order of their moments.
      const at = Date.now();
      giveOrder(this.disk, folder, { kind: 'kill', digest, ...account, at: new Date(at).toISOString() });
      giveOrder(this.disk, folder, { kind: 'thaw', ...account, at: new Date(at + 1).toISOString() });
    }
  }

  /** Whether the journal has an entry of a kind about a file. @param since RFC 3339, in UTC */
  hasRecorded(kind: string, digest: string, since: string): boolean {
    const { entries } = readJournal(this.disk, guardFolder(this.disk, this.state, this.name));
    return entries.some((entry) => entry.kind === kind && entry.digest === digest && entry.at >= since);
  }

  /**
   * Asks until something is so. @returns undefined: it was not in time
   *
   * @param mostMs from now
   */
  async until<T>(
    mostMs: number,
    what: (status: GuardStatus | undefined) => T | undefined,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    const end = performance.now() + mostMs;
    for (;;) {
      const found = what(await this.status());
      if (found !== undefined) return found;
      if (performance.now() >= end || signal?.aborted === true) return undefined;
      await wait(ASK_EVERY_MS);
    }
  }
}

/** Why a drill cannot begin with a guard that stands so; undefined where it can. */
export function unquiet(status: GuardStatus, good: string): string | undefined {
  const { phase, words, frozen, orders, troubles, health, source, targets } = status;
  if (frozen !== null) return `it is frozen: ${frozen.why}`;
  if (phase !== 'quiet') return words;
  if (status.good?.digest !== good) return 'another file is in force than the one that is offered';
  if (orders.length > 0) return 'an order waits for it';
  if (troubles[0] !== undefined) return troubles[0];
  if (health.rules.length > 0 && health.state !== 'healthy') return `health is ${health.state}`;
  if (source.state !== 'well') return `of its source: ${source.words}`;
  const other = targets.find(({ state }) => state !== 'good');
  return other === undefined ? undefined : `${other.name} is ${other.state}`;
}
