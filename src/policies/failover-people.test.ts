import { describe, expect, test } from 'vitest';
import { TIMES, TWO } from '../../test/oracle/failover-drive.ts';
import { Failover, type FailoverOptions, type FailoverStep } from './failover.ts';

describe('a person', () => {
  const WELL = [1, 1];
  const rested = (failover: Failover, until: number, health: readonly number[]): void => {
    while (failover.wakeAt <= until) failover.step(failover.wakeAt, health, true);
    failover.step(until, health, true);
  };
  const settled = (): Failover => {
    const failover = new Failover({ carries: [1, 1], detectMs: 10, switchMs: 5, holdMs: 20 });
    failover.settle(0, WELL);
    return failover;
  };

  test('who moves users to another alternative is not undone after hold', () => {
    const failover = settled();
    expect(failover.send(100, 1)).toBe(true);
    rested(failover, 105, WELL);
    expect(failover.inUse).toBe(1);
    rested(failover, 1_000, WELL);
    expect(failover.inUse).toBe(1);
  });

  test('who has moved them elsewhere by other means is not undone either, until that alternative fails', () => {
    const failover = settled();
    failover.step(50, [0, 1], true);
    rested(failover, 200, WELL);
    failover.resume(200, WELL, 1, true);
    rested(failover, 1_000, WELL);
    expect(failover.inUse).toBe(1);
    rested(failover, 1_100, [1, 0]);
    rested(failover, 2_000, WELL);
    expect(failover.inUse).toBe(0);
  });

  test('is told from a restart, after which users go back once hold has passed from then on', () => {
    const failover = settled();
    failover.step(50, [0, 1], true);
    failover.step(51, WELL, true);
    failover.resume(200, WELL, 1);
    rested(failover, 219, WELL);
    expect(failover.inUse).toBe(1);
    rested(failover, 220, WELL);
    expect(failover.inUse).toBe(0);
  });
});

/** A failover that is steered by hand: what is observed stays until something else is. */
class Hand {
  readonly failover: Failover;
  private readonly steps: FailoverStep[] = [];
  private health: readonly number[];
  private canSteer = true;

  constructor(options: FailoverOptions, health: readonly number[] = options.carries.map(() => 1)) {
    this.failover = new Failover({ ...options, onStep: (step) => this.steps.push(step) });
    this.health = health;
    this.failover.settle(0, health);
    this.at(0);
  }

  /** Steps whenever it is asked for until a moment, then with what is observed there. */
  at(now: number, health: readonly number[] = this.health, canSteer: boolean = this.canSteer): this {
    for (let guard = 0; this.failover.wakeAt < now; guard++) {
      if (guard > 1000) throw new Error('The failover never rests.');
      this.failover.step(this.failover.wakeAt, this.health, this.canSteer);
    }
    this.health = health;
    this.canSteer = canSteer;
    this.failover.step(now, health, canSteer);
    return this;
  }

  /** `TIME KIND TO` since it was last asked. */
  told(): string[] {
    return this.steps.splice(0).map(({ kind, now, to }) => `${now} ${kind} ${to}`);
  }
}

describe('where a person has to agree', () => {
  const asking = { carries: TWO, ...TIMES, asksPerson: true };

  test('nothing is switched without, however long that takes', () => {
    const hand = new Hand(asking).at(1000, [0, 1]).at(1e12);
    expect(hand.told()).toEqual(['1000 failing 0', '1060 detected 0']);
    expect(hand.failover).toMatchObject({ inUse: 0, wakeAt: Number.POSITIVE_INFINITY });
    expect(hand.failover.pending).toEqual({ kind: 'approving', to: 1 });
  });

  test('the switch goes on from when they have', () => {
    const hand = new Hand(asking).at(1000, [0, 1]).at(5000);
    expect(hand.failover.approve(5000)).toBe(true);
    hand.at(5000).at(9000);
    expect(hand.told().slice(2)).toEqual([
      '5000 approved 0',
      '5000 switching 1',
      '5030 switched 1',
      '5090 in-use 1',
    ]);
  });

  test('there is nothing to agree to before the failure is detected, nor twice, nor while all is well', () => {
    const hand = new Hand(asking);
    expect(hand.failover.approve(0)).toBe(false);
    hand.at(1000, [0, 1]);
    expect(hand.failover.approve(1000)).toBe(false);
    hand.at(1060);
    expect(hand.failover.approve(1060)).toBe(true);
    hand.at(1060);
    expect(hand.failover.approve(1060)).toBe(false);
  });

  test('a recovery takes back what was asked and what was agreed to', () => {
    const hand = new Hand(asking).at(1000, [0, 1]).at(1500, [1, 1]);
    expect(hand.failover.approve(1500)).toBe(false);
    hand.at(2000, [0, 1]).at(2060);
    expect(hand.failover.approve(2060)).toBe(true);
    hand.at(2060).at(2070, [1, 1]).at(3000, [0, 1]).at(1e9);
    expect(hand.failover.inUse).toBe(0);
    expect(hand.told().slice(-3)).toEqual(['2070 recovered 0', '3000 failing 0', '3060 detected 0']);
  });

  test('what was agreed to while the steering does not work is done once it does, without asking again', () => {
    const hand = new Hand(asking).at(1000, [0, 1], false).at(2000);
    expect(hand.failover.approve(2000)).toBe(true);
    hand.at(2000);
    expect(hand.failover.approve(2000)).toBe(false);
    expect(hand.failover.pending).toEqual({ kind: 'waiting', to: 1 });
    hand.at(3000, [0, 1], true).at(4000);
    expect(hand.told().slice(2)).toEqual([
      '2000 approved 0',
      '2000 stuck 1',
      '3000 switching 1',
      '3030 switched 1',
      '3090 in-use 1',
    ]);
  });

  test('nobody is called back from one that fails without them either', () => {
    const hand = new Hand({ ...asking, returns: false }, [0, 1]);
    expect(hand.failover.inUse).toBe(1);
    hand.at(1000, [1, 0]).at(1e9);
    expect(hand.failover.inUse).toBe(1);
    hand.failover.approve(1e9);
    hand.at(1e9).at(2e9);
    expect(hand.failover.inUse).toBe(0);
  });

  test('users who drift arrive although a better one has recovered meanwhile', () => {
    const hand = new Hand({ ...asking, carries: [1, 1, 1], returns: false }, [0, 1, 1]);
    hand.at(1000, [0, 0, 1]).at(1060);
    hand.failover.approve(1060);
    // Made at 1090, arriving at 1150; at 1100 the first is healthy again.
    hand.at(1060).at(1100, [1, 0, 1]).at(2000);
    expect(hand.failover.inUse).toBe(2);
    expect(hand.told().at(-1)).toBe('1150 in-use 2');
  });
});

describe('where what moves users confirms it', () => {
  const confirming = { carries: [1, 1, 1], detectMs: 60, switchMs: 30, spreadMs: 120, confirms: true };

  test('the switch waits for that beyond its time', () => {
    const hand = new Hand(confirming).at(1000, [0, 1, 1]).at(50_000);
    expect(hand.told()).toEqual(['1000 failing 0', '1060 detected 0', '1060 approved 0', '1060 switching 1']);
    expect(hand.failover.wakeAt).toBe(Number.POSITIVE_INFINITY);
    expect(hand.failover.confirm(1)).toBe(true);
    hand.at(50_000).at(60_000);
    expect(hand.told()).toEqual(['50000 switched 1', '50060 in-use 1']);
  });

  test('confirmed before its time it is made at its time', () => {
    const hand = new Hand(confirming).at(1000, [0, 1, 1]).at(1070);
    expect(hand.failover.confirm(1)).toBe(true);
    hand.at(1070).at(2000);
    expect(hand.told().slice(4)).toEqual(['1090 switched 1', '1150 in-use 1']);
  });

  test.each([0, 2, 3, -1, Number.NaN])(
    'another alternative than the one that is waited for confirms nothing: %s',
    (other) => {
      const hand = new Hand(confirming).at(1000, [0, 1, 1]).at(2000);
      expect(hand.failover.confirm(other)).toBe(false);
      hand.at(2000).at(1e6);
      expect(hand.failover.inUse).toBe(0);
    },
  );

  test('nothing is confirmed while nothing is being switched', () => {
    const hand = new Hand(confirming);
    expect(hand.failover.confirm(1)).toBe(false);
    hand.at(1000, [0, 1, 1]);
    expect(hand.failover.confirm(1)).toBe(false);
  });

  test('steering that is lost while it is waited for takes what was confirmed with it: it begins again', () => {
    const hand = new Hand(confirming).at(1000, [0, 1, 1]).at(1070);
    hand.failover.confirm(1);
    hand.at(1075, [0, 1, 1], false).at(3000, [0, 1, 1], true).at(9000);
    expect(hand.told().slice(3)).toEqual(['1060 switching 1', '1075 stuck 1', '3000 switching 1']);
    hand.failover.confirm(1);
    hand.at(9000).at(9100);
    expect(hand.failover.inUse).toBe(1);
  });

  test('a target that falls ill meanwhile gives way to the next, which has to be confirmed itself', () => {
    const hand = new Hand(confirming).at(1000, [0, 1, 1]).at(1070);
    hand.failover.confirm(1);
    hand.at(1080, [0, 0, 1]).at(5000);
    expect(hand.told().slice(4)).toEqual(['1080 switching 2']);
    expect(hand.failover.confirm(1)).toBe(false);
    expect(hand.failover.confirm(2)).toBe(true);
    hand.at(5000).at(6000);
    expect(hand.failover.inUse).toBe(2);
  });
});

describe('moved by a person', () => {
  const moving = { carries: [1, 1, 1], detectMs: 60, switchMs: 30, spreadMs: 120 };

  test('users go although all is well, and stay where there is no automatic return', () => {
    const hand = new Hand({ ...moving, returns: false });
    expect(hand.failover.send(1000, 2)).toBe(true);
    hand.at(1000).at(1e9, [1, 1, 1]);
    expect(hand.told()).toEqual(['1000 switching 2', '1030 switched 2', '1090 in-use 2']);
  });

  test('users stay where a person has put them, also where they would go back by themselves', () => {
    const hand = new Hand({ ...moving, holdMs: 600 });
    hand.failover.send(1000, 2);
    hand.at(1000).at(5000);
    expect(hand.told().slice(2)).toEqual(['1090 in-use 2']);
  });

  test.each([0, 3, -1, 0.5, Number.NaN])('not to where they are, nor to what is not there: %s', (to) => {
    const hand = new Hand(moving);
    expect(hand.failover.send(1000, to)).toBe(false);
    hand.at(1000).at(5000);
    expect(hand.told()).toEqual([]);
  });

  test('not to one that is ill, nor while they are being moved', () => {
    const hand = new Hand(moving, [1, 0, 1]);
    expect(hand.failover.send(1000, 1)).toBe(false);
    expect(hand.failover.send(1000, 2)).toBe(true);
    hand.at(1000, [1, 1, 1]);
    expect(hand.failover.send(1000, 1)).toBe(false);
    hand.at(1050);
    expect(hand.failover.pending?.kind).toBe('moving');
    expect(hand.failover.send(1050, 1)).toBe(false);
  });

  test('an order needs no other agreement', () => {
    const hand = new Hand({ ...moving, asksPerson: true, returns: false }).at(1000, [0, 1, 1]).at(2000);
    expect(hand.failover.send(2000, 2)).toBe(true);
    hand.at(2000).at(3000);
    expect(hand.failover.inUse).toBe(2);
  });

  test('an order that cannot be carried out is given up, and said to be', () => {
    const hand = new Hand(moving);
    hand.failover.send(1000, 2);
    hand.at(1000).at(1010, [1, 1, 1], false).at(5000, [1, 1, 1], true).at(1e6);
    expect(hand.told()).toEqual(['1000 switching 2', '1010 recovered 0']);
    expect(hand.failover.inUse).toBe(0);
  });

  test.each([true, false])(
    'where both ends fail meanwhile it is a failure like any other (asks a person: %s)',
    (asksPerson) => {
      const hand = new Hand({ ...moving, asksPerson });
      hand.failover.send(1000, 1);
      hand.at(1000).at(1010, [0, 0, 1]).at(2000);
      expect(hand.told().slice(1, 3)).toEqual(['1010 failing 0', '1070 detected 0']);
      expect(hand.failover.inUse).toBe(asksPerson ? 0 : 2);
    },
  );
});

describe('taken up after a stop', () => {
  test('users are where they were, and hold begins anew', () => {
    const hand = new Hand({ carries: TWO, holdMs: 600 });
    hand.failover.resume(10_000, [1, 1], 1);
    hand.at(10_000).at(20_000);
    expect(hand.told()).toEqual(['10600 back 0']);
  });

  test('nobody goes back before it can have been looked, even where nothing is to be held', () => {
    const hand = new Hand({ carries: TWO, observedLateMs: 40 });
    hand.failover.resume(10_000, [1, 1], 1);
    hand.at(10_000).at(10_039, [0, 1]).at(10_060).at(20_000, [1, 1]);
    expect(hand.told()).toEqual(['20000 back 0']);
    hand.failover.resume(30_000, [1, 1], 1);
    hand.at(30_000).at(30_039);
    expect(hand.failover.inUse).toBe(1);
    expect(hand.at(30_040).told()).toEqual(['30040 back 0']);
  });

  test('nor does it count what was healthy before somebody else moved them', () => {
    const hand = new Hand({ carries: TWO, holdMs: 600 }).at(1000, [0, 1]).at(2000, [1, 1]).at(5000);
    expect(hand.failover.inUse).toBe(0);
    hand.told();
    hand.failover.resume(5000, [1, 1], 1);
    hand.at(5000).at(5599);
    expect(hand.failover.inUse).toBe(1);
    expect(hand.at(5600).told()).toEqual(['5600 back 0']);
  });

  test('one that no longer works is left by the rules, not at once', () => {
    const hand = new Hand({ carries: [1, 1, 1], detectMs: 60 });
    hand.failover.resume(1000, [0, 0, 1], 1);
    hand.at(1000, [0, 0, 1]).at(2000);
    expect(hand.told()).toEqual([
      '1000 failing 1',
      '1060 detected 1',
      '1060 approved 1',
      '1060 switching 2',
      '1060 switched 2',
      '1060 in-use 2',
    ]);
  });

  test('what was under way is given up', () => {
    const hand = new Hand({ carries: [1, 1, 1], ...TIMES }).at(1000, [0, 1, 1]).at(1370);
    expect(hand.failover.pending?.kind).toBe('switching');
    hand.failover.resume(1370, [0, 1, 1], 2);
    expect(hand.failover.pending).toBeUndefined();
    expect(hand.failover.failingSince).toBe(Number.POSITIVE_INFINITY);
  });
});
