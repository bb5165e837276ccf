import type { ImportedTry } from './tries.ts';

/** A plan holds no more of one journey. */
const MOST_OF_ONE = 20;

/**
 * Tries as YAML to be pasted into a plan: under the names of their journeys, and the others, which a person must place, under `try`.
 *
 * @param leftOut how much of the experiment is not among them
 */
export function yamlOf(title: string, tries: readonly ImportedTry[], leftOut: number): string {
  const lines = [
    `# Of ${title === '' ? 'a Chaos Toolkit experiment' : `the Chaos Toolkit experiment ${quoted(title)}`}: ${tries.length} to try, ${leftOut} left out.`,
  ];
  const journeys = [...new Set(tries.flatMap(({ journey }) => journey ?? []))];
  if (journeys.length > 0) lines.push('journeys:');
  for (const journey of journeys) {
    const own = tries.filter((one) => one.journey === journey);
    lines.push(`  ${quoted(journey)}:`, ...listed(own, '    '));
  }
  const others = tries.filter(({ journey }) => journey === undefined);
  if (others.length > 0) {
    lines.push('# Of which journey these are is not known: paste them under it.', ...listed(others, ''));
  }
  return `${lines.join('\n')}\n`;
}

function listed(tries: readonly ImportedTry[], indent: string): string[] {
  const lines = [`${indent}try:`];
  if (tries.length > MOST_OF_ONE)
    lines.unshift(
      `${indent}# ${tries.length} of them: a journey has at most ${MOST_OF_ONE}. Take the ones that count.`,
    );
  for (const one of tries)
    lines.push(...entry(one).map((line, i) => `${indent}  ${i === 0 ? '-' : ' '} ${line}`));
  return lines;
}

function entry({ method, path, headers, body, inSession, good }: ImportedTry): string[] {
  const lines = [`send: ${quoted(`${method} ${path}`)}`];
  if (inSession) lines.push('session: needed');
  if (headers.length > 0) {
    lines.push('headers:');
    for (const { name, value } of headers)
      lines.push(`  - { name: ${quoted(name)}, value: ${quoted(value)} }`);
  }
  if (body !== undefined) lines.push(`body: ${quoted(body)}`);
  const said = [
    ...(good.status === undefined ? [] : [`status: ${good.status}`]),
    ...(good.contains === undefined ? [] : [`contains: ${quoted(good.contains)}`]),
  ];
  if (said.length > 0) lines.push(`good: { ${said.join(', ')} }`);
  return lines;
}

/** In double quotes, where it is not a plain word: a JSON text is a YAML one. Nothing in it is left that cannot be seen. */
function quoted(text: string): string {
  return /^[A-Za-z][\w./-]*( \/[\w./?=&-]*)?$/.test(text) && !RESERVED.test(text)
    ? text
    : JSON.stringify(text).replace(/[^\x20-\x7e]/gu, escaped);
}

const RESERVED = /^(y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

function escaped(c: string): string {
  return [...Array(c.length).keys()]
    .map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`)
    .join('');
}
