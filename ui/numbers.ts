/** Figures as the command prints them, with the decimal sign of the reader. */

const decimal =
  new Intl.NumberFormat(undefined).formatToParts(1.5).find(({ type }) => type === 'decimal')?.value ?? '.';

/** A printed figure such as `99.857 %` or `1.43M USD`, for the reader's eyes; digits stay as they are. */
export function local(figure: string, sign = decimal): string {
  return sign === '.' ? figure : figure.replace(/(\d)\.(?=\d)/g, `$1${sign}`);
}
