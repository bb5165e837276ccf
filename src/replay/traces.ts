import type { Incident } from '../incidents/index.ts';
import type { JourneyNode, Model } from '../model/index.ts';
import { offerSteps } from './levels.ts';
import type { ReplayOptions } from './options.ts';
import { run } from './run.ts';
import { sceneOf } from './scene.ts';
import { isoTime } from './time.ts';

/** What a plan stands on, over an incident: for a map that follows it. Times are ISO 8601 in UTC. */
export interface Traces {
  /** By offer that was hit, by itself or through what it needs: its name, and from when on it has which level. */
  readonly offers: readonly Trace[];
  /** By service whose level changed. */
  readonly services: readonly Trace[];
  /** By service that switched: the alternative in use, from 0, in place of a level. */
  readonly inUse: readonly Trace[];
}

export interface Trace {
  readonly name: string;
  /** In the order of time. Before the first: level 1, alternative 0. */
  readonly steps: readonly { readonly at: string; readonly level: number }[];
}

/** A level that users do not notice. */
const LEAST_LEVEL = 1e-9;

/**
 * The level of everything that a plan stands on, over an incident. Services are watched by the loop that decides: each as a
 * journey of its own that asks for no load, so that nothing else goes differently.
 */
export function tracesOf(model: Model, incident: Incident, options: ReplayOptions = {}): Traces {
  const { effects, levels, span } = sceneOf(model, incident, options);
  if (span === undefined) return { offers: [], services: [], inUse: [] };
  const inUse = new Map<number, { at: string; level: number }[]>();
  const done = run(watched(model), levels.changes, span, {
    isShedding: options.shedding !== false,
    listener: {
      onSwitch: (service, { kind, now, to }) => {
        if (kind !== 'in-use' && kind !== 'back') return;
        const steps = inUse.get(service) ?? [];
        steps.push({ at: isoTime(now), level: to });
        inUse.set(service, steps);
      },
    },
  });
  const first = model.journeys.length;
  return {
    offers: offerSteps(model, effects).map(({ name, steps }) => ({
      name,
      steps: steps.map(({ at, level }) => ({ at: isoTime(at), level })),
    })),
    services: model.services.flatMap(({ name }, i) => {
      const stretches = done.stretches[first + i] ?? [];
      const end = done.ends[first + i];
      // What it is left in begins at the last moment: whoever looks there sees it.
      const steps = [
        ...stretches.map(({ from, level }) => ({ at: isoTime(from), level })),
        ...(end === undefined ? [] : [{ at: isoTime(done.to), level: end.level }]),
      ];
      return steps.every(({ level }) => level === 1) ? [] : [{ name, steps }];
    }),
    inUse: [...inUse].map(([service, steps]) => ({ name: model.services[service]?.name ?? '', steps })),
  };
}

/** A model with a journey for every service: shed first, worth nothing, of no load. */
export function watched(model: Model): Model {
  const journeys = model.services.map(({ name, pool }, service): JourneyNode => {
    const node =
      pool === undefined
        ? ({ kind: 'service', service } as const)
        : ({ kind: 'pool', service, amount: LEAST_LEVEL } as const);
    return {
      name: `service ${name}`,
      offset: 0,
      tier: 'deferrable',
      slo: null,
      loss: null,
      usable: LEAST_LEVEL,
      ladder: { down: 0, up: 0 },
      reopen: null,
      backlog: null,
      modes: [{ name: 'works', offset: 0, worth: 1, load: 0, node, need: [], missing: 'serve' }],
    };
  });
  return { ...model, journeys: [...model.journeys, ...journeys] };
}
