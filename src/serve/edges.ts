import type { LiveSignals } from '../control/index.ts';
import { labelOf, type Model } from '../model/index.ts';
import { probeOf } from '../plan/index.ts';
import { Probing } from '../policies/index.ts';
import { probeThrough, type EdgeProbe } from './steer/edge-probe.ts';
import { probePlan, servicesOf, type ProbePlan } from './targets.ts';
import { edgeAddressOf, NO_VIA, placesOf, type Reached } from './via.ts';
import type { Time } from '../time.ts';

/** One edge of a front as it is probed from outside. */
export interface Edge {
  readonly service: number;
  readonly alternative: number;
  readonly name: string;
  readonly url: URL;
  /** Addresses, or names, that users would be sent to. */
  readonly addresses: readonly string[];
  /** By address, where connections go instead. @default there */
  readonly reached?: ReadonlyMap<string, Reached>;
  readonly probe: ProbePlan;
  readonly signal: number;
}

export interface EdgeState {
  readonly level: number;
  readonly last:
    | {
        readonly at: number;
        readonly isGood: boolean;
        readonly ms: number;
        readonly words: string | undefined;
      }
    | undefined;
  /** The last probe failed, and so did the origin: the edge is not blamed. */
  readonly isOriginBlamed: boolean;
}

/** Every alternative of every front that says what resolvers answer for it. */
export function edgesOf(model: Model, signals: LiveSignals, via = NO_VIA): Edge[] {
  const services = servicesOf(model.plan);
  return model.services.flatMap(({ name, redundancy }, service) => {
    const value = services.get(name);
    if (value?.front !== true || value.url === undefined || redundancy?.kind !== 'any') return [];
    const url = new URL(value.url);
    return redundancy.options.flatMap(({ node }, alternative): Edge[] => {
      const said = value.any?.[alternative];
      if (said?.answer === undefined) return [];
      const probe = probePlan(probeOf(value, said, (used) => services.get(used)) ?? { offset: 0 });
      const addresses = placesOf(said.answer);
      const reached = addresses.flatMap((one): [string, Reached][] => {
        const at = via.get(edgeAddressOf(one, url));
        return at === undefined ? [] : [[one, at]];
      });
      const path = said.probe?.path ?? value.probe?.path ?? url.pathname;
      return [
        {
          service,
          alternative,
          name: labelOf(model, node, alternative),
          url,
          addresses,
          ...(reached.length === 0 ? {} : { reached: new Map(reached) }),
          probe: { ...probe, path },
          signal: signals.member(service, alternative),
        },
      ];
    });
  });
}

/** The longest that edges of a front can fail before a probe tells. @unit ms */
export function observedLateMs(edges: readonly Edge[], service: number): number {
  return edges
    .filter((edge) => edge.service === service)
    .reduce((most, { probe }) => Math.max(most, probe.everyMs + probe.timeoutMs), 0);
}

/** Probes one edge again and again, through each of its addresses. */
export class EdgeWatch {
  readonly edge: Edge;
  state: EdgeState = { level: 1, last: undefined, isOriginBlamed: false };
  private readonly time: Time;
  private readonly isOriginWell: (() => Promise<boolean>) | undefined;
  private readonly onLevel: (edge: Edge, level: number) => void;
  private readonly onProbed: () => void;
  private readonly authority: string | undefined;
  private readonly probing: readonly Probing[];
  private readonly abort = new AbortController();
  private callOff: (() => void) | undefined;

  /**
   * @param isOriginWell asked when the edge does not answer; undefined where the plan names no origin
   * @param authority in PEM, trusted in place of the system's
   */
  constructor(
    edge: Edge,
    time: Time,
    told: { readonly onLevel: (edge: Edge, level: number) => void; readonly onProbed: () => void },
    isOriginWell?: () => Promise<boolean>,
    authority?: string,
  ) {
    this.edge = edge;
    this.time = time;
    this.onLevel = told.onLevel;
    this.onProbed = told.onProbed;
    this.isOriginWell = isOriginWell;
    this.authority = authority;
    this.probing = edge.addresses.map(() => new Probing({ window: edge.probe.window }));
  }

  start(): void {
    void this.probe();
  }

  stop(): void {
    this.abort.abort();
    this.callOff?.();
  }

  private async probe(): Promise<void> {
    const { edge, time } = this;
    const due = time.now() + edge.probe.everyMs;
    const results = await Promise.all(edge.addresses.map((address) => this.through(address))).catch(
      (error: unknown) => {
        if (!this.abort.signal.aborted) throw error;
      },
    );
    if (results !== undefined) await this.judge(results);
    if (this.abort.signal.aborted) return;
    this.callOff = time.after(Math.max(0, due - time.now()), () => void this.probe());
  }

  private through(address: string): ReturnType<typeof probeThrough> {
    const { url, probe, reached } = this.edge;
    const at = reached?.get(address);
    const { path, timeoutMs, status, contains } = probe;
    const asked: EdgeProbe = {
      url,
      address: at?.host ?? address,
      ...(at === undefined ? {} : { port: at.port }),
      timeoutMs,
      path,
      ...(status === undefined ? {} : { status }),
      ...(contains === undefined ? {} : { contains }),
      ...(this.authority === undefined ? {} : { authority: this.authority }),
    };
    return probeThrough(asked, this.abort.signal);
  }

  private async judge(results: readonly Awaited<ReturnType<typeof probeThrough>>[]): Promise<void> {
    const bad = results.find(({ isGood }) => !isGood);
    const isOriginBlamed =
      bad !== undefined && this.isOriginWell !== undefined && !(await this.isOriginWell());
    const last = {
      at: this.time.now(),
      isGood: bad === undefined,
      ms: Math.max(...results.map(({ ms }) => ms)),
      words: bad === undefined || bad.isGood ? undefined : bad.words,
    };
    let level = this.state.level;
    if (!isOriginBlamed) {
      const levels = results.map(({ isGood }, i) => this.probing[i]?.record(isGood) ?? 1);
      level = levels.reduce((sum, one) => sum + one, 0) / Math.max(1, levels.length);
    }
    const hasMoved = level !== this.state.level;
    this.state = { level, last, isOriginBlamed };
    if (hasMoved) this.onLevel(this.edge, level);
    this.onProbed();
  }
}
