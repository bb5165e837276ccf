import { printable, type Problem } from '../problems.ts';
import { escapeHtml } from './html-text.ts';
import { plural } from './words.ts';

/** What is wrong with plans, for the page that stands in place of their report. */
export interface ProblemsPage {
  /** What the page was made of, as the report says it: whoever serves it can tell whether it is still true. */
  readonly of: string;
  /** The plans, as problems name them. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
  /** The text of each plan that could be read. */
  readonly texts: ReadonlyMap<string, string>;
}

/** How many lines of the plan stand before and after that of a problem. */
const AROUND = 2;
/** Longer lines are cut. @unit characters */
const LONGEST = 160;
/** How much of a line that is cut stands before the column. @unit characters */
const LEAD = 60;

/**
 * Every problem at its place, with the lines of the plan around it.
 *
 * @param template holds places for the title (anywhere), for what it was made of and for the problems
 */
export function problemsHtml(template: string, { of, files, problems, texts }: ProblemsPage): string {
  const lines = new Map([...texts].map(([file, text]) => [file, text.split(/\r\n|\r|\n/)]));
  const wrong = files.filter((file) => problems.some((one) => one.file === file && isError(one)));
  const found = problems.map((one, i) => article(one, i, lines.get(one.file) ?? []));
  return fill(template, {
    of,
    title: `${counts(problems)} in ${wrong.map(printable).join(', ')}`,
    problems: [
      '<p>Nothing is answered while a plan has errors. This page changes when the plan is saved.</p>',
      ...found,
    ].join('\n'),
  });
}

/** What else stopped the answer, and what to do next. */
export function failureHtml(
  template: string,
  { of, code, message, hint }: { of: string; code: string; message: string; hint: string | undefined },
): string {
  return fill(template, {
    of,
    title: 'No answer',
    problems: [
      '<section class="problem">',
      `<h2><span class="severity">Error</span> <code>${shown(code)}</code></h2>`,
      `<p>${shown(message)}</p>`,
      ...(hint === undefined ? [] : [`<p class="quiet">${shown(hint)}</p>`]),
      '</section>',
    ].join('\n'),
  });
}

/** @param values title as text, problems as HTML */
function fill(template: string, values: { of: string; title: string; problems: string }): string {
  const { of, title, problems } = values;
  const written: Readonly<Record<string, string>> = {
    of: escapeHtml(of),
    title: escapeHtml(title),
    problems,
  };
  // In one pass, so that nothing that is put in is a place itself.
  return template.replace(/<!--(of|title|problems)-->/g, (_, name: string) => written[name] ?? '');
}

/** `2 errors and 1 warning` */
function counts(problems: readonly Problem[]): string {
  const errors = problems.filter(isError).length;
  const warnings = problems.length - errors;
  const parts = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ];
  return parts.join(' and ');
}

function isError({ severity }: Problem): boolean {
  return severity === 'error';
}

function article(problem: Problem, index: number, lines: readonly string[]): string {
  const { file, line, column, code, message } = problem;
  const [kind, severity] = isError(problem) ? ['problem', 'Error'] : ['problem warning', 'Warning'];
  const id = `problem-${index + 1}`;
  const place = `${shown(file)}:${line}:${column}`;
  return [
    `<section class="${kind}" aria-labelledby="${id}">`,
    `<h2 id="${id}"><span class="severity">${severity}</span> ${place} <code>${shown(code)}</code></h2>`,
    `<p>${shown(message)}</p>`,
    ...(lines[line - 1] === undefined ? [] : [excerpt(lines, line, column)]),
    '</section>',
  ].join('\n');
}

/** The lines around a place, the place itself marked. */
function excerpt(lines: readonly string[], line: number, column: number): string {
  const first = Math.max(1, line - AROUND);
  const around = lines.slice(first - 1, line + AROUND).map((text, i) => {
    const number = first + i;
    const [kind, html] = number === line ? ['line here', marked(text, column)] : ['line', begun(text)];
    return `<span class="${kind}"><span class="number">${number}</span>${html}\n</span>`;
  });
  return `<pre>${around.join('')}</pre>`;
}

/** A line from its beginning. */
function begun(text: string): string {
  const to = whole(text, LONGEST);
  return `${shown(text.slice(0, to))}${to < text.length ? '…' : ''}`;
}

/** The part of a line that has the column in it, and there a word marked; at its end, the end. */
function marked(text: string, column: number): string {
  const at = Math.min(column - 1, text.length);
  const from = whole(text, Math.max(0, Math.min(at - LEAD, text.length - LONGEST)));
  const to = whole(text, from + LONGEST);
  const rest = text.slice(at, to);
  const word = /^(?:"[^"]*"|'[^']*'|[^\s,:[\]{}"']+|.)/su.exec(rest)?.[0] ?? '';
  return [
    from > 0 ? '…' : '',
    shown(text.slice(from, at)),
    `<mark>${word === '' ? '&nbsp;' : shown(word)}</mark>`,
    shown(rest.slice(word.length)),
    to < text.length ? '…' : '',
  ].join('');
}

/** The next place at which no character is cut in two, within the text. */
function whole(text: string, at: number): number {
  if (at >= text.length) return text.length;
  return at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xffff ? at + 1 : at;
}

/** Somebody's text as HTML: what cannot be seen shows, and nothing in it acts. */
function shown(text: string): string {
  return escapeHtml(printable(text));
}
