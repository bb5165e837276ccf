import { watch } from 'node:fs';

/** Calls when something in a folder may have changed. Where that cannot be watched it never does: polling finds it. */
export function watchHint(folder: string, hint: () => void): () => void {
  try {
    const watcher = watch(folder, { persistent: false }, () => hint());
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}
