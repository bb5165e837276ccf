import type { Sample } from '../sample.ts';

const bare = (what: string, rules: string, form: Sample['form']): Sample => ({
  id: `bare-client-${what}`,
  class: 'bare-client',
  protection: 'bot',
  rules,
  form,
});

/** Programs that do not even say that they are browsers. */
export const BARE_CLIENT: readonly Sample[] = [
  bare('no-agent', 'CRS 920 missing headers', { kind: 'without', names: ['user-agent'] }),
  bare('no-headers', 'CRS 920 missing headers', {
    kind: 'without',
    names: ['user-agent', 'accept', 'accept-language', 'accept-encoding'],
  }),
  bare('library', 'CRS 913 scripting user agents', {
    kind: 'header',
    name: 'user-agent',
    value: 'python-requests/2.31.0',
    twin: undefined,
  }),
];
