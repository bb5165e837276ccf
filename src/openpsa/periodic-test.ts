/**
 * Unavailability of periodically tested components: the built-in `periodic-test` of the Open-PSA Model Exchange Format
 * ("Stochastic Layer", Built-Ins), which draws its Markov graphs; in the reading of SCRAM 0.16. Rates are per hour and
 * times in hours, as long as they agree.
 */

/** Probability that a Poisson process of a rate has happened by a time. */
function byTime(rate: number, time: number): number {
  return -Math.expm1(-rate * time);
}

/** Probability that a repair of rate μ is over by a time and a failure of rate λ has followed it. */
function repairedThenFailed(lambda: number, mu: number, time: number): number {
  const failed = byTime(lambda, time);
  if (lambda === mu) return failed - (1 - failed) * lambda * time;
  return (lambda * byTime(mu, time) - mu * failed) / (lambda - mu);
}

/** Four arguments, λ, τ, θ, t: test and repair take no time, so that only the time since the last test counts. */
export function periodicTestInstantRepair(args: readonly number[]): number {
  const [lambda = 0, tau = 1, theta = 0, time = 0] = args;
  if (time <= theta) return byTime(lambda, time);
  const since = (time - theta) % tau;
  // At the very moment of a test it is about to be made.
  return byTime(lambda, since === 0 ? tau : since);
}

/**
 * Five arguments, λ, μ, τ, θ, t: the test takes no time and finds every failure, the repair has rate μ. What is failed
 * or in repair just after a test follows q ← q·carry + failed, a geometric series over the tests.
 */
export function periodicTestInstant(args: readonly number[]): number {
  const [lambda = 0, mu = 0, tau = 1, theta = 0, time = 0] = args;
  if (time <= theta) return byTime(lambda, time);
  /** How much of what was unavailable at a test still, or again, is some time later, less what would have failed anyway. */
  const carry = (after: number): number =>
    1 - byTime(mu, after) + repairedThenFailed(lambda, mu, after) - byTime(lambda, after);
  const periods = Math.floor((time - theta) / tau);
  const share = carry(tau);
  const compound = share ** periods;
  const failed = byTime(lambda, tau);
  const atTest = byTime(lambda, theta) * compound + (failed * (compound - 1)) / (share - 1);
  const since = time - theta - periods * tau;
  return atTest * carry(since) + byTime(lambda, since);
}

interface State {
  readonly available: number;
  readonly failed: number;
  readonly inRepair: number;
  /** Well, but under a test that takes it away. */
  readonly away: number;
}

/**
 * Eleven arguments: λ, λ under test, μ, τ, θ, γ (fails as the test begins), duration of the test, whether it is
 * available meanwhile (0: no), σ (the test finds a failure), ω (badly restarted after a repair), t.
 */
export function periodicTest(args: readonly number[]): number {
  const [lambda = 0, lambdaTest = 0, mu = 0, tau = 1, theta = 0, gamma = 0] = args;
  const [duration = 1, availableAtTest = 0, sigma = 1, omega = 0, time = 0] = args.slice(6);
  if (time <= theta) return byTime(lambda, time);

  const failedAfterRepair = (after: number): number =>
    omega * byTime(mu, after) + (1 - omega) * repairedThenFailed(lambda, mu, after);
  /** The test has been going on for a time. */
  const test = (state: State, after: number, isAvailable: boolean): State => {
    const survives = (1 - gamma) * (1 - byTime(lambdaTest, after));
    const broken = state.failed + state.available * (1 - survives);
    const failed = state.inRepair * failedAfterRepair(after) + (1 - sigma) * broken;
    const inRepair = state.inRepair * (1 - byTime(mu, after)) + sigma * broken;
    const away = isAvailable ? 0 : state.available * survives;
    return { failed, inRepair, away, available: 1 - failed - inRepair - away };
  };
  /** The test is over since a time. */
  const run = (state: State, after: number): State => {
    const failed =
      state.failed + state.available * byTime(lambda, after) + state.inRepair * failedAfterRepair(after);
    const inRepair = state.inRepair * (1 - byTime(mu, after));
    return { failed, inRepair, away: 0, available: 1 - failed - inRepair };
  };

  const first = byTime(lambda, theta);
  let state: State = { available: 1 - first, failed: first, inRepair: 0, away: 0 };
  const periods = Math.floor((time - theta) / tau);
  for (let i = 0; i < periods; i++) state = run(test(state, duration, true), tau - duration);
  const since = time - theta - periods * tau;
  state =
    since <= duration
      ? test(state, since, availableAtTest !== 0)
      : run(test(state, duration, true), since - duration);
  // Not 1 − available, which would lose the digits of small values.
  return state.failed + state.inRepair + state.away;
}
