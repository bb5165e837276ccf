import { httpFault } from '../fault.ts';
import { dropAnswer } from '../http/bodies.ts';
import { headerMistakes } from '../http/header-mistakes.ts';

export const httpStatus = httpFault({
  type: 'http_status',
  layer: 'http',
  summary: 'Requests are answered with a status, and the upstream does not hear of them.',
  attributes: {
    status: { kind: 'number', least: 200, most: 599, summary: 'Such as 503, 429 or 521.' },
    body: { kind: 'text', default: '', longest: 100_000, summary: 'What the answer holds.' },
    headers: {
      kind: 'texts',
      default: {},
      mostEntries: 50,
      longest: 2000,
      summary: 'What the answer has besides its length, such as Retry-After.',
    },
    forward: {
      kind: 'boolean',
      default: false,
      summary:
        'The upstream is asked all the same: what was wanted is done, and the client is told that it failed.',
    },
  },
  judge: ({ headers }) => headerMistakes(headers),
  make: ({ status, body, headers, forward }) => {
    const answer = { status, rawHeaders: Object.entries(headers).flat(), body: Buffer.from(body) };
    return {
      async handle(request, next, { touch }) {
        if (forward) dropAnswer(await next(request));
        touch();
        return answer;
      },
    };
  },
});
