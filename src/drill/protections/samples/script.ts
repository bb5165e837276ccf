import { NOTHING, NOTHING_NAMED, type Sample } from '../sample.ts';

const RULES = 'CRS 941 cross-site scripting';
const script = (what: string, form: Sample['form']): Sample => ({
  id: `script-${what}`,
  class: 'script',
  protection: 'waf',
  rules: RULES,
  form,
});

/** A browser that ran one would find that nothing is called so. */
export const SCRIPT: readonly Sample[] = [
  script('element', { kind: 'query', value: `<script>${NOTHING_NAMED}</script>` }),
  script('handler', { kind: 'query', value: `<img src=x onerror=${NOTHING_NAMED}>` }),
  script('address', { kind: 'query', value: `<a href="javascript:${NOTHING_NAMED}">${NOTHING}</a>` }),
  script('drawing', { kind: 'query', value: `<svg onload=${NOTHING_NAMED}>` }),
  script('header', {
    kind: 'header',
    name: 'referer',
    value: `https://keelson-drill.invalid/<script>${NOTHING_NAMED}</script>`,
    twin: `https://keelson-drill.invalid/${NOTHING}`,
  }),
  script('cookie', { kind: 'cookie', value: `<script>${NOTHING_NAMED}</script>` }),
  script('json', { kind: 'json', value: `<script>${NOTHING_NAMED}</script>` }),
];
