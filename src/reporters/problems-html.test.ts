import { describe, expect, test } from 'vitest';
import { problem, type Problem } from '../problems.ts';
import { failureHtml, problemsHtml } from './problems-html.ts';

const TEMPLATE =
  '<html data-of="<!--of-->"><title><!--title--></title><h1><!--title--></h1><!--problems--></html>';

const FILE = 'plan.yaml';
const LINES = ['one: 1', 'two: 2', 'three: [a, wrong-name, b]', 'four: 4', 'five: 5', 'six: 6'];

function unknown(line: number, column: number, name = 'wrong-name', file = FILE): Problem {
  return problem('unknown-service', { file, line, column }, { name, nearest: undefined });
}

function page(problems: readonly Problem[], text = LINES.join('\n'), file = FILE): string {
  return problemsHtml(TEMPLATE, { of: 'x', files: [file], problems, texts: new Map([[file, text]]) });
}

/** The lines that are shown, the number of each before it, as somebody reads them. */
function linesOf(html: string): string[] {
  return [...html.matchAll(/<span class="line(?: here)?"><span class="number">(\d+)<\/span>(.*)/g)].map(
    ([, number = '', text = '']) => `${number} ${text}`,
  );
}

describe('a problem', () => {
  test('is said with its place, its severity, its code and its words', () => {
    const html = page([
      unknown(3, 12),
      problem('service-unused', { file: FILE, line: 4, column: 1 }, { service: 's' }),
    ]);
    expect(html).toContain('<span class="severity">Error</span> plan.yaml:3:12 <code>unknown-service</code>');
    expect(html).toContain('<p>&quot;wrong-name&quot; is not a service of this plan.</p>');
    expect(html).toContain('<span class="severity">Warning</span> plan.yaml:4:1 <code>service-unused</code>');
    expect(html).toContain('<h1>1 error and 1 warning in plan.yaml</h1>');
  });

  test('has two lines of the plan before and after it, and its word marked', () => {
    expect(linesOf(page([unknown(3, 12)]))).toEqual([
      '1 one: 1',
      '2 two: 2',
      '3 three: [a, <mark>wrong-name</mark>, b]',
      '4 four: 4',
      '5 five: 5',
    ]);
  });

  test('at the first or the last line has those lines that there are', () => {
    expect(linesOf(page([unknown(1, 1)])).map((line) => line[0])).toEqual(['1', '2', '3']);
    expect(linesOf(page([unknown(6, 6)])).map((line) => line[0])).toEqual(['4', '5', '6']);
  });

  test('at the end of a line marks the end', () => {
    expect(linesOf(page([unknown(1, 7)]))[0]).toBe('1 one: 1<mark>&nbsp;</mark>');
  });

  test('of a plan that cannot be read has no lines', () => {
    const gone = problem('file-unreadable', { file: FILE, line: 1, column: 1 }, { reason: 'it is gone' });
    const html = problemsHtml(TEMPLATE, { of: 'none', files: [FILE], problems: [gone], texts: new Map() });
    expect(html).toContain('plan.yaml:1:1 <code>file-unreadable</code>');
    expect(html).not.toContain('<pre>');
  });

  test.each(['\n', '\r\n', '\r'])('is found in lines that end with %j', (end) => {
    expect(linesOf(page([unknown(3, 12)], LINES.join(end)))[2]).toBe(
      '3 three: [a, <mark>wrong-name</mark>, b]',
    );
  });

  test('that lies behind the last line has no lines', () => {
    expect(page([unknown(99, 1)])).not.toContain('<pre>');
  });
});

test('the title names the plans that have errors, and no others', () => {
  const unused = problem('service-unused', { file: 'b.yaml', line: 1, column: 1 }, { service: 's' });
  const html = problemsHtml(TEMPLATE, {
    of: 'x,y',
    files: ['a.yaml', 'b.yaml'],
    problems: [unknown(1, 1, 'n', 'a.yaml'), unknown(2, 1, 'm', 'a.yaml'), unused],
    texts: new Map(),
  });
  expect(html).toContain('<title>2 errors and 1 warning in a.yaml</title>');
});

describe('a long line is cut', () => {
  const long = `key: ${'a'.repeat(2500)} here ${'b'.repeat(2500)}`;
  const at = long.indexOf('here') + 1;
  const shown = (line: string): string => line.replace(/<[^>]*>/g, '').replace(/^\d+ /, '');

  test('around the column', () => {
    const [line = ''] = linesOf(page([unknown(1, at)], long));
    expect(shown(line)).toMatch(/^…a+ here b+…$/);
    expect(line).toContain('<mark>here</mark>');
    expect(shown(line)).toHaveLength(162);
  });

  test('at its end, where the column is at its beginning', () => {
    const [line = ''] = linesOf(page([unknown(1, 1)], long));
    expect(shown(line)).toMatch(/^key: a+…$/);
  });

  test('at its beginning, where the column is at its end', () => {
    const [line = ''] = linesOf(page([unknown(1, long.length + 1)], long));
    expect(shown(line)).toMatch(/^…b+&nbsp;$/);
  });

  test('in the neighbourhood too', () => {
    const lines = linesOf(page([unknown(2, 1)], `${long}\nx: 1`));
    expect(shown(lines[0] ?? '')).toMatch(/^key: a+…$/);
    expect(shown(lines[0] ?? '')).toHaveLength(161);
  });

  test('between characters, never within one', () => {
    for (let lead = 0; lead < 4; lead++) {
      const text = `${'x'.repeat(lead)}${'😀'.repeat(300)}`;
      for (const column of [1, 151 + lead, 301 + lead]) {
        const html = page([unknown(2, column)], `${text}\n${text}`);
        expect(html).not.toMatch(/\\u\{d[89a-f]/);
      }
    }
  });

  test('and a word that is longer is marked as far as it shows', () => {
    const [line = ''] = linesOf(page([unknown(1, 6)], long));
    expect(line).toMatch(/<mark>a+<\/mark>…/);
    expect(shown(line)).toHaveLength(161);
  });
});

describe('whatever a plan or its name holds, it is text:', () => {
  const HOSTILE = [
    '</script><script>alert(1)</script>',
    '</title><img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    "' autofocus onfocus='alert(1)",
    '<!--problems-->',
    '<!--title--><!--of-->',
    '$& $1 $` $$',
    '&lt;b&gt;',
    'a\u202egnp.exe',
    'a\u0000\u001b[31m',
    '</pre></mark>',
  ];

  test.each(HOSTILE)('%j', (text) => {
    const html = problemsHtml(TEMPLATE, {
      of: '"><i>',
      files: [text],
      problems: [unknown(1, 1, text, text), unknown(2, 3, text, text)],
      texts: new Map([[text, `${text}\n- ${text}\n${text}`]]),
    });
    // Only what was put around it.
    const plain = html.replace(
      /<\/?(?:html|title|h1|h2|p|pre|code|mark|section|span)(?: (?:class|id|data-of|aria-labelledby)="[^"<>]*")*>/g,
      '',
    );
    expect(plain).not.toMatch(/[<>]/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
    expect(html).not.toMatch(/[\u0000-\u0008\u001b\u202e]/);
    expect(html.match(/<title>/g)).toHaveLength(1);
    expect(html.match(/<section/g)).toHaveLength(2);
  });

  test('a failure', () => {
    const html = failureHtml(TEMPLATE, {
      of: 'x',
      code: 'unknown-event',
      message: '<b>"x"',
      hint: '</p><i>',
    });
    expect(html).toContain('<code>unknown-event</code>');
    expect(html).toContain('<p>&lt;b&gt;&quot;x&quot;</p>');
    expect(html).toContain('<p class="quiet">&lt;/p&gt;&lt;i&gt;</p>');
    expect(html).toContain('<h1>No answer</h1>');
  });
});
