import type { Sample } from '../sample.ts';

/** A browser that nobody sits before: what a challenge is to tell from people. */
export const AUTOMATION: readonly Sample[] = [
  {
    id: 'automation-headless',
    class: 'automation',
    protection: 'captcha',
    rules: 'no rule of CRS: a challenge in place of the answer',
    form: {
      kind: 'header',
      name: 'user-agent',
      value:
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36',
      twin: undefined,
    },
  },
];
