import { expect, test } from 'vitest';
import { HONEST_ANSWERS } from './answers.corpus.ts';
import { mayContain } from './bloom-bits.ts';

/** Blooms and logs of geth, Besu and anvil. */
const RECEIPTS = HONEST_ANSWERS.filter(
  ({ method }) => method.endsWith('Receipt') || method.endsWith('Receipts'),
)
  .flatMap(({ value }) => value)
  .filter(
    (value): value is { logsBloom: string; logs: { address: string; topics: string[] }[] } =>
      typeof value === 'object' && value !== null && 'logs' in value && 'logsBloom' in value,
  );

test("a receipt's bloom has its logs' addresses and topics, in any case, and no others", () => {
  let items = 0;
  for (const { logsBloom, logs } of RECEIPTS)
    for (const item of logs.flatMap(({ address, topics }) => [address, ...topics])) {
      items++;
      expect(mayContain(logsBloom, item)).toBe(true);
      expect(mayContain(`0x${logsBloom.slice(2).toUpperCase()}`, `0x${item.slice(2).toUpperCase()}`)).toBe(
        true,
      );
      expect(mayContain(logsBloom, `${item.slice(0, -2)}fd`)).toBe(false);
      expect(mayContain(`0x${'00'.repeat(256)}`, item)).toBe(false);
      expect(mayContain(`0x${'ff'.repeat(256)}`, item)).toBe(true);
    }
  expect(items).toBeGreaterThan(10);
});
