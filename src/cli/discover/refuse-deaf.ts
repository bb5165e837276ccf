import type { Crawl } from '../../discover/index.ts';
import { KeelsonError } from '../../errors.ts';
import { printable } from '../../problems.ts';

/**
 * That no resolver has answered says nothing of a platform, so it is no result.
 * @throws KeelsonError `nothing-answered`
 */
export function refuseDeaf({ domains, lookups, troubles }: Crawl): void {
  const isAnswer = ({ outcome }: Crawl['lookups'][number]): boolean =>
    outcome === 'answered' || outcome === 'empty' || outcome === 'no-such-name' || outcome === 'loop';
  if (lookups.length === 0 || lookups.some(isAnswer)) return;
  const why = troubles.find(({ code }) => code === 'dns')?.message ?? '';
  throw new KeelsonError(
    'nothing-answered',
    `None of ${lookups.length} questions about ${domains.map(printable).join(', ')} was answered. ${why}`.trimEnd(),
    { hint: 'Is there a network? --resolver HOST[:PORT] names another resolver.' },
  );
}
