/** A controller of a plan's text, driven by hand on a virtual clock, and plans for it. */
import {
  Controller,
  eventSignals,
  type ControllerOptions,
  type JourneyState,
} from '../../src/control/index.ts';
import type { Model } from '../../src/model/index.ts';
import { randomStream } from '../../src/random.ts';
import { modelOf } from './models.ts';
import { randomPlan } from './random-plan.ts';

export type Levels = Readonly<Record<string, number>>;
export type Options = Omit<ControllerOptions, 'signals' | 'listener'>;

/** A controller on a virtual clock in seconds, and what it has told. */
export class World {
  readonly model: Model;
  readonly controller: Controller;
  /** `SERVICE SECOND: FROM to TO`. */
  readonly moves: string[] = [];
  /** `JOURNEY SECOND: MODE LEVEL`, with `exposed` where it is. */
  readonly told: string[] = [];
  /** `SERVICE SECOND: ASKED of CAPACITY`. */
  readonly collapses: string[] = [];
  readonly growths: string[] = [];

  constructor(text: string, levels: Levels = {}, options: Options = {}, begin = 0) {
    const model = modelOf(text);
    this.model = model;
    const service = (index: number): string => model.services[index]?.name ?? '';
    this.controller = new Controller(model, {
      ...options,
      signals: eventSignals(model),
      listener: {
        onSwitch: (index, { kind, now, from, to }) => {
          if (kind === 'in-use' || kind === 'back')
            this.moves.push(`${service(index)} ${seconds(now - begin * 1000)}: ${from} to ${to}`);
        },
        onGrowth: (index, member, change, now) => {
          this.growths.push(
            `${service(index)} ${seconds(now - begin * 1000)}: ${member} ${change === 'grown' ? '+' : '-'}`,
          );
        },
        onCollapse: (index, asked, capacity, now) => {
          this.collapses.push(`${service(index)} ${seconds(now - begin * 1000)}: ${asked} of ${capacity}`);
        },
        onJourney: (index, now, state) => {
          const name = model.journeys[index]?.name ?? '';
          this.told.push(`${name} ${seconds(now - begin * 1000)}: ${this.says(index, state)}`);
        },
      },
    });
    this.observe(levels);
    this.controller.settle(begin * 1000);
    this.told.length = 0;
  }

  observe(levels: Levels): void {
    for (const [id, level] of Object.entries(levels)) {
      const event = this.model.events.findIndex((one) => one.id === id);
      if (event < 0) throw new Error(`No event ${id}.`);
      this.controller.observe(event, level);
    }
  }

  /** Steps whenever it is asked for until a second, then with what is observed there. */
  at(second: number, levels: Levels = {}): this {
    const now = second * 1000;
    for (let guard = 0; this.controller.wakeAt < now; guard++) {
      if (guard > 1000) throw new Error('The controller never rests.');
      this.controller.step(this.controller.wakeAt);
    }
    this.observe(levels);
    this.controller.step(now);
    return this;
  }

  /** `MODE LEVEL` by journey, in the order of the file. */
  states(): string[] {
    return this.model.journeys.map((_, index) => this.says(index, this.controller.state(index)));
  }

  private says(index: number, { mode, level, isExposed }: JourneyState): string {
    const name = this.model.journeys[index]?.modes[mode]?.name ?? 'down';
    return `${name} ${Number(level.toFixed(6))}${isExposed ? ' exposed' : ''}`;
  }
}

const seconds = (ms: number): number => Number((ms / 1000).toFixed(3));

const PROVIDERS = `
  p:
    capabilities:
      a: {outages: none, protects: [waf]}
      b: {outages: none}
      c: {outages: none}
      d: {outages: none}
      dns: {outages: none, plane: control, needs: [{use: p/d, kind: change}]}`;

export const textOf = (journeys: string, services = '{}'): string => `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: ${journeys}
services: ${services}
providers:${PROVIDERS}
catalog: none
`;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A random plan whose journeys have tiers, ladders and backlogs too. */
export function seasoned(seed: number): string {
  const random = randomStream('controller', seed);
  const pick = (...from: readonly string[]): string | undefined => from[Math.floor(random() * from.length)];
  const plan: unknown = JSON.parse(randomPlan(random));
  const journeys = isObject(plan) && 'journeys' in plan && isObject(plan.journeys) ? plan.journeys : {};
  const all: unknown[] = Object.values(journeys);
  for (const journey of all.filter(isObject))
    Object.assign(journey, {
      tier: pick('core', 'important', 'deferrable'),
      usable: pick('50%', '90%', '100%'),
      ...(random() < 0.4 ? { ladder: { down: pick('0s', '10s'), up: pick('0s', '2m') } } : {}),
      ...(random() < 0.3 ? { reopen: { after: '10m', step: pick('0s', '1m') } } : {}),
      ...(random() < 0.3 ? { backlog: { share: '40%', over: '10m' } } : {}),
    });
  return JSON.stringify(plan);
}
