export type CoreValue = string | number | boolean | null;

const INTEGER = /^[-+]?\d+$/;
const OCTAL = /^0o[0-7]+$/;
const HEXADECIMAL = /^0x[0-9a-fA-F]+$/;
const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;
const NOT_FINITE = /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;

/**
 * What a scalar of YAML stands for by the core schema of YAML 1.2 (10.3.2). Undefined for what JSON cannot say: infinity, and what is no number.
 *
 * @param plain written without quotes
 */
export function coreValue(text: string, plain: boolean): CoreValue | undefined {
  if (!plain) return text;
  switch (text) {
    case '':
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
  }
  if (NOT_FINITE.test(text)) return undefined;
  if (!INTEGER.test(text) && !OCTAL.test(text) && !HEXADECIMAL.test(text) && !FLOAT.test(text)) return text;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
