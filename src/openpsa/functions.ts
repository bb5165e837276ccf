import { periodicTest, periodicTestInstant, periodicTestInstantRepair } from './periodic-test.ts';

/** An operation or a distribution of the format: numbers in, a number out. */
export interface BuiltIn {
  readonly fewest: number;
  readonly most: number;
  /** What must hold of each argument, as far as something must. */
  readonly needs: readonly (Need | undefined)[];
  /** What must hold of them together: says what was expected and found where it does not. */
  readonly together?: (args: readonly number[]) => Conflict | undefined;
  readonly value: (args: readonly number[]) => number;
}

export interface Conflict {
  readonly expected: string;
  readonly found: string;
}

export interface Need {
  /** Completes "Expected …". */
  readonly words: string;
  readonly holds: (value: number) => boolean;
}

const from0 = (what: string): Need => ({ words: `${what} from 0`, holds: (x) => x >= 0 });
const above0 = (what: string): Need => ({ words: `${what} above 0`, holds: (x) => x > 0 });
const share = (what: string): Need => ({ words: `${what} from 0 to 1`, holds: (x) => x >= 0 && x <= 1 });

type Value = BuiltIn['value'];

const fixed = (needs: readonly (Need | undefined)[], value: Value): BuiltIn => ({
  fewest: needs.length,
  most: needs.length,
  needs,
  value,
});
const unary = (value: (x: number) => number, need?: Need): BuiltIn => fixed([need], ([x = 0]) => value(x));
const binary = (value: (a: number, b: number) => number): BuiltIn =>
  fixed([undefined, undefined], ([a = 0, b = 0]) => value(a, b));
const several = (step: (a: number, b: number) => number): BuiltIn => ({
  fewest: 1,
  most: Number.POSITIVE_INFINITY,
  needs: [],
  // A loop, as an argument list may be longer than the stack.
  value: (args) => args.slice(1).reduce((a, b) => step(a, b), args[0] ?? 0),
});
const truth = (is: boolean): number => (is ? 1 : 0);

const within1: Need = { words: 'an argument from -1 to 1', holds: (x) => x >= -1 && x <= 1 };

/** Failure on demand γ, failure rate λ, repair rate μ, time t. */
const glm = fixed(
  [
    share('a probability of failure on demand'),
    from0('a failure rate'),
    from0('a repair rate'),
    from0('a time'),
  ],
  ([gamma = 0, lambda = 0, mu = 0, time = 0]) => {
    const rate = lambda + mu;
    if (rate === 0) return gamma;
    return gamma * Math.exp(-rate * time) - (lambda / rate) * Math.expm1(-rate * time);
  },
);

/**
 * By name, the variants that differ in their number of arguments. Sources: Open-PSA Model Exchange Format, "Stochastic
 * Layer"; where it leaves a domain open, what SCRAM 0.16 takes. Random deviates stand at their mean. Probabilities near
 * 0 keep their digits: 1 − exp(−x) is −expm1(−x).
 */
export const BUILT_INS: ReadonlyMap<string, readonly BuiltIn[]> = new Map<string, readonly BuiltIn[]>([
  ['neg', [unary((x) => -x)]],
  ['abs', [unary(Math.abs)]],
  ['add', [several((a, b) => a + b)]],
  ['sub', [several((a, b) => a - b)]],
  ['mul', [several((a, b) => a * b)]],
  ['div', [several((a, b) => a / b)]],
  ['min', [several(Math.min)]],
  ['max', [several(Math.max)]],
  ['mean', [{ ...several((a, b) => a + b), value: (args) => args.reduce((a, b) => a + b, 0) / args.length }]],
  ['pi', [fixed([], () => Math.PI)]],
  ['exp', [unary(Math.exp)]],
  ['log', [unary(Math.log, above0('an argument'))]],
  ['log10', [unary(Math.log10, above0('an argument'))]],
  ['sqrt', [unary(Math.sqrt, from0('an argument'))]],
  ['pow', [binary((a, b) => a ** b)]],
  // Of whole numbers, with the sign of the first, as in C++.
  ['mod', [binary((a, b) => Math.trunc(a) % Math.trunc(b))]],
  ['ceil', [unary(Math.ceil)]],
  ['floor', [unary(Math.floor)]],
  ['sin', [unary(Math.sin)]],
  ['cos', [unary(Math.cos)]],
  ['tan', [unary(Math.tan)]],
  ['asin', [unary(Math.asin, within1)]],
  ['acos', [unary(Math.acos, within1)]],
  ['atan', [unary(Math.atan)]],
  ['sinh', [unary(Math.sinh)]],
  ['cosh', [unary(Math.cosh)]],
  ['tanh', [unary(Math.tanh)]],
  ['not', [unary((x) => truth(x === 0))]],
  ['and', [{ ...several(Math.min), value: (args) => truth(args.every((x) => x !== 0)) }]],
  ['or', [{ ...several(Math.max), value: (args) => truth(args.some((x) => x !== 0)) }]],
  ['eq', [binary((a, b) => truth(a === b))]],
  ['df', [binary((a, b) => truth(a !== b))]],
  ['lt', [binary((a, b) => truth(a < b))]],
  ['gt', [binary((a, b) => truth(a > b))]],
  ['leq', [binary((a, b) => truth(a <= b))]],
  ['geq', [binary((a, b) => truth(a >= b))]],
  [
    'exponential',
    [
      fixed([from0('a failure rate'), from0('a time')], ([rate = 0, time = 0]) => -Math.expm1(-rate * time)),
      glm,
    ],
  ],
  ['GLM', [glm]],
  [
    'Weibull',
    [
      fixed(
        [above0('a scale'), above0('a shape'), from0('a time shift'), from0('a time')],
        ([scale = 1, shape = 1, shift = 0, time = 0]) =>
          time <= shift ? 0 : -Math.expm1(-(((time - shift) / scale) ** shape)),
      ),
    ],
  ],
  ['periodic-test', periodicTests()],
  [
    'uniform-deviate',
    [
      {
        ...fixed([undefined, undefined], ([low = 0, high = 0]) => (low + high) / 2),
        together: ([low = 0, high = 0]) =>
          low < high
            ? undefined
            : { expected: 'a lower bound below the upper one', found: `${low} and ${high}` },
      },
    ],
  ],
  ['normal-deviate', [fixed([undefined, above0('a standard deviation')], ([mean = 0]) => mean)]],
  [
    'lognormal-deviate',
    [
      // Mean and standard deviation of the logarithm.
      fixed([undefined, above0('a standard deviation')], ([mu = 0, sigma = 0]) =>
        Math.exp(mu + sigma ** 2 / 2),
      ),
      fixed(
        [
          above0('a mean'),
          { words: 'an error factor above 1', holds: (x) => x > 1 },
          { words: 'a level between 0 and 1', holds: (x) => x > 0 && x < 1 },
        ],
        ([mean = 0]) => mean,
      ),
    ],
  ],
  ['gamma-deviate', [fixed([above0('a shape'), above0('a scale')], ([k = 0, theta = 0]) => k * theta)]],
  ['beta-deviate', [fixed([above0('a shape'), above0('a shape')], ([a = 0, b = 0]) => a / (a + b))]],
]);

/**
 * Bounds and values by turns, x₀, x₁, E₁, x₂, E₂, …: Σ (xᵢ − xᵢ₋₁) Eᵢ / (xₙ − x₀), the mean as the format defines it
 * ("Stochastic Layer", Histograms). SCRAM takes the Eᵢ as weights of the intervals instead.
 */
export const HISTOGRAM: BuiltIn = {
  fewest: 3,
  most: Number.POSITIVE_INFINITY,
  needs: [],
  together: (args) => {
    for (let i = 1, before = args[0] ?? 0; i < args.length; i += 2) {
      const bound = args[i] ?? 0;
      if (!(bound > before)) return { expected: 'bounds that rise', found: `${bound} after ${before}` };
      before = bound;
    }
    return undefined;
  },
  value: (args) => {
    const first = args[0] ?? 0;
    let sum = 0;
    let before = first;
    for (let i = 1; i < args.length; i += 2) {
      sum += ((args[i] ?? 0) - before) * (args[i + 1] ?? 0);
      before = args[i] ?? 0;
    }
    return sum / (before - first);
  },
};

function periodicTests(): readonly BuiltIn[] {
  const lambda = above0('a failure rate');
  const mu = from0('a repair rate');
  const tau = above0('a time between tests');
  const theta = from0('a time before the first test');
  const time = from0('a time');
  return [
    fixed([lambda, tau, theta, time], periodicTestInstantRepair),
    fixed([lambda, mu, tau, theta, time], periodicTestInstant),
    {
      ...fixed(
        [
          lambda,
          from0('a failure rate under test'),
          mu,
          tau,
          theta,
          share('a probability of failure at the test'),
          above0('a duration of the test'),
          undefined,
          share('a coverage'),
          share('a probability of failure at restart'),
          time,
        ],
        periodicTest,
      ),
      together: ([, , , tau = 1, theta = 0, , duration = 0, , , , time = 0]) => {
        if (duration > tau)
          return {
            expected: 'a test no longer than the time between tests',
            found: `${duration} and ${tau}`,
          };
        const tests = (time - theta) / tau;
        if (tests <= MAX_TESTS) return undefined;
        return { expected: `at most ${MAX_TESTS} tests before the time`, found: tests.toPrecision(3) };
      },
    },
  ];
}

/** Most tests that are followed one by one. */
const MAX_TESTS = 1_000_000;
