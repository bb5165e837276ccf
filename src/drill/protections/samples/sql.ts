import { NOTHING, NOTHING_NAMED, type Sample } from '../sample.ts';

const RULES = 'CRS 942 SQL injection';
const sql = (what: string, form: Sample['form']): Sample => ({
  id: `sql-${what}`,
  class: 'sql',
  protection: 'waf',
  rules: RULES,
  form,
});

/** No table or column is called so: whatever ran it would say that there is none. */
export const SQL: readonly Sample[] = [
  sql('tautology', { kind: 'query', value: `${NOTHING}' OR '${NOTHING}'='${NOTHING}` }),
  sql('union', {
    kind: 'query',
    value: `${NOTHING}' UNION ALL SELECT ${NOTHING_NAMED} FROM ${NOTHING_NAMED}-- -`,
  }),
  sql('comment', { kind: 'query', value: `${NOTHING}'/**/AND/**/${NOTHING_NAMED}=1-- -` }),
  sql('cookie', { kind: 'cookie', value: `${NOTHING}'%20OR%20'1'='1'--%20-` }),
  sql('form', { kind: 'form', value: `${NOTHING}' OR '1'='1'-- -` }),
  sql('json', { kind: 'json', value: `${NOTHING}' UNION SELECT ${NOTHING_NAMED} FROM ${NOTHING_NAMED}-- -` }),
  sql('operator', { kind: 'query', name: 'keelson-drill[$ne]', value: NOTHING }),
];
