/** What stops the program: a code, one sentence, and what to do next. */
export class KeelsonError extends Error {
  override readonly name = 'KeelsonError';
  /** Stable, for programs; each has a heading in `docs/problems.md`. */
  readonly code: string;
  /** What to do next, one sentence. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
