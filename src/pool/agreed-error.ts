import type { Reply } from '../chain/index.ts';

const REVERT_DATA = /^(?:reverted )?(0x(?:[0-9a-f]{2})+)$/i;
/** Some nodes have data in objects in objects; deeper nobody looks for it. */
const MOST_DEPTH = 4;

/**
 * Errors that mean the same are the same here: a revert by its data, wherever a client looks for that, every other by being one. Data in
 * words, as some nodes have it of a revert without data, is none.
 */
export function voteOf({ data }: Extract<Reply, { kind: 'error' }>): string {
  const found = revertData(data, 0);
  return found === undefined ? 'error' : `revert ${found}`;
}

/**
 * What all of them say that fail alike, each in its own words: what one alone says is left out, since programs act on it (OffchainLookup in data
 * is followed) and people read it.
 *
 * @param texts of errors, as they came
 * @param vote what they have in common
 * @param votes how many must say a code or a message for it to be passed on
 */
export function agreedError(texts: readonly string[], vote: string, votes: number): string {
  const errors = texts.map((text) => JSON.parse(text) as { code?: unknown; message?: unknown }); // each was read as an error
  const data = vote.startsWith('revert ') ? vote.slice('revert '.length) : undefined;
  const reverts = errors.filter(({ code, message }) => code === 3 || /revert/i.test(String(message)));
  const isRevert = data !== undefined || reverts.length >= votes;
  const code = mostSaid(
    errors.map((error) => error.code),
    votes,
  );
  const message = mostSaid(
    errors.map((error) => error.message),
    votes,
  );
  return JSON.stringify({
    code: code ?? (isRevert ? 3 : -32_000),
    message: message ?? (isRevert ? 'execution reverted' : 'Nodes refuse this alike, each in its own words.'),
    ...(data === undefined ? {} : { data }),
  });
}

/** What one node failed with, as text, without data that a client takes for what a contract says. */
export function withoutLookup(reply: Extract<Reply, { kind: 'error' }>): string {
  return voteOf(reply) === 'error' ? reply.error : agreedError([reply.error], 'error', 1);
}

function mostSaid(values: readonly unknown[], votes: number): unknown {
  return values.find((value) => values.filter((other) => other === value).length >= votes);
}

/** In lower case; undefined where there is none, which is also written as 0x. */
function revertData(data: unknown, depth: number): string | undefined {
  if (typeof data === 'string') return REVERT_DATA.exec(data)?.[1]?.toLowerCase();
  if (typeof data !== 'object' || data === null || depth >= MOST_DEPTH) return undefined;
  for (const inner of Object.values(data)) {
    const found = revertData(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
