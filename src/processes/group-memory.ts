import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What processes of a group take of memory, as /proc says. */
export class GroupMemory {
  private readonly group: number;
  private readonly self: string;
  /** Processes of other sessions: they never come into a group of ours. Forgotten as soon as they are gone. */
  private strangers = new Set<string>();

  /** @param group whose session is its own: its leader was started with one */
  constructor(group: number) {
    this.group = group;
    this.self = String(process.pid);
  }

  /** Whether this system tells. */
  static get isTold(): boolean {
    return existsSync('/proc/self/stat') && existsSync('/proc/self/status');
  }

  /**
   * What all of them take now, or the most that one of them ever took, whichever is more: a peak between two looks is seen while its process
   * lives. Pages that several share count for each.
   *
   * @unit bytes
   */
  read(): number {
    let now = 0;
    let peak = 0;
    const strangers = new Set<string>();
    for (const pid of readdirSync('/proc')) {
      if (!/^\d/.test(pid) || pid === this.self) continue;
      if (this.strangers.has(pid)) {
        strangers.add(pid);
        continue;
      }
      const stat = read(`/proc/${pid}/stat`);
      // Behind the name, which may hold anything: state, parent, group, session.
      const [, , group, session] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
      if (Number(group) === this.group) {
        const status = read(`/proc/${pid}/status`) ?? '';
        now += kilobytes(status, 'VmRSS') * 1024;
        peak = Math.max(peak, kilobytes(status, 'VmHWM') * 1024);
      } else if (Number(session) !== this.group) strangers.add(pid);
    }
    this.strangers = strangers;
    return Math.max(now, peak);
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

function kilobytes(status: string, key: string): number {
  const at = status.indexOf(`${key}:`);
  return at < 0 ? 0 : Number.parseInt(status.slice(at + key.length + 1), 10);
}
