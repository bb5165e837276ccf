import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { makeFolders, replaceWhole, systemDisk, type Disk } from '../../disk/index.ts';
import { Log } from '../../telemetry/log.ts';
import type { LogStream } from '../../telemetry/log-stream.ts';
import { systemTime, type Time } from '../../time.ts';
import type { Contract } from '../contract.ts';
import { startGuardAdmin, type GuardAdmin } from './admin.ts';
import { Guard } from './guard.ts';
import type { Check } from './intake.ts';
import { guardMeasures, type GuardMeasures } from './measures.ts';
import { runOnce, type OnceEnd } from './once.ts';
import type { GuardsStatus } from './status.ts';

export interface GuardsOptions {
  readonly contracts: readonly Contract[];
  /** The folder of all guards. */
  readonly state: string;
  readonly log: LogStream;
  readonly disk?: Disk;
  readonly time?: Time;
  /** @unit ms since 1970 */
  readonly wallNow?: () => number;
  readonly check?: Check;
}

/** What a file beside a guard's state says of where it can be asked. */
export const ADMIN_FILE = 'admin.json';

/** Guards of one process, one a contract, that are asked at one place. */
export class Guards {
  private readonly guards: readonly Guard[];
  private readonly measures: GuardMeasures;
  private readonly time: Time;
  private readonly wallNow: () => number;
  private readonly disk: Disk;
  private admin: GuardAdmin | undefined;

  /** @throws KeelsonError `guard-running`, `state-unusable` */
  constructor(options: GuardsOptions) {
    const { contracts, state, disk = systemDisk, time = systemTime(), wallNow = Date.now } = options;
    this.disk = disk;
    this.time = time;
    this.wallNow = wallNow;
    this.measures = guardMeasures(() => this.guards.map((guard) => guard.status()), wallNow);
    const log = new Log({ to: options.log, now: wallNow });
    const opened: Guard[] = [];
    this.guards = opened;
    try {
      for (const contract of contracts)
        opened.push(
          new Guard({
            contract,
            state,
            log,
            disk,
            time,
            wallNow,
            ...(options.check === undefined ? {} : { check: options.check }),
            onCount: (what) => this.measures.count(contract.name, what),
          }),
        );
    } catch (error) {
      for (const guard of opened) guard.store.close();
      throw error;
    }
  }

  /** @returns the address at which it is asked. @throws KeelsonError `admin-unusable`, `admin-token-short` */
  async listen(host: string, port: number, token: string | undefined): Promise<string> {
    this.admin = await startGuardAdmin({
      host,
      port,
      token,
      status: () => this.status(),
      metrics: (accept) => this.measures.text(accept),
    });
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${this.admin.port}`;
    for (const { store } of this.guards)
      try {
        makeFolders(this.disk, store.folder);
        replaceWhole(this.disk, join(store.folder, ADMIN_FILE), `${JSON.stringify({ url })}\n`);
      } catch {
        // Who asks then reads the folder.
      }
    return url;
  }

  async start(): Promise<void> {
    await Promise.all(this.guards.map((guard) => guard.start()));
  }

  /** One look at each source, and one rollout of each to its end. */
  async once(withinMs: number): Promise<readonly { readonly name: string; readonly end: OnceEnd }[]> {
    await Promise.all(this.guards.map((guard) => guard.start(false)));
    return Promise.all(
      this.guards.map(async (guard) => ({
        name: guard.contract.name,
        end: await runOnce(guard, this.time, withinMs),
      })),
    );
  }

  async stop(): Promise<void> {
    await this.admin?.close();
    await Promise.all(this.guards.map((guard) => guard.stop()));
    if (this.admin !== undefined)
      for (const { store } of this.guards) rmSync(join(store.folder, ADMIN_FILE), { force: true });
  }

  status(): GuardsStatus {
    return {
      schema: 'keelson.guard-status/1',
      at: new Date(this.wallNow()).toISOString(),
      isRunning: true,
      guards: this.guards.map((guard) => guard.status()),
    };
  }
}
