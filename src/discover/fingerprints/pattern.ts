/**
 * What a fingerprint looks for, in a language of two signs: `*` stands for any text, `{region}` for the name of a region. Of host names
 * both stay within one label, and a pattern fits a name that it is, or that lies under it. There is no backtracking over more than two
 * signs a label, so no name takes long.
 */
export interface Found {
  /** What `{region}` stood for. @default the pattern has none */
  readonly region?: string;
}

type Token = { readonly text: string } | 'any' | 'region';

/** Most signs in one label, or in one text. */
const MOST_SIGNS = 3;
const LABEL = /^(?:[a-z0-9_-]|\*|\{region\}){1,63}$/;

/** What is wrong with the pattern of a host name, to complete "Expected …"; undefined where nothing is. */
export function hostPatternFault(pattern: string): string | undefined {
  const labels = pattern.split('.');
  if (labels.length < 2 || labels.length > 12 || !labels.every((label) => LABEL.test(label)))
    return 'a host name of at least two labels, * and {region} in place of parts of them';
  if (labels.slice(-1).some((label) => /[*{]/.test(label))) return 'a last label without * and {region}';
  if (labels.some((label) => signsIn(label) > 2)) return 'at most two signs (* or {region}) in a label';
  return regionsIn(pattern) > 1 ? 'at most one {region}' : undefined;
}

/** The same of the pattern of a text: a header's value, a cookie's name, a TXT record. */
export function textPatternFault(pattern: string): string | undefined {
  if (pattern === '' || pattern.length > 200) return 'a text of 1 to 200 characters';
  if (pattern.replaceAll('*', '') === '') return 'a text with more than * in it';
  if (signsIn(pattern) > MOST_SIGNS) return `at most ${MOST_SIGNS} signs (* or {region})`;
  if (/(?:\*|\{region\})(?:\*|\{region\})/.test(pattern)) return 'text between two signs';
  return regionsIn(pattern) > 1 ? 'at most one {region}' : undefined;
}

const signsIn = (pattern: string): number => pattern.match(/\*|\{region\}/g)?.length ?? 0;
const regionsIn = (pattern: string): number => pattern.match(/\{region\}/g)?.length ?? 0;

/** How the names of regions of a vendor look. */
export const REGION_FORMS = {
  aws: /^[a-z]{2}(?:-[a-z]{3,9}){1,2}-\d$/,
  gcp: /^[a-z]{2,12}-[a-z]{4,9}\d{1,2}$/,
  azure: /^[a-z]{6,20}\d?$/,
  word: /^[a-z]{2,12}(?:-?[a-z0-9]{1,12}){0,2}$/,
} as const;
export type RegionForm = keyof typeof REGION_FORMS;

/** A pattern of host names, ready to be held against them. */
export class HostPattern {
  /** Letters of it that are no signs: of two that fit, the longer one says more. */
  readonly weight: number;
  /** The literal labels that it ends with: for an index. */
  readonly ending: string;
  private readonly labels: readonly (readonly Token[])[];
  private readonly form: RegExp;

  constructor(pattern: string, form: RegionForm = 'word') {
    const labels = pattern.split('.');
    this.labels = labels.map(tokensOf);
    this.weight = pattern.replaceAll(/\*|\{region\}/g, '').length;
    this.ending = labels.slice(-2).some((label) => /[*{]/.test(label))
      ? (labels.at(-1) ?? '')
      : labels.slice(-2).join('.');
    this.form = REGION_FORMS[form];
  }

  /** @param host in lower case, without a final dot */
  match(host: string): Found | undefined {
    const labels = host.split('.');
    const offset = labels.length - this.labels.length;
    if (offset < 0) return undefined;
    let region: string | undefined;
    for (const [i, tokens] of this.labels.entries()) {
      const found = matchTokens(tokens, labels[offset + i] ?? '', this.form);
      if (found === undefined) return undefined;
      region ??= found.region;
    }
    return region === undefined ? {} : { region };
  }
}

/** A pattern of texts, capitals and small letters alike. */
export class TextPattern {
  readonly weight: number;
  private readonly tokens: readonly Token[];
  private readonly form: RegExp;

  constructor(pattern: string, form: RegionForm = 'word') {
    this.tokens = tokensOf(pattern.toLowerCase());
    this.weight = pattern.replaceAll(/\*|\{region\}/g, '').length;
    this.form = REGION_FORMS[form];
  }

  match(text: string): Found | undefined {
    return matchTokens(this.tokens, text.toLowerCase(), this.form);
  }
}

function tokensOf(pattern: string): Token[] {
  return pattern
    .split(/(\*|\{region\})/)
    .filter((piece) => piece !== '')
    .map((piece) => (piece === '*' ? 'any' : piece === '{region}' ? 'region' : { text: piece }));
}

/** Literals are looked for from the left, each as early as it fits what stands before it; the last must end the text. */
function matchTokens(
  tokens: readonly Token[],
  text: string,
  form: RegExp,
  from = 0,
  index = 0,
): Found | undefined {
  const token = tokens[index];
  if (token === undefined) return from === text.length ? {} : undefined;
  if (typeof token === 'object')
    return text.startsWith(token.text, from)
      ? matchTokens(tokens, text, form, from + token.text.length, index + 1)
      : undefined;
  const next = tokens[index + 1];
  if (next === undefined) return signed(token, text.slice(from), form);
  if (typeof next !== 'object') return undefined;
  const isLast = index + 2 === tokens.length;
  const first = isLast ? text.length - next.text.length : text.indexOf(next.text, from);
  for (let at = first, tries = 0; at >= from && tries < MOST_TRIES; tries++) {
    const begun = text.startsWith(next.text, at) ? signed(token, text.slice(from, at), form) : undefined;
    const rest = begun && matchTokens(tokens, text, form, at + next.text.length, index + 2);
    if (rest !== undefined) return { ...begun, ...rest };
    if (isLast) return undefined;
    const after = text.indexOf(next.text, at + 1);
    if (after < 0) return undefined;
    at = after;
  }
  return undefined;
}

/** Places at which a literal after a sign is tried. */
const MOST_TRIES = 64;

function signed(token: 'any' | 'region', text: string, form: RegExp): Found | undefined {
  if (token === 'any') return {};
  return text.length <= 40 && form.test(text) ? { region: text } : undefined;
}
