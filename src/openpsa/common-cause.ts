import { contents, refuseElement, required, wholeNumber, wrongCount, word, type Context } from './context.ts';
import { probabilityOf, type ExpressionReader } from './expressions.ts';
import type { CommonCauseGroup, Expression, Level } from './scope.ts';
import { attributeOf, placeOfAttribute, type Element } from './xml.ts';

const MODELS = ['beta-factor', 'MGL', 'alpha-factor', 'phi-factor'] as const;
const PARTS = ['members', 'distribution', 'factors', 'factor'];
type FactorModel = (typeof MODELS)[number];

interface Factor {
  readonly value: number;
  readonly element: Element;
}

/**
 * Works out how probable it is that exactly k given members of a group fail together, for every k, and gives it to the
 * group. With n members that each fail with probability Q, and C(n, k) combinations:
 *
 * | model        | factors        | Q₁                | Qₖ                                            |
 * | ------------ | -------------- | ----------------- | --------------------------------------------- |
 * | beta-factor  | β              | (1 − β) Q         | β Q for k = n, no others                      |
 * | MGL          | ρ₂ … ρₘ, ρ₁ = 1, ρₘ₊₁ = 0 | as Qₖ  | (ρ₁ ⋯ ρₖ) (1 − ρₖ₊₁) Q / C(n − 1, k − 1)      |
 * | alpha-factor | α₁ … αₘ        | as Qₖ             | (k αₖ / Σ i αᵢ) Q / C(n − 1, k − 1)           |
 * | phi-factor   | φ₁ … φₘ        | as Qₖ             | φₖ Q                                          |
 *
 * Sources: Open-PSA Model Exchange Format, "Meta-Logical Layer", Common Cause Groups; NUREG/CR-5485, 5.3, where the
 * alpha factors are those of non-staggered testing; SCRAM 0.16.2, which gives the same, also for fewer levels than members.
 */
export function readGroup(context: Context, group: CommonCauseGroup, expressions: ExpressionReader): void {
  const { element } = group;
  const model = required(context, element, 'model') === undefined ? undefined : modelOf(context, element);
  const parts = contents(context, element);
  const distributions = parts.filter(({ name }) => name === 'distribution');
  const factorElements = parts.flatMap((part) => {
    if (part.name === 'factor') return [part];
    if (part.name === 'factors') return all(context, part, 'factor');
    if (!PARTS.includes(part.name)) refuseElement(context, part, element, PARTS);
    return [];
  });
  const size = group.members.length;
  if (size < 2) wrongCount(context, element, 'at least 2 members', size);
  const [distribution] = distributions;
  if (distribution === undefined || distributions.length > 1)
    wrongCount(context, element, 'one distribution', distributions.length);
  if (factorElements.length === 0) wrongCount(context, element, 'a factor', 0);
  if (model === undefined || distribution === undefined || size < 2) return;

  const found = expressions.only(distribution, group.scope);
  const probability = found === undefined ? undefined : probabilityOf(context, found);
  for (const member of group.members) {
    if (member.expression !== undefined)
      context.reader.report('ccf-member-twice', member.element.at, { name: member.name, group: group.name });
    member.probability = probability ?? null;
  }
  const factors = readFactors(context, group, model, factorElements, expressions);
  if (probability === undefined || factors === undefined) return;
  group.levels = levelsOf(context, model, size, probability, factors);
}

/** The children of a list, each of which must have one name. */
function all(context: Context, list: Element, name: string): readonly Element[] {
  const found = contents(context, list);
  for (const child of found) if (child.name !== name) refuseElement(context, child, list, [name]);
  return found.filter((child) => child.name === name);
}

function modelOf(context: Context, element: Element): FactorModel | undefined {
  return word(context, element, 'model', MODELS);
}

/** Factors in the order of their levels, each of which follows the one before. */
function readFactors(
  context: Context,
  group: CommonCauseGroup,
  model: FactorModel,
  elements: readonly Element[],
  expressions: ExpressionReader,
): readonly Factor[] | undefined {
  const size = group.members.length;
  const first = model === 'beta-factor' ? size : model === 'MGL' ? 2 : 1;
  const factors: Factor[] = [];
  let isWrong = elements.length === 0;
  elements.forEach((element, i) => {
    const expected = first + i;
    const level =
      attributeOf(element, 'level') === undefined ? expected : wholeNumber(context, element, 'level');
    if (expected > size) {
      context.reader.report('ccf-level', element.at, { found: expected, members: size, expected: undefined });
      isWrong = true;
    } else if (level !== undefined && level !== expected) {
      const at = placeOfAttribute(context.text, element, 'level');
      context.reader.report('ccf-level', at, { found: level, members: size, expected });
      isWrong = true;
    }
    const expression: Expression | undefined = expressions.only(element, group.scope);
    const value = expression === undefined ? undefined : probabilityOf(context, expression, 'a factor');
    if (value === undefined || level === undefined) isWrong = true;
    else factors.push({ value, element });
  });
  return isWrong ? undefined : factors;
}

function levelsOf(
  context: Context,
  model: FactorModel,
  size: number,
  q: number,
  factors: readonly Factor[],
): readonly Level[] | undefined {
  const values = factors.map(({ value }) => value);
  const at = factors[0]?.element.at ?? 0;
  switch (model) {
    case 'beta-factor': {
      const beta = values[0] ?? 0;
      return [
        { size: 1, probability: (1 - beta) * q },
        { size, probability: beta * q },
      ];
    }
    case 'MGL': {
      let product = 1;
      return [1, ...values].map((rho, i) => {
        product *= rho;
        return { size: i + 1, probability: (product * (1 - (values[i] ?? 0)) * q) / choose(size - 1, i) };
      });
    }
    case 'alpha-factor': {
      const total = values.reduce((sum, alpha, i) => sum + (i + 1) * alpha, 0);
      if (total === 0) {
        context.reader.report('out-of-range', at, { expected: 'factors that are not all 0', found: '0' });
        return undefined;
      }
      return values.map((alpha, i) => ({
        size: i + 1,
        probability: ((((i + 1) * alpha) / total) * q) / choose(size - 1, i),
      }));
    }
    case 'phi-factor': {
      const sum = values.reduce((a, b) => a + b, 0);
      // SCRAM allows the same slack.
      if (Math.abs(sum - 1) > 1e-4) context.reader.report('ccf-factors-sum', at, { sum });
      return values.map((phi, i) => ({ size: i + 1, probability: phi * q }));
    }
  }
}

/** Number of ways to choose k of n. */
export function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) ways = (ways * (n - i + 1)) / i;
  return Math.round(ways);
}

/** All combinations of `size` of the numbers below `count`, in the order of a dictionary. */
export function* combinations(count: number, size: number): Generator<readonly number[]> {
  const chosen = Array.from({ length: size }, (_, i) => i);
  while (size <= count) {
    yield chosen;
    let at = size - 1;
    while (at >= 0 && chosen[at] === count - size + at) at--;
    if (at < 0) return;
    chosen[at] = (chosen[at] ?? 0) + 1;
    for (let i = at + 1; i < size; i++) chosen[i] = (chosen[i - 1] ?? 0) + 1;
  }
}
