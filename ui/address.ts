import { useEffect, useRef } from 'preact/hooks';
import type { ReportData } from '../src/reporters/html.ts';
import { hashToView, viewToHash } from './link.ts';
import type { Action, View } from './view.ts';

/** The address is written so often at most: browsers refuse to have it written at every frame. @unit ms */
const ADDRESS_PAUSE = 350;

/**
 * Keeps what is looked at in the address, at once, and while it goes on changing now and then; and follows the address when somebody
 * changes it.
 */
export function useAddress(view: View, data: ReportData, act: (action: Action) => void): void {
  const written = useRef(Number.NEGATIVE_INFINITY);
  /** The address as it was last written or followed: another one is about to be followed, and must not be written over. */
  const seen = useRef(location.hash);
  useEffect(() => {
    const follow = (): void => {
      seen.current = location.hash;
      act({ kind: 'open', view: hashToView(location.hash, data) });
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, [data, act]);
  useEffect(() => {
    const write = (): void => {
      const hash = viewToHash(view, data.view);
      if (location.hash !== seen.current || hash === location.hash.slice(1)) return;
      history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
      seen.current = location.hash;
      written.current = performance.now();
    };
    const pause = written.current + ADDRESS_PAUSE - performance.now();
    if (pause <= 0) {
      write();
      return;
    }
    const timer = setTimeout(write, pause);
    return () => clearTimeout(timer);
  }, [view, data]);
}
