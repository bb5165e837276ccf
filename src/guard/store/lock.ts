import { execFileSync } from 'node:child_process';
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeelsonError } from '../../errors.ts';

/* Who has a folder. Files `lock-N` are only ever made whole (a link to a file that is written) and only where there is none of that name;
   who has the highest N has the folder for as long as that process lives, so nothing has to be removed for another to take it.
   It holds between processes that see each other: not over machines, and not over containers with process ids of their own. */

export interface Lock {
  release(): void;
}

/** Takes the folder, or says who has it. @throws KeelsonError `guard-running`, and what the disk does */
export function lockFolder(folder: string): Lock {
  for (;;) {
    const before = newest(folder);
    const holder = before === 0 ? undefined : holderOf(folder, before);
    if (holder !== undefined)
      throw new KeelsonError(
        'guard-running',
        `Expected ${folder} to be free, found that process ${holder} has it.`,
        { hint: `Stop that guard first (kill ${holder}), or name another folder: --state DIR` },
      );
    const mine = before + 1;
    if (!claim(folder, mine)) continue;
    // Who had listed the folder long ago may have taken a number that was used up since.
    if (newest(folder) > mine) {
      rmSync(join(folder, `lock-${mine}`), { force: true });
      continue;
    }
    for (const old of numbers(folder)) if (old < mine) rmSync(join(folder, `lock-${old}`), { force: true });
    // Emptied and not removed: numbers only grow.
    return { release: () => writeFileSync(join(folder, `lock-${mine}`), '') };
  }
}

function numbers(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => (/^lock-\d{1,15}$/.test(name) ? [Number(name.slice(5))] : []));
}

function newest(folder: string): number {
  return Math.max(0, ...numbers(folder));
}

function claim(folder: string, number: number): boolean {
  const mine = join(folder, `lock.${process.pid}`);
  writeFileSync(mine, `${process.pid} ${startOf(process.pid) ?? ''}`, { mode: 0o600 });
  try {
    linkSync(mine, join(folder, `lock-${number}`));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** @returns its process, where that still runs */
function holderOf(folder: string, number: number): number | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, `lock-${number}`), 'utf8');
  } catch {
    return undefined;
  }
  const [, id, start] = /^(\d+) (.+)$/s.exec(text) ?? [];
  const pid = Number(id);
  return start !== undefined && startOf(pid) === start ? pid : undefined;
}

/** When a process was started, in the system’s words; undefined when it does not run. Ids are used again, and after a reboot from the start. */
function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return startByPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Its name, in brackets, may have spaces and brackets of its own.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    // One that is dead and was not asked about yet.
    return state === 'Z' || state === 'X' ? undefined : `${rest[18]} ${boot}`;
  } catch {
    return undefined;
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { LC_ALL: 'C' },
    });
    return text.trim() || undefined;
  } catch {
    return undefined;
  }
}
