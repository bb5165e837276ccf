import type { HeaderFields } from '../snapshots/index.ts';

/** An answer as it is passed on, kept on the side as long as it is not too large. */
export class Recording {
  readonly status: number;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  private readonly pieces: Buffer[] = [];
  private readonly most: number;
  private bytes = 0;

  /** @param most of its body. @unit bytes */
  constructor(status: number, headers: readonly string[], most: number) {
    this.status = status;
    this.headers = [...headers];
    this.most = most;
  }

  readonly take = (piece: Buffer): void => {
    this.bytes += piece.length;
    if (this.bytes <= this.most) this.pieces.push(piece);
    else this.pieces.length = 0;
  };

  /** Undefined when it was too large. */
  get body(): Buffer | undefined {
    return this.bytes <= this.most ? Buffer.concat(this.pieces) : undefined;
  }

  /** Whether a server says that it has not done it, and that it may be sent again (RFC 9110, section 10.2.3; RFC 6585, section 4). */
  get asksToComeAgain(): boolean {
    if (this.status !== 429 && this.status !== 503) return false;
    return this.headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'retry-after');
  }
}

/** Headers by their names, in lower case; those that stand several times as a list. @param headers names and values in turn */
export function fieldsOf(headers: readonly string[]): HeaderFields {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase() ?? '';
    const value = headers[i + 1] ?? '';
    const before = fields[name];
    fields[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return fields;
}
