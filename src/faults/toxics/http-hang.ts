import { httpFault } from '../fault.ts';
import { dropAnswer } from '../http/bodies.ts';
import { Cut } from '../http/cut.ts';
import { Held } from '../http/held.ts';
import { MOST_MS } from './latency.ts';

export const httpHang = httpFault({
  type: 'http_hang',
  layer: 'http',
  summary:
    'Requests are taken and not answered; the connection is closed after a while, or when this is removed.',
  attributes: {
    timeout: { kind: 'number', unit: 'ms', default: 0, least: 0, most: MOST_MS, summary: '0: never closed.' },
    forward: {
      kind: 'boolean',
      default: false,
      summary:
        'The upstream is asked all the same: what was wanted is done, and the client does not hear of it.',
    },
  },
  make: ({ timeout, forward }, { time }) => {
    const held = new Held(time);
    return {
      async handle(request, next, { signal, touch }) {
        touch();
        if (forward) dropAnswer(await next(request));
        await held.wait(timeout === 0 ? Number.POSITIVE_INFINITY : timeout, signal);
        throw new Cut();
      },
      close: () => held.letAllGo(),
    };
  },
});
