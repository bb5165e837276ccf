import type { References } from './references.ts';

/** The hosts from which a style sheet imports others, and loads fonts and images. @param base of the page or the sheet */
export function readStyle(style: string, base: string, references: References): void {
  for (const [, imported, url, quoted] of style.matchAll(URLS)) {
    if (imported !== undefined) references.addUrl('style', imported, 'style', { base });
    const target = url ?? quoted;
    if (target === undefined) continue;
    const path = target.replace(/[?#].*$/s, '');
    references.addUrl(/\.(?:woff2?|ttf|otf|eot)$/i.test(path) ? 'font' : 'image', target, 'style', { base });
  }
}

/** `@import "…"`, `@import url(…)`, `url(…)`. */
const URLS =
  /@import\s{1,9}(?:url\(\s{0,9})?["']?([^"'()\s;]{1,2048})|url\(\s{0,9}(?:["']([^"'\n]{1,2048})["']|([^"'()\s]{1,2048}))/gi;
