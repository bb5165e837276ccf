/**
 * A reference to what a provider offers: `p/c`, `p/c@region`, `p/c@region/zone`; or to a place of it: `p@region`,
 * `p@region/zone`. A name without `/` and `@` is a service of the plan.
 */
export interface Reference {
  readonly provider: string;
  /** Undefined for a place. */
  readonly capability: string | undefined;
  /** `''` for everywhere, else `region` or `region/zone`; `same` only inside the catalogue. */
  readonly scope: string;
}

const WORD = '[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?';
export const NAME = new RegExp(`^${WORD}$`);
export const NAME_SAYS =
  'lower-case letters, digits, "-", "_" and ".", at most 64, beginning and ending with a letter or digit';
export const SCOPE = new RegExp(`^${WORD}(?:/${WORD})?$`);
export const SCOPE_SAYS = 'a region or region/zone such as us-east-1 or us-east-1/use1-az4';
const REFERENCE = new RegExp(`^(${WORD})(?:/(${WORD}))?(?:@(${WORD}(?:/${WORD})?))?$`);
export const REFERENCE_SAYS =
  'a service name, or provider/capability, provider/capability@region or provider/capability@region/zone';

/** Undefined when the text is neither a name nor a reference. A plain name has neither capability nor scope. */
export function parseReference(text: string): Reference | undefined {
  const match = REFERENCE.exec(text);
  if (match?.[1] === undefined) return undefined;
  return { provider: match[1], capability: match[2], scope: match[3] ?? '' };
}

/** Whether a name stands for a service of the plan. */
export function isServiceName(text: string): boolean {
  return !text.includes('/') && !text.includes('@');
}

/** Whether `outer` is `inner` or holds it: `''` holds all, `r` holds `r/z`. */
export function encloses(outer: string, inner: string): boolean {
  return outer === '' || outer === inner || inner.startsWith(`${outer}/`);
}
