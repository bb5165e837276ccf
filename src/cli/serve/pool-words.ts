import type { PoolNodeStatus, TriedPool } from '../../serve/index.ts';

/** What there is to say of a pool of nodes that was tried, and whether all of it is good. */
export function poolWords({ status, proofs }: TriedPool): {
  readonly lines: string[];
  readonly isGood: boolean;
} {
  const { name, chain, verify, votes, head, trusted, nodes } = status;
  const members = nodes.filter(({ isMember }) => isMember).length;
  const how = [
    `chain ${chain}`,
    verify === 'none' ? 'nothing verified' : `verify: ${verify}`,
    ...(verify === 'quorum' ? [`${votes} of ${members} must agree`] : []),
    ...(trusted === null ? [] : [`headers of ${trusted.join(', ')}`]),
  ].join(', ');
  const said = nodes.map((node) => nodeWords(node, chain, proofs));
  const isGood = head !== null && said.every((one) => one.isGood);
  const stands =
    head === null
      ? 'could NOT be asked now: they agree on no block'
      : `could be asked now, at block ${head.number}`;
  return { lines: [`${name}: ${stands} (${how})`, ...said.map(({ words }) => `  ${words}`)], isGood };
}

function nodeWords(
  { name, state, chain, head, behind, isMember, latencyMs, lastFailure, lastDissent, socket }: PoolNodeStatus,
  expected: number,
  proofs: TriedPool['proofs'],
): { readonly words: string; readonly isGood: boolean } {
  const bad = (why: string) => ({ words: `${name}: ${why}`, isGood: false });
  if (state === 'of another chain') return bad(`is of chain ${chain}, expected ${expected}`);
  if (state === 'put aside') return bad(`contradicts the others: ${lastDissent?.why ?? ''}`);
  if (head === null) return bad(`does NOT say where it is: ${lastFailure?.why ?? 'no answer yet'}`);
  const said = [
    `block ${head.number}${behind !== null && behind > 0 ? `, ${behind} behind` : ''}`,
    ...(latencyMs === null ? [] : [`${latencyMs} ms`]),
    ...(isMember ? [] : ['only its headers are believed']),
    ...(proofs.has(name) && proofs.get(name) === undefined ? ['gives proofs'] : []),
    ...(socket === 'open' ? ['its WebSocket opens'] : []),
  ];
  const wrong = [
    ...(state === 'lagging' ? ['too far behind to be asked'] : []),
    ...(state === 'failing' || state === 'resting' ? [`fails: ${lastFailure?.why ?? state}`] : []),
    ...(proofs.get(name) === undefined ? [] : [`gives NO proofs: ${proofs.get(name)}`]),
    ...(socket === 'lost' ? ['its WebSocket does NOT open'] : []),
  ];
  return { words: `${name}: ${[...said, ...wrong].join(', ')}`, isGood: wrong.length === 0 };
}
