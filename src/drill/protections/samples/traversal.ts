import { NOTHING, type Sample } from '../sample.ts';

const RULES = 'CRS 930 local file inclusion';
const traversal = (what: string, form: Sample['form']): Sample => ({
  id: `traversal-${what}`,
  class: 'traversal',
  protection: 'waf',
  rules: RULES,
  form,
});

/** Paths that lead up and then to a file that nobody has. */
export const TRAVERSAL: readonly Sample[] = [
  traversal('query', { kind: 'query', value: `../../../../${NOTHING}` }),
  traversal('query-backslash', { kind: 'query', value: `..\\..\\..\\${NOTHING}` }),
  traversal('path', { kind: 'path', value: `x/../y/../${NOTHING}`, twin: `x/x/y/x/${NOTHING}` }),
  traversal('path-encoded', {
    kind: 'path',
    value: `x/%2e%2e%2fy%2f${NOTHING}`,
    twin: `x/%78%78/y/${NOTHING}`,
  }),
  traversal('cookie', { kind: 'cookie', value: `../../../${NOTHING}` }),
  traversal('json', { kind: 'json', value: `../../../../${NOTHING}` }),
];
