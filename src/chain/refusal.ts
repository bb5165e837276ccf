/** What came from a node is not what it is said to be, or cannot be read. */
export interface Refused {
  readonly kind: 'refused';
  /** For people: what was expected and what was found. Some callers look for the first word, such as `unknown-type`. */
  readonly why: string;
}

export function refused(why: string): Refused {
  return { kind: 'refused', why };
}
