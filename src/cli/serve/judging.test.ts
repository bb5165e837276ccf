import { expect, test } from 'vitest';
import { root } from '../../../test/cli/keelson.ts';
import { HEAD } from '../../../test/parts/served.ts';
import { PlanJudge } from './judging.ts';

const planOf = (rate: number): string => `${HEAD}
journeys: {look: {tier: core, modes: {full: {needs: [part]}}}}
services: {part: {outages: {rate: ${rate}/yr, mean: 1h}}}
`;

test('judges plans that come several in a row, wrong ones and others', async () => {
  const judge = new PlanJudge();
  const of = (text: string, inForce: string | null = planOf(2)): ReturnType<PlanJudge['judge']> =>
    judge.judge({ root, file: 'plan.yaml', text, inForce });
  expect((await of('foo: 1')).kind).toBe('wrong');
  expect(await of(planOf(2))).toEqual({ kind: 'judged', harm: [] });
  expect((await of('{')).kind).toBe('wrong');
  expect(await of(planOf(3))).toMatchObject({
    kind: 'judged',
    harm: [expect.stringContaining('down longer')],
  });
  expect(await of(planOf(3), null)).toEqual({ kind: 'judged', harm: [] });
  judge.stop();
});
