/** Longest name that is made of a text; a number that tells it from others comes on top. */
const MOST_CHARACTERS = 100;

/**
 * Names for gates and events as the Open-PSA format wants them, `[A-Za-z_]\w*(-\w+)*`, no two alike even where an engine does
 * not tell capitals from small letters. What a text is given hangs only on it and on those before it.
 */
export class Names {
  /** By the name in small letters, how often it was asked for. */
  private readonly taken = new Map<string, number>();

  /** The text with what is not allowed made `_`; where that is taken, `-2`, `-3`, … is added. */
  take(text: string): string {
    const legal = legalName(text);
    const key = legal.toLowerCase();
    let count = (this.taken.get(key) ?? 0) + 1;
    let name = count === 1 ? legal : `${legal}-${count}`;
    while (count > 1 && this.taken.has(name.toLowerCase())) name = `${legal}-${++count}`;
    this.taken.set(key, count);
    if (count > 1) this.taken.set(name.toLowerCase(), 1);
    return name;
  }
}

/** `aws/ec2@us-east-1` → `aws_ec2_us-east-1`, `Börse 2` → `Borse_2`, `1inch` → `_1inch`. */
function legalName(text: string): string {
  const name = text
    .slice(0, 4 * MOST_CHARACTERS)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/-{2,}/g, '-')
    .slice(0, MOST_CHARACTERS)
    .replace(/^[_-]+|[_-]+$/g, '');
  return name === '' ? 'unnamed' : /^\d/.test(name) ? `_${name}` : name;
}
