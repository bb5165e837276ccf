import { useEffect, useState } from 'preact/hooks';
import { STATUS_SCHEMA, type Status } from '../../src/serve/seeing/status.ts';

/** All is sent again after 15 s at most: who hears nothing for longer has lost it. @unit ms */
const LOST_AFTER_MS = 40_000;
/** A browser asks again by itself, unless it was refused. @unit ms */
const AGAIN_MS = 3000;

export interface Live {
  /** The last that was heard; undefined before the first. */
  readonly status: Status | undefined;
  /** The one before: what has changed is said. */
  readonly before: Status | undefined;
  readonly connection: 'connecting' | 'live' | 'lost';
  /** How old `status` is. @unit ms */
  readonly ageMs: number;
  /** Now, by the clock of what is looked at: the reader's own may be wrong. @unit ms since 1970 */
  readonly now: number;
  /** What was sent is of another version than this page knows. */
  readonly isStrange: boolean;
}

interface Heard {
  readonly status: Status;
  readonly before: Status | undefined;
  /** By this page's monotonic clock. @unit ms */
  readonly at: number;
}

/** How all stands, as it is told, and how old that is. */
export function useLive(address: string): Live {
  const [heard, setHeard] = useState<Heard>();
  const [isLost, setLost] = useState(false);
  const [isStrange, setStrange] = useState(false);
  const [tick, setTick] = useState(performance.now());

  useEffect(() => {
    const timer = setInterval(() => setTick(performance.now()), 1000);
    return () => clearInterval(timer);
  }, []);

  useEffect(
    () =>
      follow(address, {
        hear(status) {
          const at = performance.now();
          setHeard((last) => ({ status, before: last?.status, at }));
          setTick(at);
          setLost(false);
          setStrange(false);
        },
        lose: () => setLost(true),
        doubt: () => setStrange(true),
      }),
    [address],
  );

  const ageMs = heard === undefined ? 0 : Math.max(0, tick - heard.at);
  const connection = isLost || ageMs > LOST_AFTER_MS ? 'lost' : heard === undefined ? 'connecting' : 'live';
  return {
    status: heard?.status,
    before: heard?.before,
    connection,
    ageMs,
    now: heard === undefined ? 0 : Date.parse(heard.status.now) + ageMs,
    isStrange,
  };
}

interface Listener {
  readonly hear: (status: Status) => void;
  readonly lose: () => void;
  readonly doubt: () => void;
}

/** @returns what ends it */
function follow(address: string, { hear, lose, doubt }: Listener): () => void {
  let again: ReturnType<typeof setTimeout> | undefined;
  let events: EventSource;
  const open = (): void => {
    events = new EventSource(address);
    events.addEventListener('status', ({ data }: MessageEvent<string>) => {
      const status = read(data);
      if (status === undefined) doubt();
      else hear(status);
    });
    events.addEventListener('error', () => {
      lose();
      if (events.readyState !== EventSource.CLOSED) return;
      clearTimeout(again);
      again = setTimeout(open, AGAIN_MS);
    });
  };
  open();
  return () => {
    clearTimeout(again);
    events.close();
  };
}

function read(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isKnown =
      typeof value === 'object' && value !== null && 'schema' in value && value.schema === STATUS_SCHEMA;
    // The schema says what it has, and only ever gains fields: pools are one that a gateway of before has not.
    return isKnown ? { ...(value as Status), pools: (value as Partial<Status>).pools ?? [] } : undefined;
  } catch {
    return undefined;
  }
}
