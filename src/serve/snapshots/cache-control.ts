/** Header fields by lower-case name, as node:http and undici give them. */
export type HeaderFields = Readonly<Record<string, string | readonly string[] | undefined>>;

export type Directives = ReadonlyMap<string, string>;

/** One member of a list: a token, and what may follow an equals sign, quoted or not. */
const DIRECTIVE = /[\t ]*(?:([\w!#$%&'*+.^`|~-]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*)))?)?[\t ]*(?:,|$)/y;

/**
 * Reads Cache-Control (RFC 9111, section 5.2), names in lower case.
 *
 * @returns undefined when it cannot be read: what it forbids is then not known, so everything is
 */
export function readCacheControl(headers: HeaderFields): Directives | undefined {
  const text = fieldOf(headers, 'cache-control') ?? '';
  const directives = new Map<string, string>();
  if (text.length > 4096) return undefined;
  DIRECTIVE.lastIndex = 0;
  while (DIRECTIVE.lastIndex < text.length) {
    const found = DIRECTIVE.exec(text);
    if (found === null) return undefined;
    const [, name, quoted, plain] = found;
    if (name !== undefined) keep(directives, name.toLowerCase(), quoted ?? plain ?? '');
  }
  return directives;
}

/** @returns a directive's time; 0 when it is no time, undefined when it is not given. @unit s */
export function secondsOf(directives: Directives, name: string): number | undefined {
  const text = directives.get(name);
  return text === undefined ? undefined : (readSeconds(text) ?? 0);
}

/** Digits only, at most 2^31 (RFC 9111, section 1.2.2). */
export function readSeconds(text: string): number | undefined {
  return /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 31) : undefined;
}

/** A date in the one form that is written today; the older two are taken for none. @unit ms, wall clock */
export function readHttpDate(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text))
    return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** All lines of a field as the one list they are. */
export function fieldOf(headers: HeaderFields, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'object' ? value.join(', ') : value;
}

/** Of a directive given twice the shorter time counts. */
function keep(directives: Map<string, string>, name: string, value: string): void {
  const before = directives.get(name);
  if (before === undefined || !((readSeconds(value) ?? 0) > (readSeconds(before) ?? 0)))
    directives.set(name, value);
}
