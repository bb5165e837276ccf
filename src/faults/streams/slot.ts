import type { Time } from '../../time.ts';
import type { Flow, Piece, Stage, StreamFault } from '../fault.ts';
import type { Toxic } from '../toxic.ts';
import { Queue } from './queue.ts';

export interface SlotContext {
  readonly time: Time;
  /** Of the connection. */
  readonly number: number;
  readonly reset: () => void;
}

/** @unit bytes */
const DEFAULT_BUFFER = 65_536;

/** The place of one toxic on one direction of one connection: it runs the stage between two queues. */
export class Slot implements Flow {
  readonly toxic: Toxic;
  readonly input: Queue;
  private readonly context: SlotContext;
  private readonly stage: Stage<Readonly<Record<string, unknown>>>;
  private output: Queue;
  private order: 'go' | 'restart' | 'leave' | 'gone' = 'go';
  private hasEnded = false;
  private isCutting = false;
  private isTouched = false;
  private wake: (() => void) | undefined;
  private leave: (() => void) | undefined;

  constructor(toxic: Toxic, fault: StreamFault, output: Queue, context: SlotContext) {
    this.toxic = toxic;
    this.context = context;
    this.input = new Queue(fault.bufferBytes ?? DEFAULT_BUFFER);
    this.input.onItem = () => this.rouse();
    this.output = output;
    this.output.onRoom = () => this.rouse();
    this.stage = fault.make({ time: context.time, random: toxic.random(context.number) });
    void this.run();
  }

  /** Writes elsewhere from now on. */
  leadTo(output: Queue): void {
    this.output = output;
    output.onRoom = () => this.rouse();
    this.rouse();
  }

  /** With the toxic's new values. */
  restart(): void {
    this.give('restart');
  }

  /**
   * Takes it out.
   *
   * @param onLeft called when it has handed on what it held, in the same step, so that nothing comes in between: where what is before it is
   * to write from now on, and whether the connection is to be cut
   */
  stop(onLeft: (output: Queue, isCut: boolean) => void): void {
    if (this.hasEnded || this.order === 'gone') {
      onLeft(this.output, false);
      return;
    }
    this.leave = () => onLeft(this.output, this.stage.onRemoval === 'cut' && !this.hasEnded);
    this.give('leave');
  }

  /** The connection is gone. */
  close(): void {
    this.give('gone');
  }

  async read(): Promise<Piece | 'end' | 'stop'> {
    while (this.order === 'go') {
      const item = this.input.shift();
      if (item === 'cut') this.isCutting = true;
      if (item !== undefined) return item === 'cut' ? 'end' : item;
      await this.roused();
    }
    return 'stop';
  }

  async write(piece: Piece): Promise<void> {
    if (this.order === 'gone') return;
    this.output.push(piece);
    while (this.order === 'go' && this.output.isFull) await this.roused();
  }

  async sleep(ms: number): Promise<boolean> {
    let isOver = ms <= 0;
    const off = isOver
      ? undefined
      : this.context.time.after(ms, () => {
          isOver = true;
          this.rouse();
        });
    while (this.order === 'go' && !isOver) await this.roused();
    off?.();
    return this.order === 'go';
  }

  end(): void {
    if (this.hasEnded || this.order === 'gone') return;
    this.hasEnded = true;
    this.output.push(this.isCutting ? 'cut' : 'end');
    this.input.onItem = () => this.passCut();
    this.passCut();
  }

  cut(): void {
    this.isCutting = true;
    this.end();
  }

  reset(): void {
    this.hasEnded = true;
    this.context.reset();
  }

  touch(): void {
    if (this.isTouched) return;
    this.isTouched = true;
    this.toxic.countChanged();
  }

  private async run(): Promise<void> {
    for (;;) {
      await this.stage.pipe(this, this.toxic.settings.attributes);
      if (this.order !== 'restart' || this.hasEnded) break;
      this.order = 'go';
    }
    if (this.order !== 'leave') return;
    if (!this.hasEnded) this.handOver();
    this.leave?.();
  }

  /** What it has not read goes on as it is. */
  private handOver(): void {
    for (let item = this.input.shift(); item !== undefined; item = this.input.shift()) this.output.push(item);
  }

  /** After the end nothing goes on but that the sender is gone. */
  private passCut(): void {
    for (let item = this.input.shift(); item !== undefined; item = this.input.shift())
      if (item === 'cut') this.output.push(item);
  }

  private give(order: 'restart' | 'leave' | 'gone'): void {
    if (this.order === 'gone' || (this.order === 'leave' && order === 'restart')) return;
    this.order = order;
    this.rouse();
  }

  private rouse(): void {
    const { wake } = this;
    this.wake = undefined;
    wake?.();
  }

  /** A stage waits for one thing at a time, and looks again whenever anything has happened. */
  private roused(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
