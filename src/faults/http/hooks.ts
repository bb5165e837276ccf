import type { Random } from '../../random.ts';
import type { HttpAnswer, HttpHook, HttpOccasion, HttpRequest, ToxicInForce } from '../fault.ts';
import { matches } from '../settings/match.ts';

export interface Asked {
  /** Of the request, from 0, by proxy. */
  readonly number: number;
  readonly toxics: () => readonly ToxicInForce[];
  readonly signal: AbortSignal;
  readonly invite: () => void;
  /** Asks the upstream. */
  readonly ask: (request: HttpRequest) => Promise<HttpAnswer>;
}

/** Leads a request through those faults that strike it, in the order they were set, and then to the upstream. */
export function askThroughHooks(first: HttpRequest, asked: Asked): Promise<HttpAnswer> {
  const toxics = asked.toxics().filter(({ fault }) => fault.layer === 'http');
  const goOn = async (request: HttpRequest, from: number): Promise<HttpAnswer> => {
    for (const [place, toxic] of toxics.entries()) {
      if (place < from) continue;
      // One may have been removed while another held the request.
      if (!matches(toxic.settings.match, request) || !asked.toxics().includes(toxic)) continue;
      if (!toxic.strikes(asked.number)) continue;
      // What faults of HTTP make is this.
      const hook = toxic.hook as HttpHook;
      return hook.handle(request, (next) => goOn(next, place + 1), occasionOf(toxic, asked));
    }
    return asked.ask(request);
  };
  return goOn(first, 0);
}

/** A request that one toxic strikes. */
function occasionOf(toxic: ToxicInForce, { number, signal, invite }: Asked): HttpOccasion {
  let isTouched = false;
  let drawn: Random | undefined;
  return {
    number,
    signal,
    invite,
    random: () => {
      drawn ??= toxic.random(number);
      return drawn();
    },
    touch: () => {
      if (isTouched) return;
      isTouched = true;
      toxic.countChanged();
    },
  };
}
