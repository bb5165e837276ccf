import { describe, expect, test } from 'vitest';
import { ScriptedLink, type Said, type Script } from '../../test/parts/scripted-link.ts';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import type { AnswerShape, Reply } from '../chain/index.ts';
import { RetryBudget } from '../policies/index.ts';
import { PoolNode } from './node.ts';
import { Order } from './order.ts';
import { Reading, type Answer, type Conclusion, type Finding, type Question } from './reading.ts';

const NEVER: Said = { result: null, afterMs: Number.POSITIVE_INFINITY };

interface Settings extends Partial<Question> {
  readonly members?: readonly string[];
  readonly burst?: number;
}

function answerOf(reply: Reply | undefined): Conclusion {
  if (reply === undefined) throw new Error('Nothing came.');
  const answer: Answer =
    reply.kind === 'error'
      ? {
          kind: 'error',
          text: reply.error,
          vote: typeof reply.data === 'string' ? `revert ${reply.data}` : 'error',
        }
      : { kind: 'result', text: reply.result, value: reply.value };
  return { kind: 'good', answer };
}

/** A reading of nodes a, b, c …, each of which says one thing, or what its script says. */
function reading(said: readonly (Said | Script)[], { members = [], burst = 100, ...asked }: Settings = {}) {
  const time = new VirtualTime();
  const links = said.map((one) => new ScriptedLink(time, typeof one === 'function' ? one : () => one));
  const nodes = links.map(
    (link, i) => new PoolNode({ name: 'abcdefg'.charAt(i), link, member: members[i] ?? `member ${i}` }, time),
  );
  const budget = new RetryBudget({ burst });
  const bad: string[] = [];
  let hedges = 0;
  const parts = {
    ...{ time, budget, order: new Order(nodes, { kind: 'ordered' }, () => 0.5) },
    onBad: (node: PoolNode, _: string, why: string) => bad.push(`${node.name}: ${why}`),
    onHedge: () => hedges++,
  };
  const question: Question = {
    ...{ method: 'eth_call', calls: [{ method: 'eth_call', paramsText: '[]' }], shape: 'data', votes: 2 },
    ...{ nullVotes: asked.votes ?? 2, atBlock: undefined, timeoutMs: 4_000 },
    conclude: ([reply]) => answerOf(reply),
    ...asked,
  };
  const findings: Finding[] = [];
  const began = time.now();
  const start = (): void => new Reading(parts, question, (finding) => findings.push(finding)).start();
  start();
  const askedNodes = (): string =>
    nodes
      .filter((_, i) => (links[i]?.posts.length ?? 0) > 0)
      .map(({ name }) => name)
      .join('');
  const pass = (ms: number): void => time.goTo(time.now() + ms);
  const finding = (): Finding => {
    while (findings.length === 0 && time.waiting > 0) time.goTo(time.nextAt);
    const [first] = findings;
    if (first === undefined) throw new Error('It came to no end.');
    return first;
  };
  /** What was found, from whom and against whom, and after how long. */
  const came = (): string => {
    const one = finding();
    const after = time.now() - began;
    if (one.kind === 'none') {
      const failures = one.failures.map(({ node, why }) => `${node.name} ${why}`).join(', ');
      return `none after ${after}: ${failures}; ${one.ballots.map(({ node }) => node.name).join('')}`;
    }
    const against = one.against.map(({ node }) => node.name).join('');
    return `${one.answer.text} from ${one.from.map(({ name }) => name).join('')} against ${against} after ${after}`;
  };
  return {
    time,
    links,
    nodes,
    budget,
    bad,
    findings,
    start,
    asked: askedNodes,
    pass,
    finding,
    came,
    hedges: () => hedges,
  };
}

const say = (result: unknown, afterMs = 10): Said => ({ result, afterMs });
const fail = (afterMs = 10): Said => ({ failure: 'unreachable', afterMs });
const revert = (data?: string, message = 'execution reverted'): Said => ({
  error: { code: 3, message, ...(data === undefined ? {} : { data }) },
});

describe('one vote', () => {
  test('is the first good answer, and nobody else is asked', () => {
    const one = reading([say('0x01'), say('0x02')], { votes: 1 });
    expect(one.came()).toBe('"0x01" from a against  after 10');
    expect(one.asked()).toBe('a');
  });

  test('passes on to the next when a node fails, at once', () => {
    const one = reading([fail(), fail(), say('0x01')], { votes: 1 });
    expect(one.came()).toBe('"0x01" from c against  after 30');
  });

  test('is taken from another node after what such a call usually takes, and not before', () => {
    const one = reading([say('0x01', 1_000), say('0x01')], { votes: 1 });
    one.pass(149);
    expect(one.asked()).toBe('a');
    one.pass(1);
    expect(one.asked()).toBe('ab');
    expect(one.came()).toBe('"0x01" from b against  after 160');
    expect(one.hedges()).toBe(1);
  });

  test('is taken from the slow one where the other is slower still', () => {
    const one = reading([say('0x01', 200), say('0x01', 200)], { votes: 1 });
    expect(one.came()).toBe('"0x01" from a against  after 200');
    expect(one.links[1]?.unanswered).toBe(0);
    expect(one.nodes.map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });

  test('is not hedged once the budget for it is spent', () => {
    const one = reading([say('0x01', 1_000), say('0x01')], { votes: 1, burst: 0 });
    expect(one.came()).toBe('"0x01" from a against  after 1000');
    expect(one.asked()).toBe('a');
  });

  test('that is late spends nothing of that budget where nobody is left to be asked', () => {
    const one = reading([say('0x01', 3_000)], { votes: 1 });
    expect(one.came()).toBe('"0x01" from a against  after 3000');
    expect(one.budget.left).toBe(100);
    const two = reading([say('0x01', 3_000), say('0x01', 3_000)], { votes: 1 });
    two.came();
    expect(two.budget.left).toBe(99);
  });

  test('ends at its deadline, and those who were waited for have failed', () => {
    const one = reading([NEVER, NEVER], { votes: 1 });
    expect(one.came()).toBe('none after 4000: a silent, b silent; ');
    expect(one.nodes.map(({ failures }) => failures.get('silent'))).toEqual([1, 1]);
    expect(one.links.map((link) => link.unanswered)).toEqual([0, 0]);
  });

  test('is not to be had where nobody may be asked: a moment later, with what they have said', () => {
    const one = reading([{ error: { code: 429, message: 'Too Many Requests' } }], { votes: 1 });
    one.came();
    one.findings.length = 0;
    one.start();
    expect(one.findings).toEqual([]);
    expect(one.finding()).toMatchObject({ kind: 'none', failures: [{ why: 'rate-limited' }] });
    expect(one.links[0]?.posts).toHaveLength(1);
  });
});

describe('votes', () => {
  test('are asked for all at once, and the answer is there with the last that is needed', () => {
    const one = reading([say('0x01', 20), say('0x01', 10), say('0x01')]);
    expect(one.asked()).toBe('ab');
    expect(one.came()).toBe('"0x01" from ba against  after 20');
    expect(one.asked()).toBe('ab');
  });

  test('that differ bring on one more, and the one that stands alone is named', () => {
    const one = reading([say('0x01'), say('0x02'), say('0x01'), say('0x01')]);
    expect(one.came()).toBe('"0x01" from ac against b after 20');
    expect(one.asked()).toBe('abc');
  });

  test('that never agree end with all of them', () => {
    const one = reading([say('0x01'), say('0x02'), say('0x03')]);
    expect(one.came()).toBe('none after 20: ; abc');
  });

  test('are counted once for each member', () => {
    const one = reading([say('0xbad0'), say('0xbad0'), say('0x01'), say('0x01')], {
      members: ['m', 'm', 'n', 'o'],
    });
    expect(one.came()).toBe('"0x01" from cd against a after 20');
    expect(one.links[1]?.posts).toHaveLength(0);
  });

  test('of a member whose one node failed may come from its other one', () => {
    const one = reading([fail(), say('0x01'), say('0x01')], { members: ['m', 'm', 'n'] });
    expect(one.came()).toBe('"0x01" from cb against  after 20');
  });

  test('of two are not enough where three are wanted, though nobody is left', () => {
    const one = reading([say('0x01'), say('0x01'), fail()], { votes: 3 });
    expect(one.came()).toBe('none after 10: c unreachable; ab');
  });

  test('of errors that mean the same are alike, whatever their words', () => {
    const one = reading([revert('0xaa', 'execution reverted'), revert('0xaa', 'VM: revert')]);
    expect(one.came()).toContain('from ab against  after 10');
    const two = reading([revert('0xaa'), revert('0xbb'), revert('0xbb')]);
    expect(two.came()).toContain('from bc against a after 20');
  });

  test('of errors and of results do not add up', () => {
    expect(reading([revert(), say('0x01'), say('0x02')]).came()).toBe('none after 20: ; abc');
  });

  test('that there is no such thing are wanted from as many as that takes', () => {
    const one = reading([say(null), say(null, 5), say('0x01')], { votes: 1, nullVotes: 2 });
    expect(one.came()).toBe('null from ab against  after 15');
    const two = reading([say(null), say('0x01')], { votes: 1, nullVotes: 2 });
    expect(two.came()).toBe('"0x01" from b against a after 20');
  });

  test('that there is no such thing need not be so many where nobody else is left', () => {
    expect(reading([say(null), fail()], { votes: 1, nullVotes: 2 }).came()).toBe(
      'null from a against  after 20',
    );
  });

  test('for the same in other letters and with other zeros add up', () => {
    const one = reading([say('0x0A'), say('0xa')], { shape: 'quantity' });
    expect(one.came()).toBe('"0xa" from ab against  after 10');
  });

  test('are not passed on word for word where one says more than the others', () => {
    const log = { address: `0x${'aa'.repeat(20)}`, topics: [], data: '0x' };
    const one = reading([say([{ ...log, extra: 1 }]), say([log])], { shape: 'logs' });
    expect(one.came()).toContain(`${JSON.stringify([log])} from ab`);
  });

  describe('that agree on what matters and differ in the rest', () => {
    const log = (extra: number) => [{ address: `0x${'aa'.repeat(20)}`, topics: [], data: '0x', extra }];
    const shape: AnswerShape = 'logs';

    test('bring on one more, and the word of most of them is taken', () => {
      const one = reading([say(log(1)), say(log(2)), say(log(2))], { shape });
      expect(one.came()).toBe(`${JSON.stringify(log(2))} from abc against  after 20`);
    });

    test('are taken without the rest where nobody is left', () => {
      const one = reading([say(log(1)), say(log(2)), fail()], { shape });
      expect(one.came()).toMatch(
        /^\[{"address":"0xa*","topics":\[\],"data":"0x"}\] from ab against {2}after 20/,
      );
    });

    test('are not waited for longer than such a call usually takes, and nobody has failed by that', () => {
      const one = reading([say(log(1)), say(log(2)), NEVER, say(log(2))], { shape });
      expect(one.came()).toContain('after 160');
      expect(one.nodes[2]?.failures.size).toBe(0);
      expect(one.links[2]?.unanswered).toBe(0);
    });
  });
});

describe('numbers on which nodes may differ', () => {
  const settings: Settings = { shape: 'quantity', middle: { ofTwo: 'lower', isNearEnough: true } };

  test('come to the middle one of as many as leave the honest in the middle', () => {
    const one = reading([say('0x64'), say('0x1'), say('0x66')], settings);
    expect(one.came()).toBe('"0x64" from abc against  after 20');
    const two = reading([say('0x64'), say('0xffff'), say('0x66')], settings);
    expect(two.came()).toBe('"0x66" from abc against  after 20');
  });

  test('are not asked of more where they are alike', () => {
    const one = reading([say('0x64'), say('0x64'), say('0x1')], settings);
    expect(one.came()).toBe('"0x64" from ab against  after 10');
    expect(one.asked()).toBe('ab');
  });

  test('are taken from fewer only where they are near each other', () => {
    expect(reading([say('0x64'), say('0x66'), fail()], settings).came()).toBe(
      '"0x64" from ab against  after 20',
    );
    expect(reading([say('0x64'), say('0xff'), fail()], settings).came()).toContain('none after 20');
  });

  test('are no match for errors: one that says a number does not win because the others fail in other words', () => {
    const one = reading([say('0x5208'), revert('0xaa'), revert()], settings);
    expect(one.came()).toContain('none after');
  });
});

describe('a node that loses', () => {
  test('has failed where it took a multiple of what the other one did', () => {
    const one = reading([NEVER, say('0x01', 40)], { votes: 1 });
    one.came();
    expect(one.nodes[0]?.failures.get('silent')).toBe(1);
  });

  test('was only slow where all are', () => {
    const one = reading([NEVER, say('0x01', 400)], { votes: 1 });
    one.came();
    expect(one.nodes[0]?.failures.size).toBe(0);
  });

  test('has shown nothing where it was asked later', () => {
    const one = reading([say('0x01', 300), NEVER], { votes: 1 });
    one.came();
    expect(one.nodes[1]?.failures.size).toBe(0);
    expect(one.links[1]?.posts).toMatchObject([{ isOff: true }]);
  });
});

describe('an answer that is none', () => {
  test('costs its node the vote, and is told', () => {
    const one = reading([say('0xbad0'), say('0x01'), say('0x01')], {
      conclude: ([reply]) =>
        reply?.kind === 'result' && reply.value === '0xbad0'
          ? { kind: 'bad', why: 'it cannot be', isLie: true }
          : answerOf(reply),
    });
    expect(one.came()).toBe('"0x01" from bc against  after 20');
    expect(one.bad).toEqual(['a: it cannot be']);
  });

  test('because the node does not have it passes on to the next', () => {
    const one = reading([say(null), say('0x01')], {
      votes: 1,
      conclude: ([reply]) =>
        reply?.kind === 'result' && reply.value === null
          ? { kind: 'missing', why: 'not there' }
          : answerOf(reply),
    });
    expect(one.came()).toBe('"0x01" from b against  after 20');
    expect(one.bad).toEqual([]);
  });
});

describe('a question of several calls', () => {
  const calls = ['one', 'two'].map((method) => ({ method, paramsText: '[]' }));

  test('goes to a node in one request, and asks on in another', () => {
    const one = reading([(method) => say(method)], {
      ...{ votes: 1, calls },
      conclude: (replies) =>
        replies.length < 3
          ? { kind: 'more', calls: [{ method: 'three', paramsText: '[]' }] }
          : answerOf({
              kind: 'result',
              id: '1',
              result: JSON.stringify(replies.map((reply) => reply.kind === 'result' && reply.value)),
              value: '',
            }),
    });
    expect(one.came()).toBe('["one","two","three"] from a against  after 20');
    expect(one.links[0]?.posts.map(({ isBatch }) => isBatch)).toEqual([true, false]);
  });

  test('fails with the first that fails, and leaves nothing open', () => {
    const one = reading(
      [
        (method) => (method === 'one' ? { error: { code: -32603, message: 'internal error' } } : say(1)),
        fail(),
      ],
      {
        ...{ votes: 1, calls },
      },
    );
    expect(one.came()).toBe('none after 20: a internal, b unreachable; ');
    expect(one.nodes.map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });

  test('whose request hangs ends with it', () => {
    const one = reading([NEVER], { votes: 1, calls });
    one.came();
    expect(one.links[0]?.unanswered).toBe(0);
  });

  test('waits for what has to be found out first, within its time', () => {
    let settle: ((conclusion: Conclusion) => void) | undefined;
    const later: Conclusion = {
      kind: 'later',
      begin: (tell) => {
        settle = tell;
      },
    };
    const one = reading([say('0x01')], { votes: 1, conclude: () => later });
    one.pass(100);
    settle?.(answerOf({ kind: 'result', id: '1', result: '"0x01"', value: '0x01' }));
    expect(one.came()).toBe('"0x01" from a against  after 100');
    settle?.(answerOf({ kind: 'result', id: '1', result: '"0x02"', value: '0x02' }));
    const two = reading([say('0x01')], { votes: 1, conclude: () => later });
    expect(two.came()).toBe('none after 4000: a silent; ');
    settle?.({ kind: 'missing', why: 'too late' });
    expect(two.findings).toHaveLength(1);
    expect(one.findings).toHaveLength(1);
  });
});

test('a process that was held up reads what came meanwhile before it calls anybody silent', () => {
  const time = new VirtualTime();
  let held = 0;
  const late = {
    now: () => time.now() + held,
    after: (ms: number, call: () => void) => time.after(ms, call),
  };
  const link = new ScriptedLink(time, () => say('0x01', 4_005));
  const node = new PoolNode({ name: 'a', link }, late);
  const findings: Finding[] = [];
  new Reading(
    {
      time: late,
      order: new Order([node], { kind: 'ordered' }, () => 0.5),
      budget: new RetryBudget(),
      onBad: () => undefined,
    },
    {
      ...{
        method: 'eth_call',
        calls: [{ method: 'eth_call', paramsText: '[]' }],
        shape: 'data',
        votes: 1,
        nullVotes: 1,
      },
      ...{ atBlock: undefined, timeoutMs: 4_000, conclude: ([reply]) => answerOf(reply) },
    },
    (finding) => findings.push(finding),
  ).start();
  time.goTo(time.now() + 3_990);
  held = 500;
  time.goTo(time.now() + 200);
  expect(findings).toMatchObject([{ kind: 'found' }]);
});
