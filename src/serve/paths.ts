/**
 * What two programs could read as different paths. Escaped: control characters, what divides a path, what need not be escaped (RFC
 * 3986, section 6.2.2.2), and a second layer of escapes.
 */
const AMBIGUOUS =
  /\/\/|\/\.{1,2}(\/|$)|[\\;#]|%(?:[01]|2[def]|3[0-9]|[46][1-9a-f]|[57][0-9a]|5[cf]|7[ef]|25[0-9a-f]{2})|%(?![0-9a-f]{2})|[\0-\x20\x7f-\uffff]/i;
const LONGEST = 8192;

/** The path of a request’s target, its query left off, without escapes; undefined where two programs could read it differently. */
export function safePath(target: string): string | undefined {
  if (target.length > LONGEST || target.charCodeAt(0) !== 47) return undefined;
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (AMBIGUOUS.test(path) || (query >= 0 && UNFIT_QUERY.test(target))) return undefined;
  return path.includes('%') ? unescaped(path) : path;
}

const UNFIT_QUERY = /[#\0-\x20\x7f]/;

/** Undefined where it is no UTF-8, such as a slash in more bytes than one. */
function unescaped(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
