import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';

/** How long what one side has said last may take to reach the other. @unit ms */
const LINGER_MS = 5_000;
/** After so much silence the system asks whether the other side is still there. @unit ms */
const KEEP_ALIVE_MS = 60_000;
/** The longest that a timer can wait. @unit ms */
const LONGEST_MS = 2_147_483_647;

/** Two connections joined: what one side says the other hears, as fast as it listens. */
export class Tunnel {
  readonly journey: number;
  readonly mode: number;
  private readonly sides: readonly [Duplex, Duplex];
  private readonly onEnded: (tunnel: Tunnel) => void;
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  /**
   * @param endsInMs when the session that opened it ends; undefined for none
   * @param onEnded called once, when both connections are closed
   */
  constructor(
    client: Duplex,
    server: Duplex,
    {
      journey,
      mode,
      endsInMs,
    }: { readonly journey: number; readonly mode: number; readonly endsInMs: number | undefined },
    onEnded: (tunnel: Tunnel) => void,
  ) {
    this.journey = journey;
    this.mode = mode;
    this.sides = [client, server];
    this.onEnded = onEnded;
    for (const side of this.sides) {
      if (side instanceof Socket) side.setKeepAlive(true, KEEP_ALIVE_MS).setTimeout(0);
      side.on('error', () => this.end());
      side.on('close', () => this.onClose());
    }
    if (endsInMs !== undefined) this.timer = setTimeout(() => this.end(), Math.min(endsInMs, LONGEST_MS));
    client.pipe(server);
    server.pipe(client);
  }

  /** At once. */
  end(): void {
    for (const side of this.sides) side.destroy();
  }

  /** One side has gone: the other is given what it said, for a while. */
  private onClose(): void {
    if (this.isOver) return;
    clearTimeout(this.timer);
    if (this.sides.every((side) => side.destroyed)) {
      this.isOver = true;
      this.onEnded(this);
      return;
    }
    this.timer = setTimeout(() => this.end(), LINGER_MS);
    for (const side of this.sides) if (!side.destroyed) side.end(() => side.destroy());
  }
}
