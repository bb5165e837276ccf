import type { Crawl } from '../../discover/index.ts';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';

/**
 * A platform of a list of whose domains none exists is a slip of the pen, or gone: that is no platform that stands on nothing.
 * @throws KeelsonError `no-such-domain`
 */
export function refuseMissing({ domains, lookups }: Crawl): void {
  const isMissing = (domain: string): boolean => {
    // The site of a registered domain may be at its www alone.
    const answers = lookups.filter(({ name }) => name === domain || name === `www.${domain}`);
    // A name that leads to one that does not exist is there itself.
    const isThere = answers.some(
      ({ outcome, chain }) =>
        outcome === 'answered' || outcome === 'empty' || outcome === 'loop' || chain.length > 0,
    );
    return !isThere && answers.some(({ name, outcome }) => name === domain && outcome === 'no-such-name');
  };
  if (!domains.every(isMissing)) return;
  const [first = '', ...more] = domains;
  throw new KeelsonError(
    'no-such-domain',
    more.length === 0 ? `${show(first)} does not exist.` : `None of ${domains.map(show).join(', ')} exists.`,
    { hint: 'Is it written as it should be?' },
  );
}
