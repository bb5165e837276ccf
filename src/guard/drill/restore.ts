import type { Disk } from '../../disk/index.ts';
import { askStatus } from '../run/index.ts';
import { Puts } from './puts.ts';
import { RunningGuard } from './running.ts';

/**
 * Puts back what an earlier drill has left: the good file at the source, and in the guard what it tries of the drill, also where it does not
 * run now.
 *
 * @returns undefined: nothing was left; else whether the good file is at the source
 * @throws KeelsonError `drill-journal`, `drill-unwritable`
 */
export async function restoreLeft(
  disk: Disk,
  state: string,
  name: string,
): Promise<{ readonly isBack: boolean; readonly file: string } | undefined> {
  const puts = Puts.left(disk, state, name);
  if (puts === undefined) return undefined;
  const isBack = await puts.takeBack();
  const { guards } = await askStatus(disk, state, [name]);
  for (const status of guards) new RunningGuard(disk, state, name).takeBack(puts, status);
  puts.end();
  return { isBack, file: puts.file };
}
