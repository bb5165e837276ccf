/** Figures as the command prints them, with the decimal sign of the reader. */

const decimal =
  new Intl.NumberFormat(undefined).formatToParts(1.5).find(({ type }) => type === 'decimal')?.value ?? '.';

/** A number that stands by itself, with its unit: no part of a name, a version or an address. */
const FIGURE = /(?<![\w.,:/@#]|\w-)(\d+)\.(\d+)(?=(?:k|M|bn)?(?:[\s),;…%]|\.(?:\s|$)|$))/g;

/** A printed text such as `99.857 %` or `1.43M USD a year`, for the reader's eyes; digits stay as they are. */
export function local(text: string, sign = decimal): string {
  return sign === '.' ? text : text.replace(FIGURE, `$1${sign}$2`);
}
