import type { Duplex } from 'node:stream';
import type { Time } from '../../time.ts';
import type { StreamFault } from '../fault.ts';
import type { Toxic } from '../toxic.ts';
import { Queue } from './queue.ts';
import { Slot } from './slot.ts';

export interface LinkContext {
  readonly time: Time;
  /** Of the connection. */
  readonly number: number;
  readonly source: Duplex;
  readonly sink: Duplex;
  readonly countBytes: (bytes: number) => void;
  /** Closes both sides; what was written is sent first. */
  readonly cut: () => void;
  readonly reset: () => void;
}

/** What may wait to be written where no toxic stands. @unit bytes */
const BUFFER = 65_536;

/**
 * One direction of a connection: what comes from the source goes through a slot for each toxic that strikes it and into the sink. Slots
 * come and go while it flows; what each has taken goes on in its order. Nothing is read while what stands behind has no room.
 */
export class Link {
  private readonly context: LinkContext;
  private readonly slots: Slot[] = [];
  private readonly tail = new Queue(BUFFER);
  private isReading = false;
  private isWaiting = false;
  private isClosed = false;

  constructor(context: LinkContext) {
    this.context = context;
    this.tail.onItem = () => this.drain();
  }

  /** Begins to read: once the first toxics stand. */
  start(): void {
    const { source, sink, countBytes, time } = this.context;
    this.isReading = true;
    this.leadSource();
    sink.on('drain', () => {
      this.isWaiting = false;
      this.drain();
    });
    source.on('data', (bytes: Buffer) => {
      if (this.isClosed) return;
      countBytes(bytes.length);
      this.head.push({ bytes, at: time.now() });
      if (this.head.isFull) source.pause();
    });
    source.on('end', () => this.head.push('end'));
    // Where there was no end before it, it was reset or destroyed.
    source.on('close', () => this.head.push('cut'));
  }

  /** @param place how many of the toxics in its way stand before it */
  insert(toxic: Toxic, fault: StreamFault, place: number): void {
    if (this.isClosed) return;
    const output = this.slots[place]?.input ?? this.tail;
    const slot = new Slot(toxic, fault, output, this.context);
    this.slots.splice(place, 0, slot);
    this.leadBefore(place, slot.input);
  }

  /** Toxics in its way, in their order. */
  get toxics(): readonly Toxic[] {
    return this.slots.map(({ toxic }) => toxic);
  }

  change(toxic: Toxic): void {
    this.slots.find((slot) => slot.toxic === toxic)?.restart();
  }

  remove(toxic: Toxic): void {
    const slot = this.slots.find((one) => one.toxic === toxic);
    slot?.stop((output, isCut) => {
      const place = this.slots.indexOf(slot);
      this.slots.splice(place, 1);
      this.leadBefore(place, output);
      if (isCut) this.context.cut();
    });
  }

  /** The connection is gone, or about to be: nothing is read or written any more. */
  close(): void {
    this.isClosed = true;
    for (const slot of this.slots) slot.close();
  }

  private get head(): Queue {
    return this.slots[0]?.input ?? this.tail;
  }

  /** What stands before a place writes to this queue. */
  private leadBefore(place: number, queue: Queue): void {
    const before = this.slots[place - 1];
    if (before === undefined) this.leadSource();
    else before.leadTo(queue);
  }

  private leadSource(): void {
    const { head } = this;
    head.onRoom = () => this.context.source.resume();
    if (this.isReading && !head.isFull) this.context.source.resume();
  }

  private drain(): void {
    const { sink, cut } = this.context;
    while (!this.isWaiting && !this.isClosed) {
      const item = this.tail.shift();
      if (item === undefined) return;
      if (item === 'cut') cut();
      else if (item === 'end') sink.end();
      // Nobody is there to have it; what it came from is cut when its own direction has ended.
      else if (sink.writable) this.isWaiting = !sink.write(item.bytes);
    }
  }
}
