const knownQuantiles = new Map<string, number>();

/** The point below which a Gamma(shape, 1) variable lies with probability p. */
export function gammaQuantile(p: number, shape: number): number {
  // Counts of incidents are few and recur for every provider and every changed plan: each is found once.
  const key = `${p}:${shape}`;
  const known = knownQuantiles.get(key) ?? findQuantile(p, shape);
  if (knownQuantiles.size < 10_000) knownQuantiles.set(key, known);
  return known;
}

/** Bisection on the regularised integral. */
function findQuantile(p: number, shape: number): number {
  let low = 0;
  let high = shape + 10 * Math.sqrt(shape) + 20;
  for (let i = 0; i < 200 && high - low > 1e-13 * high; i++) {
    const middle = (low + high) / 2;
    if (gammaIntegral(middle, shape) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(shape, x), the regularised lower incomplete gamma function, by its series (DLMF 8.11.4). */
function gammaIntegral(x: number, shape: number): number {
  if (x <= 0) return 0;
  let term = 1 / shape;
  let sum = term;
  for (let n = 1; n < 2000 && term > sum * 1e-17; n++) {
    term *= x / (shape + n);
    sum += term;
  }
  return Math.min(1, sum * Math.exp(-x + shape * Math.log(x) - logGamma(shape)));
}

/** Lanczos' approximation (g = 7, nine terms); relative error below 1e-14 for x > 0. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const terms = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const y = x - 1;
  let sum = terms[0] ?? 0;
  for (let i = 1; i < terms.length; i++) sum += (terms[i] ?? 0) / (y + i);
  const t = y + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

/**
 * The point below which a Beta(a, b) variable lies with probability p: bisection on the regularised incomplete beta function, to the last
 * bits of a double.
 *
 * @param a more than 0
 * @param b more than 0
 */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  // Near 0 a quantile may be far smaller than 1: halving goes on until nothing lies between.
  for (let i = 0; i < 1100; i++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (betaIntegral(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Iₓ(a, b), the regularised incomplete beta function: the continued fraction DLMF 8.17.22, taken where it converges fast, below
 * (a + 1) / (a + b + 2), and by Iₓ(a, b) = 1 − I₁₋ₓ(b, a) above.
 */
export function betaIntegral(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** Lentz's method as Thompson and Barnett changed it (1986): every partial fraction from the one before. */
function betaFraction(x: number, a: number, b: number): number {
  const kept = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / kept(1 + even * d);
    c = kept(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / kept(1 + odd * d);
    c = kept(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return fraction;
}
