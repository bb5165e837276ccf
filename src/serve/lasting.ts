import { randomBytes, randomFillSync } from 'node:crypto';
import { IdempotencyKeys } from '../policies/index.ts';
import { randomStream, type Random } from '../random.ts';
import { Log, type Level } from '../telemetry/log.ts';
import type { LogStream } from '../telemetry/log-stream.ts';
import { Registry } from '../telemetry/metrics.ts';
import { systemTime, type Time } from '../time.ts';
import { Gateway } from './gateway/gateway.ts';
import type { KeptReply } from './gateway/parts.ts';
import { Sockets } from './gateway/sockets.ts';
import { KeptFolder, type Kept } from './kept.ts';
import { KeptSnapshots } from './kept-snapshots.ts';
import { PolicyClock } from './policy-clock.ts';
import { Spans } from './seeing/spans.ts';
import type { HistoryEntry, Role } from './seeing/status.ts';
import { Snapshots } from './snapshots/index.ts';

export interface LastingOptions {
  readonly role: Role;
  /** @default the system's */
  readonly time?: Time;
  /** How many times as fast as the system's clock the loop which decides counts, 1 to 1,000: a drill. @default 1 */
  readonly speed?: number;
  /** The folder in which what must outlive the process is kept. @default nothing is kept */
  readonly state?: string | undefined;
  readonly log: LogStream;
  /** Share of requests that are written down and traced. @default 0.01 */
  readonly share?: number;
  /** Where spans go. @default nowhere */
  readonly collector?: URL | undefined;
  readonly version: string;
  /** Seeds what is drawn. @default from the system */
  readonly seed?: number;
}

/** How many entries of what happened are shown. */
const MOST_HISTORY = 200;
/** How long a connection of a client may be idle: longer than those before it keep theirs. @unit ms */
const IDLE_MS = 65_000;

/**
 * What a process has whatever plan it serves, and what one plan leaves to the next: connections of clients, answers that were given to keys,
 * snapshots, counts, the log, what is kept on the disk.
 */
export class Lasting {
  readonly role: Role;
  readonly time: Time;
  /** What the loop that decides counts by. */
  readonly clock: PolicyClock;
  readonly state: string | undefined;
  readonly share: number;
  readonly random: Random;
  readonly log: Log;
  readonly spans: Spans;
  readonly registry = new Registry();
  readonly sockets = new Sockets(IDLE_MS, () => performance.now());
  readonly keys = new IdempotencyKeys<KeptReply>();
  readonly snapshots: Snapshots;
  readonly keptSnapshots: KeptSnapshots;
  /** Undefined for the steerer, which no request comes to. */
  readonly gateway: Gateway | undefined;
  readonly startedAt: number;
  /** What was kept when the process last ended; undefined where nothing is kept. */
  readonly keptBefore: Kept | undefined;
  readonly history: HistoryEntry[] = [];
  private readonly folder: KeptFolder | undefined;
  private readonly listeners = new Set<() => void>();
  /** Another process may have the same folder until this one has all that it asks for: nothing is written before it is started. */
  private isKeeping = false;

  /** @throws KeelsonError `state-unusable`, `state-of-other-speed` */
  constructor({
    role,
    time = systemTime(),
    speed = 1,
    state,
    log,
    share = 0.01,
    collector,
    version,
    seed,
  }: LastingOptions) {
    this.role = role;
    this.time = time;
    this.clock = new PolicyClock(time, speed);
    this.state = state;
    this.share = share;
    this.startedAt = time.now();
    this.random = randomStream('serve', seed ?? randomBytes(4).readUInt32LE());
    this.log = new Log({ to: log, now: () => time.now() });
    this.spans = new Spans({
      ...(collector === undefined ? {} : { endpoint: collector }),
      resource: { 'service.name': `keelson-${role}`, 'service.version': version },
      scope: { name: 'keelson', version },
      random: (bytes) => void randomFillSync(bytes),
      // Requests are chosen before they have a trace.
      share: share > 0 ? 1 : 0,
    });
    this.folder = state === undefined ? undefined : new KeptFolder(state, speed);
    const { kept, trouble } = this.folder?.load() ?? { kept: undefined, trouble: undefined };
    this.keptBefore = kept;
    if (trouble !== undefined) this.log.event('error', 'state-not-used', { why: trouble });
    this.snapshots = new Snapshots({ now: () => time.now() });
    const folder = state === undefined ? undefined : `${state}/snapshots`;
    this.keptSnapshots = new KeptSnapshots(this.snapshots, folder, { time, log: this.log });
    this.gateway = role === 'gateway' ? new Gateway(this.sockets, this.random) : undefined;
  }

  /** From now on what is to be kept is written. */
  beginKeeping(): void {
    this.isKeeping = true;
  }

  keep(kept: () => Kept): void {
    if (this.folder === undefined || !this.isKeeping) return;
    try {
      this.folder.save(kept());
    } catch (error) {
      this.log.event('error', 'state-not-kept', { error: error instanceof Error ? error : String(error) });
    }
  }

  remember(entry: HistoryEntry): void {
    this.history.push(entry);
    if (this.history.length > MOST_HISTORY) this.history.splice(0, this.history.length - MOST_HISTORY);
    if (!this.isKeeping) return;
    try {
      this.folder?.journal(entry);
    } catch (error) {
      this.log.event('error', 'journal-not-written', {
        error: error instanceof Error ? error : String(error),
      });
    }
  }

  /** Something for people: remembered, and written to the log. */
  tell(kind: HistoryEntry['kind'], words: string, level: Level, service?: string): void {
    this.remember({ at: new Date(this.time.now()).toISOString(), kind, words });
    this.log.event(level, kind, { words, service });
  }

  /** Calls whenever how all stands may have changed. */
  onChange(call: () => void): void {
    this.listeners.add(call);
  }

  changed(): void {
    for (const call of this.listeners) call();
  }

  async stop(): Promise<void> {
    if (this.isKeeping) await this.keptSnapshots.stop();
    this.sockets.stop();
    await this.spans.close();
  }
}
