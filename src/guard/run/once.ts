import type { Time } from '../../time.ts';
import type { Guard } from './guard.ts';
import { shortDigest, type GuardStatus } from './status.ts';

/** How one look, and the rollout that followed from it, has ended. */
export interface OnceEnd {
  readonly kind: /** What the source offers is on every target. */
    | 'live'
    /** The check, the readers or a person said no, or it could not be begun: it is not live. */
    | 'not-live'
    /** The source could not be had. */
    | 'gone';
  readonly words: string;
}

/** @param withinMs how long it is waited for a rollout to end. @unit ms */
export function runOnce(guard: Guard, time: Time, withinMs: number): Promise<OnceEnd> {
  const until = time.now() + withinMs;
  return new Promise((resolve, reject) => {
    let hasLooked = false;
    const finish = (end: OnceEnd): void => {
      endWatch();
      callOff();
      resolve(end);
    };
    const consider = (): void => {
      const end = hasLooked ? endOf(guard.status()) : undefined;
      if (end !== undefined) finish(end);
    };
    const endWatch = guard.onChange(consider);
    const callOff = time.after(withinMs, () => finish(notLive(`${guard.status().words} The time is up.`)));
    const look = async (): Promise<void> => {
      const kind = await guard.look();
      if (kind === 'unsettled' && time.now() < until) {
        time.after(AGAIN_MS, () => void look().catch(reject));
        return;
      }
      const { source } = guard.status();
      if (kind === 'gone' || kind === 'unsettled')
        return finish({ kind: 'gone', words: `${source.where}: ${source.words}` });
      if (kind === 'too-large') return finish(notLive(source.words));
      hasLooked = true;
      consider();
    };
    look().catch(reject);
  });
}

const AGAIN_MS = 100;

const notLive = (words: string): OnceEnd => ({ kind: 'not-live', words });

/** Undefined while it has not ended. */
function endOf(status: GuardStatus): OnceEnd | undefined {
  const { offered, good, candidate, targets, frozen, refused } = status;
  const busy = targets.some(({ state }) => state === 'placing' || state === 'unseen');
  if (offered === null || busy) return undefined;
  const which = shortDigest(offered.digest);
  if (!offered.accepted) {
    const [first] = offered.violations;
    return notLive(`${which} is refused: ${first === undefined ? offered.words : first.message}`);
  }
  const refusal = refused.find(({ digest }) => digest === offered.digest);
  if (refusal !== undefined) return notLive(`${which} is refused: ${refusal.why}`);
  if (good?.digest === offered.digest) {
    const others = targets.filter(({ state }) => state !== 'good');
    if (others.length === 0)
      return {
        kind: 'live',
        words: `${which} is live on ${targets.length} ${targets.length === 1 ? 'target' : 'targets'}.`,
      };
    const names = others.map(({ name, words }) => `${name} (${words})`).join(', ');
    return notLive(`${which} is good, and not live on ${names}.`);
  }
  if (frozen !== null) return notLive(`${which} is not begun: ${frozen.why}`);
  return candidate === null ? notLive(`${which} is not live.`) : undefined;
}
