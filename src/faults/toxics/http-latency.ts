import { httpFault } from '../fault.ts';
import { Held } from '../http/held.ts';
import { MOST_MS } from './latency.ts';

export const httpLatency = httpFault({
  type: 'http_latency',
  layer: 'http',
  summary:
    'Answers begin later, by latency ± jitter; on the stream upstream it is the upstream that is asked later.',
  attributes: {
    latency: { kind: 'number', unit: 'ms', default: 0, least: 0, most: MOST_MS, summary: 'How much later.' },
    jitter: {
      kind: 'number',
      unit: 'ms',
      default: 0,
      least: 0,
      most: MOST_MS,
      summary: 'At most so much more or less, drawn for each request.',
    },
  },
  make: ({ latency, jitter }, { time, stream }) => {
    const held = new Held(time);
    return {
      async handle(request, next, { random, signal, touch }) {
        const delayMs = latency + (2 * random() - 1) * jitter;
        if (delayMs <= 0) return next(request);
        touch();
        if (stream === 'upstream') {
          await held.wait(delayMs, signal);
          return next(request);
        }
        const answer = await next(request);
        await held.wait(delayMs, signal);
        return answer;
      },
      close: () => held.letAllGo(),
    };
  },
});
