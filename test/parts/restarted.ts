import type { Progress } from '../../src/control/index.ts';
import type { Model } from '../../src/model/index.ts';
import type { Live } from '../../src/serve/live.ts';
import { keptOf, progressIn } from '../../src/serve/remembered.ts';

/** What is known of a loop after its process has ended and begun again. */
export function progressAfter(live: Live, model: Model): Progress {
  const conducted = new Set(model.services.keys());
  return progressIn(
    model,
    keptOf({ model, live, upstreams: [], sessions: [], epochs: new Map(), conducted }),
  );
}
