import { decodeMessage, OPCODE } from '../../dns/message.ts';
import { TYPE } from '../../dns/record.ts';
import { CODE, replyAgain } from '../dns/reply.ts';
import type { DnsQuery } from '../dns/query.ts';
import { dnsFault } from '../fault.ts';

/** Further names and types are answered by the upstream. */
const MOST_ANSWERS = 1_000;

/** As when a resolver, or a secondary, no longer hears of changes. */
export const dnsStale = dnsFault({
  type: 'dns_stale',
  layer: 'dns',
  summary: 'The first answer that is seen for a name and type goes on being given, its TTL as it was.',
  attributes: {},
  make: () => {
    const answers = new Map<string, Uint8Array>();
    return {
      async handle(query, next, occasion) {
        if (query.opcode !== OPCODE.QUERY) return next();
        const key = keyOf(query);
        const kept = answers.get(key);
        const again = kept === undefined ? undefined : replyAgain(query, kept);
        if (again !== undefined) {
          occasion.touch();
          return again;
        }
        const answer = await next();
        if (answer !== undefined && isWorthKeeping(answer) && answers.size < MOST_ANSWERS)
          if (!answers.has(key))
            // Another that was asked at the same time may have been first.
            answers.set(key, Buffer.from(answer));
        return answer;
      },
    };
  },
});

function keyOf({ name, type, class: kind, edns }: DnsQuery): string {
  return `${name} ${type} ${kind} ${edns?.isDnssecWanted ?? false}`;
}

/** Whole, not signed for one who asked, and an answer: the name is or is not there. */
function isWorthKeeping(answer: Uint8Array): boolean {
  const { isTruncated, code, additionals } = decodeMessage(answer);
  const isSigned = additionals.some(({ type }) => type === TYPE.TSIG);
  return !isTruncated && !isSigned && (code === CODE.NOERROR || code === CODE.NXDOMAIN);
}
