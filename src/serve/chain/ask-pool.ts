import type { IncomingMessage } from 'node:http';
import { methodLabel } from './pool-methods.ts';
import { answerText, type ChainPool, type PoolAnswer } from '../../pool/index.ts';

export type PoolReply =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: string[];
      readonly text: string;
      /** Whether each of its characters is one byte. */
      readonly isAscii: boolean;
      /** Whether anything of it came from anybody: else no node could answer. */
      readonly isGood: boolean;
      /** Nodes that answered. */
      readonly from: readonly string[];
      /** Of the calls, those that are not known as one. */
      readonly methods: () => readonly string[];
    }
  | { readonly kind: 'bad-request'; readonly why: string };

/** A request that says here which block `latest` is, is answered as of that block; every answer says as of which it is. */
export const BLOCK_HEADER = 'keelson-block';

/**
 * Answers a request to a pool.
 *
 * @param done called once, perhaps before this has returned
 */
export function askPool(
  pool: ChainPool,
  { rawHeaders }: IncomingMessage,
  body: Buffer,
  done: (reply: PoolReply) => void,
): void {
  const said = headerIn(rawHeaders, BLOCK_HEADER);
  const pin = said === undefined ? undefined : blockIn(said);
  if (said !== undefined && pin === undefined) {
    done({ kind: 'bad-request', why: `Expected the number of a block in ${BLOCK_HEADER}.` });
    return;
  }
  answerText(
    pool,
    body.toString('utf8'),
    { body, ...(pin === undefined ? {} : { pin }) },
    ({ text, answers, calls }) => {
      const block = newestOf(answers);
      const bytes = text === undefined ? 0 : Buffer.byteLength(text);
      const headers = ['content-type', 'application/json', 'content-length', String(bytes)];
      if (block !== undefined) headers.push(BLOCK_HEADER, String(block));
      done({
        kind: 'answered',
        // Notifications are answered by nothing.
        status: text === undefined ? 204 : 200,
        headers,
        text: text ?? '',
        isAscii: bytes === text?.length,
        isGood: answers.length === 0 || answers.some(({ source }) => source !== 'failed'),
        from: namesIn(answers),
        methods: () => [...new Set(calls.map(({ method }) => methodLabel(method, pool.options.allow)))],
      });
    },
  );
}

/** One header as it came. Node makes an object of all of them when any is asked for by its name; most requests have not this one. */
function headerIn(raw: readonly string[], name: string): string | undefined {
  for (let i = 0; i < raw.length; i += 2)
    if (raw[i]?.length === name.length && raw[i]?.toLowerCase() === name) return raw[i + 1];
  return undefined;
}

function blockIn(said: string): number | undefined {
  if (!/^(\d{1,15}|0x[\da-f]{1,13})$/i.test(said)) return undefined;
  return Number(said);
}

/** The newest block as of which anything of it was answered. */
function newestOf(answers: readonly PoolAnswer[]): number | undefined {
  let newest: number | undefined;
  for (const { block } of answers) if (block !== undefined && block > (newest ?? -1)) newest = block;
  return newest;
}

function namesIn(answers: readonly PoolAnswer[]): readonly string[] {
  const [only] = answers;
  return only !== undefined && answers.length === 1
    ? only.from
    : [...new Set(answers.flatMap(({ from }) => from))];
}
