/** Plans whose every free text is hostile: what a page has to show as the text that it is. */

export const TEXTS: Readonly<Record<string, string>> = {
  'elements that run scripts': '<img src=x onerror=alert(1)><svg onload=alert(2)><script>alert(3)</script>',
  'the end of a script': '</script><script>alert(4)</script></title></style></textarea></noscript>',
  'comments and sections':
    '<!--<script>--> ]]> --!> <![CDATA[ <!DOCTYPE x [<!ENTITY a "b">]> &lt;b&gt; &#60;i&#62;',
  'quotes and handlers': `" onmouseover="alert(5)" x='y' onclick='alert(6)' \` = >`,
  'marks that turn text around':
    'left \u202e\u2066 right \u2069\u202c \u2028 line \u2029 end \u200b\ufeff\u00ad',
  'what replacing means': `${'$'}{alert(7)} $& $' $\` $1 $<name> {{7*7}} <%= 7 %> #{7} %s %d \\u003cb\\u003e \\x3c`,
  'one word without end': 'x'.repeat(5000),
  'marks upon marks': 'Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324'.repeat(400),
};

/** None of them is a link that may be followed. */
export const SOURCES = [
  'javascript:alert(8)',
  ' javascript:alert(9)',
  'JaVaScRiPt:alert(10)',
  'data:text/html,<script>alert(11)</script>',
  'vbscript:alert(12)',
  'file:///etc/passwd',
  'blob:null/alert',
  '//example.com/x',
  'https:',
  'https://',
];

/** These are, to where they say. */
export const LINKS = [
  'https://example.com/"><script>alert(13)</script>',
  "https://example.com/?a='onclick=alert(14)&b=%22%3E",
  'http://user:pass@example.com/',
];

/** One plan, as YAML that is JSON, with this text wherever a plan may say what it likes. */
export function hostilePlan(text: string): string {
  const note = text.slice(0, 4000);
  const short = text.slice(0, 200);
  const evidence = [...SOURCES, ...LINKS, text.slice(0, 2000)].map((source) => ({
    source,
    basis: short,
    confidence: 'low',
    date: '2026-01-01',
  }));
  // So many are shown of one name.
  const chunks = Array.from({ length: Math.ceil(evidence.length / 4) }, (_, i) =>
    evidence.slice(4 * i, 4 * i + 4),
  );
  const long = `a${'-long'.repeat(12)}`;
  return JSON.stringify({
    keelson: 1,
    platform: { name: short, kind: 'exchange', currency: 'USD', asOf: '2026-11-01', note },
    journeys: {
      constructor: {
        tier: 'core',
        slo: '99.9%',
        loss: '10k USD/h',
        modes: { [long]: { needs: ['edge', 'tostring'] }, valueof: { worth: '10%', needs: ['tostring'] } },
      },
      [long]: { tier: 'core', modes: { full: { needs: [long] } } },
    },
    services: {
      edge: {
        any: ['evil/cdn', { use: 'evil/other@r/z', cost: '1k USD/yr' }],
        failover: { detect: '10s' },
        note,
        evidence: chunks[0],
      },
      tostring: { needs: ['evil/other@r/z'], note, evidence: chunks.at(-1) },
      [long]: { needs: ['evil/cdn', 'tostring', ...chunks.map((_, i) => `s${i}`)], note },
      ...Object.fromEntries(chunks.map((chunk, i) => [`s${i}`, { needs: ['evil/cdn'], evidence: chunk }])),
    },
    providers: {
      evil: {
        name: short,
        kind: text.slice(0, 64),
        outages: { rate: '0.1/yr', mean: '1h' },
        capabilities: {
          cdn: {
            title: short,
            outages: { rate: '1/yr', mean: '1h' },
            handles: ['content'],
            evidence: evidence.at(-1),
          },
          other: { title: short, outages: { rate: '1/yr', mean: '1h', per: 'zone' }, needs: ['evil/cdn'] },
        },
      },
    },
    catalog: 'none',
  });
}
