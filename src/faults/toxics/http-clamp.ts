import { httpFault, type HttpAnswer } from '../fault.ts';
import { Clamp } from '../http/clamp.ts';

/** More are not held; they are refused. */
const MOST_HELD = 10_000;

export const httpClamp = httpFault({
  type: 'http_clamp',
  layer: 'http',
  summary: 'At most so many requests at once, or a second, get through; the others are refused or held.',
  attributes: {
    concurrent: {
      kind: 'number',
      default: null,
      least: 0,
      most: 1_000_000,
      summary: 'At once, from the request until the end of its answer; none: any number.',
    },
    per_second: {
      kind: 'number',
      default: null,
      least: 1,
      most: 10_000,
      summary: 'In any second; none: any number.',
    },
    excess: {
      kind: 'text',
      default: 'refuse',
      longest: 10,
      oneOf: ['refuse', 'hold'],
      summary: 'What becomes of the others: answered with the status, or held until there is room.',
    },
    status: { kind: 'number', default: 503, least: 400, most: 599, summary: 'Such as 503 or 429.' },
    retry_after: {
      kind: 'number',
      unit: 's',
      default: null,
      least: 0,
      most: 86_400,
      summary: 'As refused ones are told; none: they are not.',
    },
  },
  judge: ({ concurrent, per_second }) =>
    concurrent === null && per_second === null ? ['Expected concurrent or per_second, found neither.'] : [],
  make: ({ concurrent, per_second, excess, status, retry_after }, { time }) => {
    const clamp = new Clamp({
      time,
      concurrent: concurrent ?? Number.POSITIVE_INFINITY,
      perSecond: per_second ?? Number.POSITIVE_INFINITY,
      mostHeld: excess === 'hold' ? MOST_HELD : 0,
    });
    const refusal: HttpAnswer = {
      status,
      rawHeaders: retry_after === null ? [] : ['Retry-After', String(retry_after)],
      body: Buffer.alloc(0),
    };
    return {
      async handle(request, next, { signal, touch }) {
        if (!clamp.hasRoom) touch();
        if (!(await clamp.enter(signal))) return refusal;
        let answer: HttpAnswer | undefined;
        try {
          answer = await next(request);
          return answer;
        } finally {
          const last = answer?.tunnel ?? answer?.body;
          if (last === undefined || Buffer.isBuffer(last)) clamp.leave();
          else last.once('close', () => clamp.leave());
        }
      },
      close: () => clamp.open(),
    };
  },
});
