import { KeelsonError } from '../errors.ts';

/** What was asked for and is not done: a status of HTTP and, for people, everything that is wrong with it. */
export class Refusal extends KeelsonError {
  readonly status: number;
  /** A sentence each. */
  readonly mistakes: readonly string[];

  /** @param what in Toxiproxy's words, which its clients look for: `proxy not found` */
  constructor(status: number, what: string, mistakes: readonly string[] = []) {
    super('fault-refused', mistakes.length === 0 ? what : `${what}: ${mistakes.join(' ')}`, {
      hint: 'docs/faults.md says what it takes.',
    });
    this.status = status;
    this.mistakes = mistakes;
  }
}

/** Of what was sent: all that is wrong at once. */
export function badRequest(mistakes: readonly string[]): Refusal {
  return new Refusal(400, 'bad request body', mistakes);
}
