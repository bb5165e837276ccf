import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planOf } from '../../test/oracle/time/compare.ts';
import { startIssuer, type Issuer } from '../../test/parts/issuer.ts';
import { progressAfter } from '../../test/parts/restarted.ts';
import { settled, VirtualTime } from '../../test/parts/virtual-time.ts';
import { liveSignals } from '../control/index.ts';
import { Live } from './live.ts';
import { PolicyClock } from './policy-clock.ts';
import { KeyKeeper, sessionsOf, tokensOf } from './session-keys.ts';
import type { KeySnapshot, Tokens, Verdict } from './sessions/index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const planText = (keys: string): string => `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys:
  trade:
    modes:
      full: {needs: [sessions, p/a]}
      look: {worth: 10%, needs: p/a}
services:
  sessions: {outages: none, jwt: {issuer: "ISSUER", audience: harbor, keys: "${keys}", refresh: 5m, stale: 6h}}
  book: {outages: none, needs: sessions}
providers: {p: {capabilities: {a: {outages: none}}}}
catalog: none
`;

let time: VirtualTime;
let issuer: Issuer;
let kid = '';
beforeEach(async () => {
  time = new VirtualTime();
  issuer = await startIssuer(() => time.now());
  kid = await issuer.addKey('ES256');
});
afterEach(() => issuer.stop());

/** What keeps keys, checks tokens and decides, on a virtual clock. */
class World {
  readonly live: Live;
  /** `HOURS MODE` of the journey. */
  readonly told: string[] = [];
  readonly tokens: Tokens;
  readonly model = planOf(planText(issuer.url).replace('ISSUER', issuer.issuer)).model;
  private readonly keeper: KeyKeeper;
  private readonly sessions;
  private flight: Promise<void> = Promise.resolve();

  constructor(start: number, before?: World) {
    const signals = liveSignals(this.model);
    this.sessions = sessionsOf(this.model, signals, () => time.now());
    this.live = new Live(this.model, {
      clock: new PolicyClock(time),
      ...(before === undefined ? {} : { progress: progressAfter(before.live, before.model) }),
      listener: {
        onJourney: (_, now, was, { mode }) => {
          if (was.mode !== mode) this.told.push(`${(now - start) / HOUR} ${mode}`);
        },
      },
    });
    for (const { keys } of this.sessions) {
      const refresh = keys.refresh.bind(keys);
      keys.refresh = () => {
        this.flight = refresh();
        return this.flight;
      };
    }
    this.keeper = new KeyKeeper(this.sessions, time, {
      onLevel: ({ signal }, level) => this.live.observe([{ signal, level }]),
      onKeys: () => undefined,
    });
    const [tokens] = tokensOf(this.model, this.sessions)[0] ?? [];
    if (tokens === undefined) throw new Error('The first mode checks no tokens.');
    this.tokens = tokens;
  }

  async start(kept?: KeySnapshot): Promise<void> {
    if (kept !== undefined) await this.sessions[0]?.keys.restore(kept);
    await this.keeper.start();
  }

  stop(): KeySnapshot | undefined {
    this.keeper.stop();
    this.live.stop();
    return this.sessions[0]?.keys.snapshot();
  }

  /** Lets time pass; each fetch on the way ends before it goes on. */
  async until(moment: number): Promise<void> {
    while (time.nextAt <= moment) {
      time.goTo(time.nextAt);
      await this.flight;
      await settled();
    }
    time.goTo(moment);
  }

  async check(token: string): Promise<string> {
    const verdict: Verdict = await this.tokens.check(`Bearer ${token}`);
    return verdict.kind === 'good' ? verdict.subject : verdict.why;
  }
}

/** @param forMs from now on */
const sign = (forMs: number, by = kid): Promise<string> =>
  issuer.sign(by, { claims: { exp: Math.floor((time.now() + forMs) / 1000) } });

describe('an issuer that is gone for four hours', () => {
  test('throws nobody out: every unexpired token is accepted, new ones too, unknown keys are refused, the mode stays', async () => {
    const start = time.now();
    const world = new World(start);
    await world.start();
    const long = await sign(24 * HOUR);
    const short = await sign(2 * HOUR);
    const stranger = await startIssuer(() => time.now());
    const strange = await stranger.sign(await stranger.addKey('ES256', 'nobody-knows-this'), {
      claims: { iss: issuer.issuer, exp: Math.floor((start + 24 * HOUR) / 1000) },
    });
    await issuer.stop();
    let checked = 0;
    for (let minutes = 0; minutes <= 240; minutes += 10) {
      await world.until(start + minutes * MINUTE);
      expect(await world.check(long)).toBe('user-1');
      // Signed just now, and never seen before.
      expect(await world.check(await sign(HOUR))).toBe('user-1');
      if (minutes < 120) expect(await world.check(short)).toBe('user-1');
      if (minutes > 121) expect(await world.check(short)).toBe('expired');
      expect(await world.check(strange)).toBe('unknown-key');
      checked++;
    }
    expect(checked).toBe(25);
    expect(world.told).toEqual([]);
    expect(world.live.modes[0]).toBe(0);
    await issuer.start();
    await world.until(start + 4 * HOUR + MINUTE);
    // Heard again: the bound counts from there.
    await issuer.stop();
    await world.until(start + 9.9 * HOUR);
    expect(await world.check(long)).toBe('user-1');
    expect(world.told).toEqual([]);
    world.stop();
    await stranger.stop();
  });

  test('after the bound the journey falls to what its ladder says, at that moment, and is back once the issuer is', async () => {
    const start = time.now();
    const world = new World(start);
    await world.start();
    const long = await sign(24 * HOUR);
    await issuer.stop();
    await world.until(start + 6 * HOUR - 1);
    expect(await world.check(long)).toBe('user-1');
    expect(world.told).toEqual([]);
    await world.until(start + 7 * HOUR);
    expect(world.told).toEqual(['6 1']);
    expect(await world.check(long)).toBe('keys-expired');
    await issuer.start();
    await world.until(start + 7 * HOUR + 31_000);
    expect(world.live.modes[0]).toBe(0);
    expect(await world.check(long)).toBe('user-1');
    world.stop();
  });

  test('over a restart goes on within the same bound: it wins no time, and loses none', async () => {
    const start = time.now();
    const first = new World(start);
    await first.start();
    const long = await sign(24 * HOUR);
    await issuer.stop();
    await first.until(start + 3 * HOUR);
    const kept = first.stop();
    const second = new World(start, first);
    await second.start(JSON.parse(JSON.stringify(kept)) as KeySnapshot); // as it is kept on disk
    expect(second.told).toEqual([]);
    expect(await second.check(long)).toBe('user-1');
    await second.until(start + 6 * HOUR - 1);
    expect(await second.check(long)).toBe('user-1');
    await second.until(start + 8 * HOUR);
    expect(second.told).toEqual(['6 1']);
    expect(await second.check(long)).toBe('keys-expired');
    second.stop();
  });
});

test('an issuer that was never heard leaves only what needs no sessions', async () => {
  await issuer.stop();
  const world = new World(time.now());
  await world.start();
  expect(world.live.modes[0]).toBe(1);
  world.stop();
});

test('a key that the issuer drops is dropped with the next fetch', async () => {
  const start = time.now();
  const world = new World(start);
  const other = await issuer.addKey('ES256');
  await world.start();
  const token = await sign(HOUR, other);
  expect(await world.check(token)).toBe('user-1');
  issuer.dropKey(other);
  await world.until(start + 6 * MINUTE);
  expect(await world.check(token)).toBe('unknown-key');
  expect(await world.check(await sign(HOUR))).toBe('user-1');
  world.stop();
});

test('once it is stopped issuers are not asked any more', async () => {
  const start = time.now();
  const world = new World(start);
  await world.start();
  world.stop();
  const { asked } = issuer;
  await world.until(start + HOUR);
  expect(issuer.asked).toBe(asked);
  expect(time.waiting).toBe(0);
});
