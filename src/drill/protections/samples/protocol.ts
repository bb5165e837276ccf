import { NOBODYS_HOST, NOTHING, type Sample } from '../sample.ts';

const protocol = (what: string, rules: string, form: Sample['form']): Sample => ({
  id: `protocol-${what}`,
  class: 'protocol',
  protection: 'waf',
  rules,
  form,
});

/** What no browser sends, and what some servers understand otherwise than others. */
export const PROTOCOL: readonly Sample[] = [
  protocol('null-byte', 'CRS 920 protocol enforcement', { kind: 'query', value: `${NOTHING}\u0000` }),
  protocol('content-type', 'CRS 920 protocol enforcement', {
    kind: 'header',
    name: 'content-type',
    value: 'application/x-keelson-drill-nothing',
    twin: 'application/x-www-form-urlencoded',
  }),
  protocol('proxy-header', 'CRS 920 protocol enforcement', {
    kind: 'header',
    name: 'proxy',
    value: `http://${NOBODYS_HOST}`,
    twin: undefined,
  }),
  protocol('extension', 'CRS 920 protocol enforcement', {
    kind: 'path',
    value: `${NOTHING}.bak`,
    twin: `${NOTHING}.html`,
  }),
  protocol('split-answer', 'CRS 921 protocol attack', {
    kind: 'query',
    value: `${NOTHING}\r\nSet-Cookie: ${NOTHING}=x`,
  }),
  protocol('second-request', 'CRS 921 protocol attack', {
    kind: 'query',
    value: `${NOTHING}\r\nGET /${NOTHING} HTTP/1.1`,
  }),
  protocol('session', 'CRS 943 session fixation', {
    kind: 'query',
    name: 'phpsessid',
    value: NOTHING,
  }),
];
