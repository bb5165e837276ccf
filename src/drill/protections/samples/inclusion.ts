import { NOBODYS_ADDRESS, NOBODYS_HOST, NOTHING, type Sample } from '../sample.ts';

const RULES = 'CRS 931 remote file inclusion';
const inclusion = (what: string, form: Sample['form']): Sample => ({
  id: `inclusion-${what}`,
  class: 'inclusion',
  protection: 'waf',
  rules: RULES,
  form,
});

/** Files to be fetched from where nobody is. */
export const INCLUSION: readonly Sample[] = [
  inclusion('address', { kind: 'query', value: `http://${NOBODYS_ADDRESS}/${NOTHING}` }),
  inclusion('question', { kind: 'query', value: `http://${NOBODYS_HOST}/${NOTHING}?` }),
  inclusion('parameter', {
    kind: 'query',
    name: 'include',
    value: `http://${NOBODYS_HOST}/${NOTHING}`,
  }),
];
