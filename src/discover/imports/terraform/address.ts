/** An instance of a module or of a resource within its module: `api["eu"]`. */
export interface Step {
  readonly name: string;
  /** Of `count` or `for_each`. */
  readonly key: string | number | undefined;
}

/**
 * The steps of the modules in an address: `module.api["eu"].module.db` has two. Anything else than modules ends it.
 */
export function modulesIn(address: string): Step[] {
  const steps: Step[] = [];
  let rest = address;
  for (let count = 0; count < 50; count++) {
    const match = /^module\.([A-Za-z0-9_-]{1,200})(\[(?:\d{1,9}|"(?:[^"\\]|\\.){0,500}")\])?(?:\.|$)/.exec(
      rest,
    );
    if (match === null) return steps;
    steps.push({ name: match[1] ?? '', key: keyIn(match[2]) });
    rest = rest.slice(match[0].length);
  }
  return steps;
}

/** The key between brackets: `["eu"]` or `[0]`. */
export function keyIn(brackets: string | undefined): string | number | undefined {
  if (brackets === undefined) return undefined;
  const inner = brackets.slice(1, -1);
  if (!inner.startsWith('"')) return Number(inner);
  return inner.slice(1, -1).replace(/\\(.)/g, '$1');
}

/** The address of a module's instance. */
export function moduleAddress(steps: readonly Step[]): string {
  return steps.map(({ name, key }) => `module.${name}${bracketed(key)}`).join('.');
}

/** `["eu"]`, `[0]`, or nothing. */
export function bracketed(key: string | number | undefined): string {
  if (key === undefined) return '';
  return typeof key === 'number' ? `[${key}]` : `["${key.replace(/[\\"]/g, '\\$&')}"]`;
}

/** An address as people read it in a plan: without `module.` and brackets. */
export function readable(address: string): string {
  return address
    .replace(/(^|\.)module\./g, '$1')
    .replace(/\[(\d+)\]/g, '.$1')
    .replace(/\["((?:[^"\\]|\\.)*)"\]/g, '.$1');
}
