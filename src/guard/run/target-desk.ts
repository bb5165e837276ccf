import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { makeFolders, type Disk } from '../../disk/index.ts';
import type { Time } from '../../time.ts';
import type { Contract } from '../contract.ts';
import { Target, type Install, type Placed, type Present } from '../deliver/targets.ts';
import { systemSays } from '../deliver/shown.ts';
import { installFile } from '../store/install.ts';
import type { GuardStore } from '../store/index.ts';

export interface TargetDeskOptions {
  readonly contract: Contract;
  readonly store: GuardStore;
  readonly disk: Disk;
  readonly time: Time;
}

/** What there is to say of a target besides what the rollout knows. */
export interface LastDone {
  readonly digest: string | null;
  readonly outcome: Placed['outcome'];
  readonly words: string;
}

/**
 * Places versions on targets. What a target had before its first candidate ever is kept aside (`before/`): it is the only thing to go back
 * to while no version was ever good.
 */
export class TargetDesk {
  readonly last = new Map<string, LastDone>();
  private readonly targets: ReadonlyMap<string, Target>;
  private readonly options: TargetDeskOptions;
  private readonly before: string;

  constructor(options: TargetDeskOptions) {
    const { contract, time, store } = options;
    this.options = options;
    this.before = join(store.folder, 'before');
    this.targets = new Map(
      contract.targets.map(({ name, file, reload, loaded }) => {
        const [program = '', ...args] = reload?.command ?? [];
        return [
          name,
          new Target({
            name,
            file,
            folder: contract.folder,
            time,
            ...(reload === undefined
              ? {}
              : { reload: { command: [program, ...args], timeoutMs: reload.timeMs } }),
            ...(loaded === undefined ? {} : { loaded: { ...loaded, url: new URL(loaded.url) } }),
          }),
        ];
      }),
    );
  }

  /**
   * @param id null: what is there is taken away
   * @param version of that version, where the file counts them
   * @param aside what stands there now and has to be kept; undefined: nothing has to be
   */
  async place(
    name: string,
    id: string | null,
    version: number | null,
    aside: string | undefined,
    signal: AbortSignal,
  ): Promise<Placed> {
    const target = this.targets.get(name);
    if (target === undefined)
      return { outcome: 'unreachable', words: 'the contract does not name it any more' };
    const install: Install = async (file) => {
      if (aside !== undefined) {
        const why = await this.keepAside(file, aside);
        if (why !== undefined) return { kind: 'unusable', why };
      }
      return id === null ? removeFile(file) : this.install(id, file);
    };
    const placed = await target.place(id === null ? null : { digest: id, version }, install, signal);
    if (placed.outcome !== 'superseded') this.last.set(name, { digest: id, ...placed });
    return placed;
  }

  async present(name: string, signal: AbortSignal): Promise<Present> {
    const target = this.targets.get(name);
    if (target === undefined) return { kind: 'unreachable', words: 'the contract does not name it' };
    return target.present(signal);
  }

  /** Whether the bytes of a version are on this disk, to be put back. */
  has(id: string): boolean {
    const { disk, store } = this.options;
    return disk.look(store.pathOf(id)) !== null || disk.look(this.asideOf(id)) !== null;
  }

  private install(id: string, file: string): ReturnType<Install> {
    const { disk, store } = this.options;
    if (disk.look(store.pathOf(id)) !== null) return store.install(id, file);
    return installFile(disk, this.asideOf(id), id, file);
  }

  /** @returns why it could not be */
  private async keepAside(file: string, digest: string): Promise<string | undefined> {
    const { disk } = this.options;
    try {
      if (disk.look(this.asideOf(digest)) !== null) return undefined;
      makeFolders(disk, this.before);
    } catch (error) {
      return `What is there cannot be kept aside: ${systemSays(error)}.`;
    }
    const kept = await installFile(disk, file, digest, this.asideOf(digest));
    return 'why' in kept ? `What is there cannot be kept aside. ${kept.why}` : undefined;
  }

  private asideOf(digest: string): string {
    return join(this.before, digest.replace(/^sha256:/, ''));
  }
}

async function removeFile(file: string): ReturnType<Install> {
  try {
    await rm(file, { force: true });
    return { kind: 'installed' };
  } catch (error) {
    return { kind: 'unusable', why: `${file} cannot be taken away: ${systemSays(error)}.` };
  }
}
