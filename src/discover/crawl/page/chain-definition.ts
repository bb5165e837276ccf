/** Longest part of a chain's definition that is looked back over. @unit characters */
export const MOST_IN_DEFINITION = 3_000;

/**
 * Whether a place in a script lies in the `rpcUrls` or the `blockExplorers` of a chain's definition, as viem, wagmi and wallets (EIP-3085) write them:
 * `rpcUrls: {default: {http: ['https://…']}}`. Libraries carry hundreds of these, so what stands there is no sign that it is called.
 */
export function isInChainDefinition(text: string, at: number): boolean {
  const near = text.slice(Math.max(0, at - MOST_IN_DEFINITION), at);
  for (const key of ['rpcUrls', 'blockExplorers', 'blockExplorerUrls']) {
    const begins = near.lastIndexOf(key);
    if (begins < 0) continue;
    const value = BEGUN.exec(near.slice(begins + key.length));
    if (value !== null && isOpen(near, begins + key.length + value[0].length)) return true;
  }
  return false;
}

/** A value behind its key that is an object or a list. */
const BEGUN = /^["']?\s*:\s*[[{]/;

/** Whether what was opened before a place is not closed until the end; brackets in texts are none. */
function isOpen(text: string, from: number): boolean {
  let depth = 1;
  let quote = '';
  for (let i = from; i < text.length; i++) {
    const sign = text[i] ?? '';
    if (quote !== '') {
      if (sign === '\\') i++;
      else if (sign === quote) quote = '';
    } else if (sign === '"' || sign === "'" || sign === '`') quote = sign;
    else if (sign === '{' || sign === '[') depth++;
    else if ((sign === '}' || sign === ']') && --depth === 0) return false;
  }
  return true;
}
