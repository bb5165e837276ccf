/** What this process holds. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** What is still held once all that nobody holds was let go of. @unit bytes */
export function heldBytes(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void; // there by that flag
  }
  collect();
  return process.memoryUsage().heapUsed;
}

/** A text as it comes over a wire: one of its own, of which a slice would keep the whole. */
export function asCame(text: string): string {
  return Buffer.from(text).toString();
}
