import { Hedging, LEVEL_TOLERANCE, Outliers, Probing } from '../../policies/index.ts';
import type { Target } from '../targets.ts';
import { Alarm, type Time } from '../../time.ts';
import { Connections } from './connections.ts';
import { askTarget, type Asked } from './ask-target.ts';

/** Below this level a target is not sent what another one can answer. @unit share of requests answered */
export const USABLE = 0.9;

/** One target while it is being used: its connections, and what probes and requests show of it. */
export class Upstream {
  readonly target: Target;
  readonly connections: Connections;
  readonly hedging = new Hedging();
  /** Requests on their way, handshakes among them: they take its room. */
  inFlight = 0;
  /** WebSockets that are open. */
  tunnels = 0;
  /** Share of requests answered, 0 to 1: the lower of what probes and requests show. */
  level = 1;
  /** What the last probe found; undefined before the first. */
  lastProbe: (Asked & { readonly at: number }) | undefined;
  requests = 0;
  /** A person has taken it out: it gets nothing new. */
  isDrained = false;
  private readonly mostInFlight: number;
  private readonly time: Time;
  private readonly onLevel: (upstream: Upstream) => void;
  private outliers = newOutliers();
  private readonly probing: Probing | undefined;
  private probed = 1;
  /** What a pool of a chain shows of it. */
  private shown = 1;
  private callOff: (() => void) | undefined;
  private readonly recheck: Alarm;
  private isStopped = false;

  /**
   * @param onLevel told when its level has changed
   * @param mostInFlight requests on their way at once: one that hangs must not take the room of all others
   */
  constructor(
    target: Target,
    time: Time,
    onLevel: (upstream: Upstream) => void,
    mostInFlight = Number.POSITIVE_INFINITY,
  ) {
    this.mostInFlight = mostInFlight;
    this.target = target;
    this.time = time;
    this.recheck = new Alarm(time, () => this.judge());
    this.onLevel = onLevel;
    this.connections = new Connections(target.origin, target.reached);
    this.probing = target.probe === undefined ? undefined : new Probing({ window: target.probe.window });
  }

  get isUsable(): boolean {
    return !this.isDrained && !this.isFull && this.level >= USABLE - LEVEL_TOLERANCE;
  }

  /** Better than nobody, whether it is usable or not: it says that it is ready, has room, and answers some of what it is asked. */
  get answersSome(): boolean {
    return this.isReady && !this.isFull && this.level > 0;
  }

  /** It has as many requests as it may have at once. */
  get isFull(): boolean {
    return this.inFlight >= this.mostInFlight;
  }

  /** All that would end if it went. */
  get underWay(): number {
    return this.inFlight + this.tunnels;
  }

  /** Whether it says that it is ready, whatever requests show; one that is not asked is taken to be. */
  get isReady(): boolean {
    return !this.isDrained && this.probed >= USABLE - LEVEL_TOLERANCE;
  }

  /** What requests show of it, apart from probes. */
  get traffic(): number {
    return this.outliers.level(this.time.now());
  }

  start(): void {
    if (this.target.probe !== undefined) this.probe();
  }

  /** A request has come to its end. @param latencyMs until its answer began; undefined when none came */
  ended(isGood: boolean, latencyMs: number | undefined): void {
    this.requests++;
    if (latencyMs !== undefined) this.hedging.record(latencyMs);
    this.outliers.record(this.time.now(), isGood);
    if (!isGood || this.outliers.wakeAt !== Number.POSITIVE_INFINITY) this.judge();
  }

  /** A pool of a chain asks it in its own way, and this is what that has shown. @param level 0 to 1 */
  shows(level: number): void {
    this.shown = level;
    this.judge();
  }

  destroy(): void {
    this.isStopped = true;
    this.callOff?.();
    this.recheck.setTo(Number.POSITIVE_INFINITY);
    this.connections.destroy();
  }

  private probe(): void {
    const { target, time } = this;
    const { probe } = target;
    if (probe === undefined || this.isStopped) return;
    const due = time.now() + probe.everyMs;
    void askTarget(target, probe, time).then((asked) => {
      if (this.isStopped) return;
      this.lastProbe = { ...asked, at: time.now() };
      const before = this.probed;
      this.probed = this.probing?.record(asked.isGood) ?? 1;
      // It was gone and has come back, as probes saw: what requests met meanwhile is over.
      if (before < USABLE - LEVEL_TOLERANCE && this.isReady) this.outliers = newOutliers();
      this.judge();
      this.callOff = time.after(Math.max(0, due - time.now()), () => this.probe());
    });
  }

  private judge(): void {
    const level = Math.min(this.probed, this.shown, this.traffic);
    // A request that fails finds the moment set already: it changes no more often than what is counted gets old.
    if (!this.isStopped) this.recheck.setTo(this.outliers.wakeAt);
    if (level === this.level) return;
    this.level = level;
    this.onLevel(this);
  }
}

function newOutliers(): Outliers {
  return new Outliers({ usable: USABLE });
}
