import { NOTHING, type Sample } from '../sample.ts';

const RULES = 'CRS 932 remote command execution';
const shell = (what: string, form: Sample['form']): Sample => ({
  id: `shell-${what}`,
  class: 'shell',
  protection: 'waf',
  rules: RULES,
  form,
});

/** No command is called so: a shell that ran it would say that it is not found. */
export const SHELL: readonly Sample[] = [
  shell('substitution', { kind: 'query', value: `$(${NOTHING})` }),
  shell('expansion', { kind: 'query', value: `\${${NOTHING}}` }),
  shell('process', { kind: 'query', value: `<(${NOTHING})` }),
  shell('function', {
    kind: 'header',
    name: 'referer',
    value: `() { ${NOTHING};}; ${NOTHING}`,
    twin: undefined,
  }),
  shell('form', { kind: 'form', value: `$(${NOTHING})` }),
  shell('json', { kind: 'json', value: `$(${NOTHING})` }),
];
