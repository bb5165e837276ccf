import { printable } from '../problems.ts';

/** Rows under a head as a table of Markdown. */
export function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** Somebody's text as code: nothing in it is markup. */
export function code(text: string): string {
  return `\`${printable(text).replaceAll('`', 'ˋ').replaceAll('|', '\\|')}\``;
}

/** Somebody's text as text: nothing in it is markup. */
export function asText(text: string): string {
  return printable(text).replace(/[\\`*_{}[\]<>#|!~]/g, '\\$&');
}
