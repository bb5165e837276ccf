import { realpathSync, unwatchFile, watch, watchFile, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { digestOf, readText, type ReadLimits, type ReadResult } from '../document/load.ts';

/** An editor may write a file in several steps: they are looked at together. @unit ms */
const SETTLE = 100;
/** How often files are looked at where the system does not tell: in a folder that was made anew, on a network. @unit ms */
const LOOK = 2000;

export interface WatchedFiles {
  /**
   * What one of the files holds now. From here on that is what it changes from: who reads a moment after being told may find what
   * was written since, and is told again when the file goes back to what it was.
   */
  read(file: string): ReadResult;
  end(): void;
}

/**
 * Watches files until it is ended. Folders are watched rather than files, since editors write another file and give it the name; what
 * counts is what a file holds, so that touching it is no change.
 *
 * @param onChange is told the places of those that changed
 */
export function watchFiles(
  files: readonly string[],
  limits: ReadLimits,
  onChange: (changed: readonly number[]) => void,
): WatchedFiles {
  let known = files.map((file) => contentOf(readText(file, limits)));
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    timer = undefined;
    const now = files.map((file) => contentOf(readText(file, limits)));
    const changed = [...files.keys()].filter((i) => now[i] !== known[i]);
    known = now;
    if (changed.length > 0) onChange(changed);
  };
  const soon = (): void => {
    timer ??= setTimeout(look, SETTLE);
  };
  const watchers = foldersOf(files).flatMap((folder) => watchFolder(folder, soon));
  for (const file of files) watchFile(file, { interval: LOOK }, soon);
  return {
    read(file) {
      const read = readText(file, limits);
      known = known.map((content, i) => (files[i] === file ? contentOf(read) : content));
      return read;
    },
    end() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      for (const file of files) unwatchFile(file, soon);
    },
  };
}

/** What tells one content from another; also one reason why there is none. */
function contentOf(read: ReadResult): string {
  return read.text === undefined ? read.problem.message : digestOf(read.text);
}

/** Where the files are, and where links lead. */
function foldersOf(files: readonly string[]): string[] {
  return [...new Set(files.flatMap((file) => [dirname(file), dirname(targetOf(file))]))];
}

function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** None where the system cannot: then what looks every now and then has to do. */
function watchFolder(folder: string, onEvent: () => void): FSWatcher[] {
  try {
    return [watch(folder, onEvent).on('error', () => {})];
  } catch {
    return [];
  }
}
