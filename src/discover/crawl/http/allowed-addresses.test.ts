import { expect, test } from 'vitest';
import type { Lookup } from '../crawl.ts';
import { Budget } from '../budget.ts';
import { boundsOf } from '../bounds.ts';
import { Lookups } from '../dns/lookups.ts';
import { allowedAddresses } from './allowed-addresses.ts';

test.each([
  ['no-such-name', [], 'It does not exist.'],
  ['no-such-name', ['gone.example'], 'It leads to "gone.example", which does not exist.'],
  ['empty', [], 'It has no address.'],
  ['failed', [], 'No address of it could be found out.'],
] as const)(
  'of a name of which the answer is %s by way of %j it is said: %s',
  async (outcome, chain, said) => {
    const resolver = {
      lookUp: (name: string, type: Lookup['type']): Promise<Lookup> =>
        Promise.resolve({ name, type, outcome, chain, records: [] }),
    };
    const lookups = new Lookups(resolver, new Budget('harbor.example', boundsOf(undefined), undefined));
    const troubles: string[] = [];
    const found = await allowedAddresses('harbor.example', lookups, false, (code, message) =>
      troubles.push(`${code}: ${message}`),
    );
    expect({ found, troubles }).toEqual({ found: [], troubles: [`dns: ${said}`] });
  },
);
