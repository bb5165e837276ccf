import { systemClock } from '../clock.ts';
import type { Environment } from './command.ts';

/** One line on standard error, shown only on a terminal and only when something takes more than a second. */
export function progressLine({ progress, err }: Environment): {
  show: (share: number, what: string) => void;
  clear: () => void;
} {
  if (!progress) return { show: () => {}, clear: () => {} };
  const begin = systemClock();
  let last = 0;
  let shown = false;
  return {
    show(share, what) {
      const now = systemClock();
      if (now - begin < 1000 || now - last < 100) return;
      last = now;
      shown = true;
      err(`\r\u001b[K${Math.round(share * 100)} %  ${what}`, false);
    },
    clear() {
      if (shown) err('\r\u001b[K', false);
    },
  };
}
