import { Duplex } from 'node:stream';

/** What may wait to be read on each side. @unit bytes */
const BUFFER = 65_536;

/** One end of a connection within this process: what is written on it is read on the other, no faster than it is read there. */
export class DuplexEnd extends Duplex {
  private other: DuplexEnd | undefined;
  /** What the other end has written is on its way until this one wants more. */
  private onWanted: (() => void) | undefined;

  constructor() {
    super({ readableHighWaterMark: BUFFER, writableHighWaterMark: BUFFER });
  }

  connect(other: DuplexEnd): void {
    this.other = other;
  }

  /** Ends it, and destroys it when everything has been handed over; as sockets do, for those who look for it. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    const { onWanted } = this;
    this.onWanted = undefined;
    onWanted?.();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.other === undefined || this.other.push(bytes)) done();
    else this.other.onWanted = done;
  }

  /** A head and its body go on as one, and into one packet. */
  override _writev(
    pieces: readonly { readonly chunk: Buffer; readonly encoding: BufferEncoding }[],
    done: () => void,
  ): void {
    this._write(Buffer.concat(pieces.map(({ chunk }) => chunk)), 'binary', done);
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error);
    const { other } = this;
    if (other === undefined) return;
    // What was ended is read to its end first; what was not is lost.
    if (!this.writableFinished || other.readableEnded) other.destroy();
    else other.once('end', () => other.destroy());
  }
}

export function duplexPair(): readonly [DuplexEnd, DuplexEnd] {
  const pair = [new DuplexEnd(), new DuplexEnd()] as const;
  pair[0].connect(pair[1]);
  pair[1].connect(pair[0]);
  return pair;
}
