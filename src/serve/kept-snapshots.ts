import type { Log } from '../telemetry/log.ts';
import { SnapshotFolder, type Snapshots } from './snapshots/index.ts';
import type { Time } from '../time.ts';

/** How often snapshots are written to disk. @unit ms */
const EVERY_MS = 60_000;

/** Answers that are kept over a restart, where there is a folder for them. */
export class KeptSnapshots {
  private readonly snapshots: Snapshots;
  private readonly folder: SnapshotFolder | undefined;
  private readonly time: Time;
  private readonly log: Log;
  private callOff: (() => void) | undefined;
  private isStopped = false;

  constructor(
    snapshots: Snapshots,
    folder: string | undefined,
    { time, log }: { readonly time: Time; readonly log: Log },
  ) {
    this.snapshots = snapshots;
    this.folder = folder === undefined ? undefined : new SnapshotFolder(folder);
    this.time = time;
    this.log = log;
  }

  async load(): Promise<void> {
    if (this.folder === undefined) return;
    const { taken, ignored } = await this.folder.load(this.snapshots);
    if (taken + ignored.length > 0) this.log.event('info', 'snapshots-loaded', { taken, ignored });
  }

  /** From now on they are written again and again. */
  start(): void {
    if (this.folder === undefined || this.isStopped) return;
    this.callOff = this.time.after(EVERY_MS, () => void this.save().then(() => this.start()));
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.callOff?.();
    await this.save();
  }

  private async save(): Promise<void> {
    try {
      await this.folder?.save(this.snapshots);
    } catch (error) {
      this.log.event('error', 'snapshots-not-kept', {
        error: error instanceof Error ? error : String(error),
      });
    }
  }
}
