export interface ShareTrialOptions {
  /** How long it is tried. @unit ms */
  readonly lastsMs: number;
  /** The new one is blamed when what it got wrong would come about by chance less often than this. @unit probability @default 0.0001 */
  readonly alpha?: number;
  /** Fewer requests say too little: then it is tried on, at most `LONGEST` times as long. @default 100 */
  readonly leastRequests?: number;
}

export type ShareTrialVerdict =
  | { readonly kind: 'going' }
  | { readonly kind: 'passed'; readonly requests: number }
  | { readonly kind: 'failed'; readonly requests: number; readonly bad: number };

/** Fewer bad answers than this say nothing. */
const LEAST_BAD = 3;
/** As often as it was meant to last, it lasts at most. */
const LONGEST = 10;

/**
 * Something new tried on a share of requests, beside what is in force, which gets the others at the same time: whatever is wrong with
 * both is not the new one's fault.
 *
 * It fails as soon as it has so many bad answers that as many or more would come about with a probability below `alpha` if it were as good as what
 * is in force: the upper tail of the binomial distribution at the share of bad answers of that one, (bad + ½) ÷ (requests + 1). Where nobody asks for
 * anything there is nothing to be seen, and it passes when its time is over.
 */
export class ShareTrial {
  private readonly endsAt: number;
  private readonly latestAt: number;
  private readonly leastRequests: number;
  private readonly alpha: number;
  private requests = 0;
  private bad = 0;
  private otherRequests = 0;
  private otherBad = 0;
  private hasFailed = false;

  /**
   * @param now as everywhere here, of one clock. @unit ms
   * @throws RangeError when an option is out of its range
   */
  constructor(now: number, { lastsMs, alpha = 1e-4, leastRequests = 100 }: ShareTrialOptions) {
    if (!(lastsMs >= 0)) throw new RangeError(`Expected a time of at least 0 ms, found ${lastsMs}.`);
    if (!(alpha > 0 && alpha < 1)) throw new RangeError(`Expected a probability, found ${alpha}.`);
    this.endsAt = now + lastsMs;
    this.latestAt = now + LONGEST * lastsMs;
    this.leastRequests = leastRequests;
    this.alpha = alpha;
  }

  /** A request has ended. @param isNew whether by what is being tried */
  record(isNew: boolean, isGood: boolean): void {
    if (!isNew) {
      this.otherRequests++;
      if (!isGood) this.otherBad++;
      return;
    }
    this.requests++;
    if (isGood) return;
    this.bad++;
    const usual = (this.otherBad + 0.5) / (this.otherRequests + 1);
    if (this.bad >= LEAST_BAD && upperTail(this.requests, this.bad, usual) < this.alpha)
      this.hasFailed = true;
  }

  verdict(now: number): ShareTrialVerdict {
    const { requests, bad } = this;
    if (this.hasFailed) return { kind: 'failed', requests, bad };
    const isTooEarly = requests < this.leastRequests && requests + this.otherRequests > 0;
    return now < (isTooEarly ? this.latestAt : this.endsAt)
      ? { kind: 'going' }
      : { kind: 'passed', requests };
  }
}

/** P(X ≥ k) of a binomial distribution of n draws with share p; from its largest term down. */
export function upperTail(n: number, k: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || p <= 0) return 0;
  if (k <= n * p) return 1 - lowerSum(n, k - 1, p);
  let term = Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
  let sum = 0;
  for (let i = k; i <= n && term > sum * 1e-12; i++) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return Math.min(1, sum);
}

/** P(X ≤ k), for k below the mean. */
function lowerSum(n: number, k: number, p: number): number {
  let term = Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
  let sum = 0;
  for (let i = k; i >= 0 && term > sum * 1e-12; i--) {
    sum += term;
    term *= (i / (n - i + 1)) * ((1 - p) / p);
  }
  return Math.min(1, sum);
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** Stirling's series; below 16 exactly. */
function logFactorial(n: number): number {
  if (n < 16) {
    let product = 1;
    for (let i = 2; i <= n; i++) product *= i;
    return Math.log(product);
  }
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3);
}
