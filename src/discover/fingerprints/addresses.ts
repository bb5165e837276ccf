/**
 * Whose published address ranges are whose. The text is that of `data/fingerprints/addresses.txt`: lines of `label family ranges…`, a range
 * as `gap+size` in base 36, the gap counted from the end of the range before it; lines that begin with a blank go on. IPv6 is counted in
 * networks of 64 bits. Ranges overlap nowhere.
 */
export class AddressRanges {
  readonly labels: readonly string[];
  private readonly four: Ranges<number>;
  private readonly six: Ranges<bigint>;

  /** @throws RangeError when the text is not of this form */
  constructor(text: string) {
    const lines = text
      .replaceAll(/\n[ \t]+/g, ' ')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(partsOf);
    this.labels = [...new Set(lines.map(({ label }) => label))];
    this.four = rangesOf(lines, '4', 0, number36, (a, b) => a + b);
    this.six = rangesOf(lines, '6', 0n, large36, (a, b) => a + b);
  }

  /** The label of the range that an address lies in; undefined where it lies in none, or is no address. */
  find(address: string): string | undefined {
    const four = fourOf(address);
    if (four !== undefined) return labelAt(this.four, four);
    const six = sixOf(address);
    return six === undefined ? undefined : labelAt(this.six, six);
  }
}

interface Line {
  readonly label: string;
  readonly family: string;
  readonly words: readonly string[];
}

function partsOf(line: string): Line {
  const [label = '', family = '', ...words] = line.split(' ');
  if (label === '' || (family !== '4' && family !== '6'))
    throw new RangeError(`Expected label, family and ranges, found ${line.slice(0, 40)}.`);
  return { label, family, words };
}

/** In the order of their addresses. */
type Ranges<N> = readonly { readonly start: N; readonly end: N; readonly label: string }[];

function rangesOf<N extends number | bigint>(
  lines: readonly Line[],
  wanted: string,
  zero: N,
  read: (text: string) => N,
  add: (a: N, b: N) => N,
): Ranges<N> {
  const all: { start: N; end: N; label: string }[] = [];
  for (const { label, family, words } of lines) {
    if (family !== wanted) continue;
    let end = zero;
    for (const word of words) {
      const [gap = '', size = '1'] = word.split('+');
      const start = add(end, read(gap));
      end = add(start, read(size));
      all.push({ start, end, label });
    }
  }
  return all.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}

function labelAt<N extends number | bigint>(ranges: Ranges<N>, address: N): string | undefined {
  let low = 0;
  let high = ranges.length;
  // The first range that begins after the address; the one before it may hold it.
  while (low < high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range !== undefined && range.start <= address) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low - 1];
  return range !== undefined && address < range.end ? range.label : undefined;
}

/** Up to ten digits, which are exact as a number. */
function number36(text: string): number {
  if (!/^[0-9a-z]{1,10}$/.test(text))
    throw new RangeError(`Expected a number in base 36, found ${text.slice(0, 20)}.`);
  return Number.parseInt(text, 36);
}

function large36(text: string): bigint {
  if (text.length <= 10) return BigInt(number36(text));
  const tail = text.slice(-10);
  return large36(text.slice(0, -10)) * 36n ** BigInt(tail.length) + BigInt(number36(tail));
}

function fourOf(address: string): number | undefined {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  if (octets === undefined || octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}

/** The first 64 bits. */
function sixOf(address: string): bigint | undefined {
  const text = address.toLowerCase().split('%')[0] ?? '';
  if (text.length > 45 || !/^[0-9a-f:.]+$/.test(text) || !text.includes(':')) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length - (text.includes('.') ? 1 : 0);
  const isWhole = halves.length === 2 ? missing >= 1 : missing === 0;
  if (!isWhole) return undefined;
  const groups = [...head, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => '0'), ...tail];
  let value = 0n;
  for (const group of groups.slice(0, 4)) {
    if (!/^[0-9a-f]{1,4}$/.test(group)) return undefined;
    value = value * 65_536n + BigInt(Number.parseInt(group, 16));
  }
  return value;
}
