// What it takes to lose a part of a network: exact, in whole units, by sums alone and not by the engine that assess has.

/**
 * How many hosts must be lost together, at least, for so much to be gone. Taking the largest first is best, since hosts differ in size only.
 *
 * @param {readonly number[]} amounts what each host holds
 * @param {number} enough how much must be gone
 * @returns {number | null} null where all of them are not enough
 */
export function fewestToLose(amounts, enough) {
  let gone = 0;
  const bySize = [...amounts].sort((a, b) => b - a);
  for (const [i, amount] of bySize.entries()) {
    gone += amount;
    if (gone >= enough) return i + 1;
  }
  return null;
}

/**
 * How many minimal sets of hosts there are whose loss takes so much away: sets that no longer do without any one of them.
 * A set is minimal when it does not do without its smallest; so each is counted once, at its last host in falling order, by how many sets of larger
 * hosts have each sum.
 *
 * @param {readonly number[]} amounts whole numbers
 * @param {number} enough a whole number
 * @returns {bigint}
 */
export function minimalSets(amounts, enough) {
  if (enough <= 0) throw new RangeError(`Expected something to lose, found ${enough}.`);
  const bySize = [...amounts].sort((a, b) => b - a);
  // sets[s]: how many sets of the hosts so far hold s, less than enough.
  const sets = new Array(enough).fill(0n);
  sets[0] = 1n;
  let found = 0n;
  let most = 0;
  for (const amount of bySize) {
    for (let sum = Math.max(0, enough - amount); sum <= Math.min(most, enough - 1); sum++) found += sets[sum];
    most += amount;
    for (let sum = Math.min(most, enough - 1); sum >= amount; sum--)
      if (sets[sum - amount] !== 0n) sets[sum] += sets[sum - amount];
  }
  return found;
}

/**
 * How many sets of so many hosts do.
 *
 * @param {readonly number[]} amounts
 */
export function setsOfSize(amounts, enough, size) {
  const bySize = [...amounts].sort((a, b) => b - a);
  const from = (i, left, missing) => {
    if (left === 0) return missing <= 0 ? 1 : 0;
    let found = 0;
    for (let next = i; next <= bySize.length - left; next++) {
      // Not even the largest that are left would do.
      const best = bySize.slice(next, next + left).reduce((sum, amount) => sum + amount, 0);
      if (best < missing) break;
      found += from(next + 1, left - 1, missing - bySize[next]);
    }
    return found;
  };
  return from(0, size, enough);
}

/**
 * The Herfindahl–Hirschman index over known hosts, 0 to 10,000: the sum of the squares of their shares in percent, as `keelson sector` has it of a need.
 *
 * @param {readonly number[]} amounts what each known host holds; their sum is the whole
 */
export function concentrationOf(amounts) {
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  return amounts.reduce((sum, amount) => sum + ((amount * 100) / total) ** 2, 0);
}
