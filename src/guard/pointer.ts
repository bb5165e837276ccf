/* JSON Pointers (RFC 6901). */

/** The names or numbers on the way; undefined when it is no pointer. */
export function parsePointer(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** One step of a pointer, as it is written. */
export function pointerToken(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Which item of a list a step stands for, from 0; -1 where it stands for none. */
export function itemOf(token: string): number {
  return /^(0|[1-9]\d{0,9})$/.test(token) ? Number(token) : -1;
}

/** What a pointer leads to in a value; undefined where there is nothing. */
export function valueAt(value: unknown, tokens: readonly string[]): unknown {
  let at = value;
  for (const token of tokens) {
    if (typeof at !== 'object' || at === null) return undefined;
    if (Array.isArray(at) && itemOf(token) < 0) return undefined;
    if (!Object.hasOwn(at, token)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[token]; // its own, just looked up
  }
  return at;
}

/** The way to a field of a row: its name, or a pointer where it begins with a slash. */
export function fieldPath(field: string): readonly string[] {
  return (field.startsWith('/') ? parsePointer(field) : undefined) ?? [field];
}
