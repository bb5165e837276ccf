/** How much may wait in a stream, so that many lines at once are not lost. @unit characters */
const MOST_WAITING = 1_048_576;

/** As much of a stream as a log needs; the output of the process is one. */
export interface LogStream {
  /** What waits in it. */
  readonly writableLength: number;
  /** @returns false when something waits in it; it says `drain` once nothing does */
  write(line: string): boolean;
  on(event: 'drain', heard: () => void): unknown;
  on(event: 'error' | 'close', heard: () => void): unknown;
}

/** Writes lines, one call each. While more than a mebibyte waits in the stream, or once it is gone, lines are dropped and counted: nobody waits for a log. */
export class LineWriter {
  dropped = 0;
  private readonly to: LogStream;
  private readonly wordsOf: (dropped: number) => string;
  private isBehind = false;
  private isGone = false;
  private reported = 0;

  /** @param wordsOf the line that says, once there is room again, how many were dropped */
  constructor(to: LogStream, wordsOf: (dropped: number) => string) {
    this.to = to;
    this.wordsOf = wordsOf;
    to.on('drain', () => this.resume());
    const end = (): void => {
      this.isGone = true;
    };
    to.on('error', end);
    to.on('close', end);
  }

  write(line: string): void {
    if (this.isBehind || this.isGone) this.dropped++;
    else this.isBehind = !this.to.write(line) && this.to.writableLength > MOST_WAITING;
  }

  private resume(): void {
    this.isBehind = false;
    const dropped = this.dropped - this.reported;
    if (dropped === 0 || this.isGone) return;
    this.reported = this.dropped;
    this.write(this.wordsOf(dropped));
  }
}
