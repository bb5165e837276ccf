import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import { statusExample } from '../../test/status-example.ts';
import { loadCatalog } from '../catalog/load.ts';
import { liveSignals } from '../control/index.ts';
import { buildModel } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import type { FailoverStep } from '../policies/index.ts';
import { Live } from './live.ts';
import { PolicyClock } from './policy-clock.ts';
import type { Status } from './seeing/status.ts';
import { statusOf } from './status-of.ts';
import { Steering } from './steering.ts';

const root = join(import.meta.dirname, '..', '..');
const { catalog } = loadCatalog(join(root, 'data'));

/** Harbor on a virtual clock, a person being asked where the plan gives people time. */
class Harbor {
  readonly time = new VirtualTime();
  readonly model;
  readonly signals;
  readonly live: Live;
  private readonly steps = new Map<number, FailoverStep>();

  constructor(change: (text: string) => string = (text) => text) {
    const file = 'examples/harbor/plan.yaml';
    const { plan } = parsePlan(change(readFileSync(join(root, file), 'utf8')), file);
    const { model } = plan === undefined ? { model: undefined } : buildModel(plan, catalog);
    if (model === undefined) throw new Error('Harbor is no plan.');
    this.model = model;
    this.signals = liveSignals(model);
    this.live = new Live(model, {
      clock: new PolicyClock(this.time),
      conduct: () => ({ asksPerson: true, confirms: false, observedLateMs: 0 }),
      listener: { onSwitch: (service, step) => this.steps.set(service, step) },
    });
  }

  service(name: string): number {
    return this.model.services.findIndex((service) => service.name === name);
  }

  takeAway(signal: number): void {
    this.live.observe([{ signal, level: 0 }]);
  }

  status(): Status {
    const { model, signals, live, time } = this;
    const none = {
      onCheck: () => undefined,
      onTurned: () => undefined,
      onMoved: () => undefined,
      onWords: () => undefined,
    };
    return statusOf({
      role: 'gateway',
      model,
      signals,
      live,
      upstreams: [],
      edges: [],
      steering: new Steering([], time, none),
      counts: () => ({ served: 1, refused: 2, failed: 3 }),
      conducts: () => true,
      lastSteps: this.steps,
      movedAt: new Map(),
      startedAt: time.now(),
      pools: [],
      findings: [],
      history: [],
      isReady: () => true,
      now: () => time.now(),
    });
  }
}

const keysOf = (value: object | undefined): string[] => Object.keys(value ?? {}).sort();

describe('the status of Harbor', () => {
  test('has the fields of the contract, no more and no less', () => {
    const status = new Harbor().status();
    expect(keysOf(status)).toEqual(keysOf(statusExample()));
    expect(keysOf(status.journeys[0])).toEqual(keysOf(statusExample().journeys[0]));
    expect(keysOf(status.services[0])).toEqual(keysOf(statusExample().services[0]));
    expect(keysOf(status.services[0]?.alternatives[0])).toEqual(
      keysOf(statusExample().services[0]?.alternatives[0]),
    );
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
  });

  test('says while all is well that every journey is in its first mode, and why not of none', () => {
    for (const { mode, modes, level, why, held } of new Harbor().status().journeys) {
      expect(mode).toBe(modes[0]);
      expect({ level, why, held }).toEqual({ level: 1, why: [], held: null });
    }
  });

  test('names what does not work, and who has to approve what since when', () => {
    const harbor = new Harbor();
    harbor.takeAway(harbor.signals.service(harbor.service('site-virginia')));
    harbor.time.goTo(harbor.time.now() + 3_600_000);
    const status = harbor.status();
    const book = status.services.find(({ name }) => name === 'order-book');
    expect(book).toMatchObject({ kind: 'any', inUse: 'site-virginia', waiting: { kind: 'approval' } });
    expect(book?.waiting?.words).toContain('site-frankfurt');
    const fallen = status.journeys.filter(({ mode, modes }) => mode !== modes[0]);
    expect(fallen.length).toBeGreaterThan(0);
    for (const { why } of fallen) expect(why.join(' ')).toContain('site-virginia');
    harbor.live.approve(harbor.service('order-book'));
    harbor.time.goTo(harbor.time.now() + 600_000);
    expect(harbor.status().services.find(({ name }) => name === 'order-book')).toMatchObject({
      inUse: 'site-frankfurt',
      waiting: null,
    });
  });

  test('names an alternative in use that carries less than a mode asks', () => {
    const harbor = new Harbor();
    const edge = harbor.service('edge');
    expect(harbor.live.send(edge, 1)).toBe(true);
    harbor.time.goTo(harbor.time.now() + 3_600_000);
    expect(harbor.live.controller.inUse(edge)).toBe(1);
    const { why, mode } = harbor.status().journeys.find(({ name }) => name === 'login') ?? {};
    expect(mode).toBe('existing-sessions');
    expect(why).toEqual(['edge: fastly/cdn + 3 carries 75 % of the load, and more is asked of it.']);
  });

  test('tells a hold from a failure', () => {
    const harbor = new Harbor();
    const until = harbor.time.now() + 60_000;
    harbor.live.hold(0, { mode: 1, isPinned: true, until, reason: '</script>\u2028"', by: 'ann' });
    const [journey] = harbor.status().journeys;
    expect(journey).toMatchObject({ mode: journey?.modes[1], why: [] });
    expect(journey?.held).toEqual({
      mode: journey?.modes[1],
      pinned: true,
      reason: '</script>\u2028"',
      by: 'ann',
      until: new Date(until).toISOString(),
    });
  });

  test('carries names as they are, whatever is in them', () => {
    const hostile = '<img src=x onerror=alert(1)>';
    const harbor = new Harbor((text) =>
      text.replace(/platform: \{name: [^,]+/, `platform: {name: "${hostile}"`),
    );
    expect(harbor.status().plan.name).toBe(hostile);
  });
});
