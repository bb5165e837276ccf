import { describe, expect, test } from 'vitest';
import { randomStream } from '../../src/random.ts';
import { keelson } from '../cli/keelson.ts';
import { isWhole } from '../whole.ts';
import { isSkipped, whySkipped } from './chromium.ts';
import { assessed, journeysShown, modelOf, modesWithout, namesOf, withoutUnits } from './report-model.ts';
import { BEFORE, HARBOR, hashOf, journeysAfter, useReader } from './report-page.ts';

const PLANS = [
  HARBOR,
  BEFORE,
  'examples/public/kraken.yaml',
  'examples/public/binance.yaml',
  'examples/public/metamask-infura.yaml',
];
const TRIED = isWhole ? 220 : 80;
/** One of so many is asked of the command itself. */
const ASKED = 20;

interface WhatIf {
  readonly plan: number;
  readonly without: readonly string[];
}

/** One to four events, services, scopes or providers that are taken as failed, of every plan in turn. */
function whatIfs(): WhatIf[] {
  const random = randomStream('what if, in the page');
  const pick = (count: number): number => Math.floor(random() * count);
  const names = PLANS.map((file) => namesOf(modelOf(file)));
  return Array.from({ length: TRIED }, (_, i) => {
    const plan = i % PLANS.length;
    const pool = names[plan] ?? [];
    const without = new Set(Array.from({ length: 1 + pick(4) }, () => pool[pick(pool.length)] ?? ''));
    return { plan, without: [...without] };
  });
}

describe.skipIf(isSkipped)(`figures in the page${whySkipped}`, () => {
  const reader = useReader();

  test(`are those of the command to the last printed digit, for ${TRIED} what-ifs`, async () => {
    const models = PLANS.map(modelOf);
    const page = await reader().open(reader().make(...PLANS));
    const tried = whatIfs();
    const links = tried.map(({ plan, without }) => hashOf(without, { plan: String(plan + 1) }));
    const seen = await journeysAfter(page, links);
    for (const [i, { plan, without }] of tried.entries()) {
      const model = models[plan] ?? modelOf(HARBOR);
      const shown = journeysShown(assessed(model, without), modesWithout(model, without));
      const said = withoutUnits(seen[i] ?? [], shown);
      expect(said, `${PLANS[plan]} --without ${without.join(' --without ')}`).toEqual(shown);
      if (i % ASKED === 0) expect(said).toEqual(askCommand(PLANS[plan] ?? '', without, said));
    }
  });
});

/** The same of the command as a process; modes, which it does not print, are taken as they were seen. */
function askCommand(
  file: string,
  without: readonly string[],
  seen: readonly { readonly mode: string }[],
): unknown {
  const names = without.flatMap((name) => ['--without', name]);
  const { out, err } = keelson(['assess', file, '--json', '--no-advice', ...names]);
  if (out === '') throw new Error(err);
  return journeysShown(
    JSON.parse(out),
    seen.map(({ mode }) => mode),
  );
}
