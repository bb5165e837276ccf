import { httpFault } from '../fault.ts';
import { headerMistakes } from '../http/header-mistakes.ts';
import { withHeader, withoutHeaders, type RawHeaders } from '../http/raw-headers.ts';

export const httpHeader = httpFault({
  type: 'http_header',
  layer: 'http',
  summary: 'Headers are set or removed: of requests on the stream upstream, of answers on the other.',
  attributes: {
    set: {
      kind: 'texts',
      default: {},
      mostEntries: 50,
      longest: 2000,
      summary: 'In place of those of the same name, or in addition.',
    },
    remove: { kind: 'list', default: [], mostEntries: 50, longest: 200, summary: 'Names, in any case.' },
  },
  judge: ({ set, remove }) => [
    ...headerMistakes(set),
    ...headerMistakes(Object.fromEntries(remove.map((name) => [name, '']))),
  ],
  make: ({ set, remove }, { stream }) => {
    const removed = remove.map((name) => name.toLowerCase());
    const change = (before: RawHeaders): RawHeaders =>
      Object.entries(set).reduce<RawHeaders>(
        (headers, [name, value]) => withHeader(headers, name, value),
        withoutHeaders(before, ...removed),
      );
    return {
      async handle(request, next, { touch }) {
        touch();
        if (stream === 'upstream') return next({ ...request, rawHeaders: change(request.rawHeaders) });
        const answer = await next(request);
        return { ...answer, rawHeaders: change(answer.rawHeaders) };
      },
    };
  },
});
