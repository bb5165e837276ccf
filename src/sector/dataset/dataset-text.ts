/** A text and where it is from. */
export interface NamedText {
  readonly text: string;
  /** The file, as problems name it. */
  readonly file: string;
}
