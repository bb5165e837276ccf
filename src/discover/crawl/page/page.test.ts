import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectWithin, secondsOf } from '../../../../test/pace.ts';
import type { PageReference } from '../crawl.ts';
import { PageReader } from './page.ts';
import { readLinks, readPolicy } from './page-headers.ts';
import { References } from './references.ts';

fc.configureGlobal({ seed: 1 });

function read(...pieces: readonly string[]): { references: readonly PageReference[]; scripts: string[] } {
  const references = new References(500);
  const reader = new PageReader(new URL('https://app.harbor.example/trade/'), references);
  for (const piece of pieces) reader.write(piece);
  reader.end();
  return { references: references.all, scripts: reader.scripts.map(({ href }) => href) };
}
const said = (...pieces: readonly string[]): string[] =>
  read(...pieces).references.map(({ kind, host, path, where, isPinned, within = '' }) =>
    `${kind} ${host} ${path} ${where}${isPinned === true ? ' pinned' : ''} ${within}`.trimEnd(),
  );

describe('a page names hosts', () => {
  test.each<[string, string, string[]]>([
    ['by scripts', '<SCRIPT async SRC="//cdn.one.example/a.js?v=1">', ['script cdn.one.example /a.js html']],
    [
      'by scripts that a hash pins',
      '<script src=https://cdn.one.example/a.js integrity=sha384-x></script>',
      ['script cdn.one.example /a.js html pinned'],
    ],
    ['relative to itself', '<script src="../../x.js"></script>', ['script app.harbor.example /x.js html']],
    [
      'relative to its base, the first of them',
      '<base href="https://cdn.one.example/b/"><base href="https://two.example/"><script src=x.js></script>',
      ['script cdn.one.example /b/x.js html'],
    ],
    [
      'by style sheets',
      '<link rel="Stylesheet" href="https://s.example/a.css">',
      ['style s.example /a.css html'],
    ],
    [
      'by fonts that it wants early',
      '<link rel=preload as=font href=https://f.example/a.woff2>',
      ['font f.example /a.woff2 html'],
    ],
    [
      'by data that it wants early',
      '<link rel=preload as=fetch href=https://d.example/j>',
      ['data d.example /j html'],
    ],
    ['by modules', '<link rel=modulepreload href=/m.js>', ['script app.harbor.example /m.js html']],
    [
      'by connections that it wants early',
      '<link rel="dns-prefetch" href="//a.example"><link rel=preconnect href=https://b.example crossorigin>',
      ['preconnect a.example / html', 'preconnect b.example / html'],
    ],
    ['by its manifest', '<link rel=manifest href=/m.json>', ['manifest app.harbor.example /m.json html']],
    [
      'by images and frames',
      '<img src=https://i.example/a.png><iframe src="https://f.example/x"></iframe><object data=https://o.example/>',
      ['image i.example /a.png html', 'frame f.example /x html', 'frame o.example / html'],
    ],
    [
      'by links to its status page, and not by others',
      '<a href="https://status.harbor.example">s</a><a href=https://harbor.statuspage.io>p</a><a href=https://twitter.com/x>',
      ['link status.harbor.example / html', 'link harbor.statuspage.io / html'],
    ],
    [
      'by its policy',
      `<meta http-equiv="Content-Security-Policy" content="connect-src 'self' wss://*.infura.io:443 &#104;ttps://rpc.example/v1; frame-ancestors https://no.example">`,
      ['policy *.infura.io  html', 'policy rpc.example /v1 html'],
    ],
    [
      'by style elements',
      '<style>@import "https://a.example/x.css"; @font-face{src:url( \'https://f.example/f.woff2?x\' )} b{background:url(https://i.example/i.png)}</style>',
      ['style a.example /x.css style', 'font f.example /f.woff2 style', 'image i.example /i.png style'],
    ],
    [
      'by endpoints in its own scripts',
      '<script>fetch("https:\\/\\/rpc.harbor.example\\/v1")</script>',
      ['endpoint rpc.harbor.example /v1 html'],
    ],
    [
      'by what is in no code as that',
      '<script type="application/ld+json">{"url":"https://js.one.example/v3/"}</script><script type=text/plain src=https://c.example/h.js></script><script>fetch("https://api.two.example/")</script>',
      [
        'script c.example /h.js html data-block',
        'endpoint api.two.example / html',
        'endpoint js.one.example /v3/ html data-block',
      ],
    ],
    [
      'by code of whatever type that a browser runs',
      '<script type=module src=https://a.example/></script><script type="Text/JavaScript" src=https://b.example/></script><script language=JavaScript src=https://c.example/></script><script type="0123456789abcdef01234567-text/javascript" src=https://d.example/></script>',
      ['a', 'b', 'c', 'd'].map((name) => `script ${name}.example / html`),
    ],
    [
      'behind a template, and not in one',
      '<template><script src=https://a.example/></script><template></template><link rel=stylesheet href=https://b.example/><style>@import "https://c.example/"</style></template></template><script src=https://d.example/></script>',
      ['script d.example / html'],
    ],
    [
      'for those who have no scripts, but for scripts',
      '<noscript><script src=https://a.example/></script><link rel=stylesheet href=https://b.example/></noscript>',
      ['style b.example / html'],
    ],
  ])('%s', (_, html, expected) => {
    expect(said(html)).toEqual(expected);
  });

  test('as IDNA has them', () => {
    expect(said('<script src="https://Bücher.example/ä.js">')).toEqual([
      'script xn--bcher-kva.example /%C3%A4.js html',
    ]);
  });

  test.each([
    '<!-- <script src=https://a.example/></script> -->',
    '<title><script src=https://a.example/></script></title>',
    '<script>document.write("<img src=https://a.example/>")</script>',
    '<script src="data:text/javascript,1"></script>',
    '<script src="https://127.0.0.1/x.js"></script>',
    '<script src="https://[::1]/x.js"></script>',
    '<script src="https://a\u0007.example/"></script>',
    '<script src="https://a%00.example/"></script>',
    '<script src="https://localhost/"></script>',
    '<script src="javascript:alert(1)"></script>',
    '<script src="http://"></script>',
    '<link href=https://a.example/>',
  ])('and not by %j', (html) => {
    expect(said(html)).toEqual([]);
  });

  test('with a URL of its scripts as it is to be fetched', () => {
    expect(read('<script src="/a.js?v=1"></script><link rel=modulepreload href=b.js>').scripts).toEqual([
      'https://app.harbor.example/a.js?v=1',
      'https://app.harbor.example/trade/b.js',
    ]);
  });

  test('the same, in whatever pieces it comes', () => {
    const html = `<base href=https://b.example/><script src=a.js integrity=x></script>${'<p>'.repeat(6_000)}<link rel=stylesheet
      href="https://s.example/&amp;/x.css"><style>@import url(https://i.example/)</style><script>"wss://w.example/"</script>`;
    const whole = read(html);
    expect(whole.references.map(({ kind }) => kind)).toEqual(['script', 'style', 'style', 'websocket']);
    fc.assert(
      fc.property(fc.array(fc.nat(html.length), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), html.length];
        expect(read(...at.slice(1).map((end, i) => html.slice(at[i], end)))).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ['depth', () => '<a>'.repeat(400_000) + '</b>'.repeat(250_000)],
    ['an attribute', () => `<script src="${'a'.repeat(2_000_000)}">`],
    ['many attributes', () => `<script ${Array.from({ length: 200_000 }, (_, i) => `a${i}=x`).join(' ')}>`],
    ['a name', () => `<${'a'.repeat(2_000_000)}>`],
    ['entities', () => `<a href="${'&amp'.repeat(400_000)}">`],
    ['a comment', () => `<!--${'--'.repeat(1_000_000)}`],
    ['styles', () => `<style>${'@import url('.repeat(150_000)}`],
    ['scripts', () => `<script>${'https://'.repeat(250_000)}`],
    ['slashes', () => `<script>${'/'.repeat(2_000_000)}`],
    ['policies', () => `<meta http-equiv=content-security-policy content="${'a '.repeat(1_000_000)}">`],
  ])('within time and memory, whatever it is long of: %s', (_, make) => {
    const page = make();
    expectWithin(
      secondsOf(() => read(page)),
      5,
    );
  });

  test('up to a bound, and says that there were more', () => {
    const references = new References(3);
    const reader = new PageReader(new URL('https://a.example/'), references);
    reader.write(Array.from({ length: 9 }, (_, i) => `<img src=https://i${i}.example/>`).join(''));
    reader.end();
    expect(references.all).toHaveLength(3);
    expect(references.isFull).toBe(true);
  });
});

describe('headers name hosts', () => {
  test('by a policy of which nothing is kept that cannot be seen', () => {
    const references = new References(10);
    readPolicy(
      'script\u202e-src https://a.example; connect-src https://b.example/\u009b31m https://c.example/d?e#f',
      'html',
      references,
    );
    expect(references.all).toEqual([
      { kind: 'policy', host: 'c.example', path: '/d', where: 'html', directive: 'connect-src' },
    ]);
  });

  test('by a policy, with the directive that allows them', () => {
    const references = new References(9);
    readPolicy(
      "default-src 'none'; script-src 'self' data: https: *.cdn.example/js/; connect-src wss://ws.example https://x.example:*",
      'header',
      references,
    );
    expect(references.all).toEqual([
      { kind: 'policy', host: '*.cdn.example', path: '/js/', where: 'header', directive: 'script-src' },
      { kind: 'policy', host: 'ws.example', path: '', where: 'header', directive: 'connect-src' },
      { kind: 'policy', host: 'x.example', path: '', where: 'header', directive: 'connect-src' },
    ]);
  });

  test('by links', () => {
    const references = new References(9);
    readLinks(
      '<https://a.example>; rel="preconnect", <//b.example/x.js>; as=script; rel=preload,</rel>;rel=next, <bad',
      'https://app.example/',
      references,
    );
    expect(references.all.map(({ kind, host }) => `${kind} ${host}`)).toEqual([
      'preconnect a.example',
      'script b.example',
    ]);
  });
});
