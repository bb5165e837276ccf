/** Names and values by turns, in the order and case they were sent. */
export type RawHeaders = readonly string[];

/** The first value of a header. @param name in lower case */
export function headerOf(raw: RawHeaders, name: string): string | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i]?.toLowerCase() === name) return raw[i + 1];
  return undefined;
}

/** Whether one of the values, split by commas, is this word. @param name in lower case */
export function hasWord(raw: RawHeaders, name: string, word: string): boolean {
  for (let i = 0; i + 1 < raw.length; i += 2)
    if (raw[i]?.toLowerCase() === name)
      for (const one of (raw[i + 1] ?? '').split(',')) if (one.trim().toLowerCase() === word) return true;
  return false;
}

/** @param names in lower case */
export function withoutHeaders(raw: RawHeaders, ...names: readonly string[]): string[] {
  const left: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2)
    if (!names.includes((raw[i] ?? '').toLowerCase())) left.push(raw[i] ?? '', raw[i + 1] ?? '');
  return left;
}

/** Sets a header where it stands, or at the end; others of that name go. */
export function withHeader(raw: RawHeaders, name: string, value: string): string[] {
  const found: string[] = [];
  let isSet = false;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() !== name.toLowerCase()) found.push(raw[i] ?? '', raw[i + 1] ?? '');
    else if (!isSet) {
      found.push(raw[i] ?? '', value);
      isSet = true;
    }
  }
  return isSet ? found : [...found, name, value];
}

/** Whether a body comes in chunks. */
export function isChunked(raw: RawHeaders): boolean {
  return hasWord(raw, 'transfer-encoding', 'chunked');
}

/** Of a message whose body is so many bytes and no stream any more. */
export function framed(raw: RawHeaders, bytes: number): string[] {
  return withHeader(withoutHeaders(raw, 'transfer-encoding', 'trailer'), 'Content-Length', String(bytes));
}

/** Two by two, as Node takes trailers. */
export function pairsOf(raw: RawHeaders): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return pairs;
}
