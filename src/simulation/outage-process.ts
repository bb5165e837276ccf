import { normal, type Random } from '../random.ts';

/**
 * Something that works and fails in turn: works for exponential times with mean 1 / rate, fails for lognormal times with a
 * given mean and spread. In the long run it is failed for rate · mean ÷ (1 + rate · mean) of the time.
 */
export class OutageProcess {
  private readonly upMeanMs: number;
  private readonly logMean: number;
  private readonly sigma: number;
  private readonly share: number;
  private readonly random: Random;

  /**
   * @param upMeanMs mean time between the end of a failure and the next. @unit ms
   * @param downMeanMs mean length of a failure. @unit ms
   * @param sigma standard deviation of the logarithm of a failure's length; 0: always as long as the mean
   */
  constructor(upMeanMs: number, downMeanMs: number, sigma: number, random: Random) {
    this.upMeanMs = upMeanMs;
    this.sigma = sigma;
    this.logMean = Math.log(downMeanMs) - (sigma * sigma) / 2;
    this.share = downMeanMs / (upMeanMs + downMeanMs);
    this.random = random;
  }

  /**
   * The state in the long run: whether it is failed, and for how long that goes on. What is left of a lognormal time that a
   * moment falls into is uniform within one whose logarithm is drawn with sigma² added to its mean.
   */
  begin(): { readonly isDown: boolean; readonly leftMs: number } {
    if (this.random() >= this.share) return { isDown: false, leftMs: this.upMs() };
    const whole = Math.exp(this.logMean + this.sigma * this.sigma + this.sigma * normal(this.random));
    return { isDown: true, leftMs: whole * this.random() };
  }

  /** How long it works. @unit ms */
  upMs(): number {
    return -Math.log(1 - this.random()) * this.upMeanMs;
  }

  /** How long it is failed. @unit ms */
  downMs(): number {
    return this.sigma === 0
      ? Math.exp(this.logMean)
      : Math.exp(this.logMean + this.sigma * normal(this.random));
  }
}
