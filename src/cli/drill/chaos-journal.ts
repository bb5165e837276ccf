import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { journalOf, type JournalOptions } from '../../drill/chaos/index.ts';
import type { Drill } from '../../drill/index.ts';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';
import type { Arguments, Environment } from '../command.ts';
import { refuseOverwrite } from '../input.ts';
import { unwritable } from '../sink.ts';

/**
 * Refuses a file for `--journal` that cannot be one, before anything is touched.
 *
 * @param kept what is not to be written over
 * @returns undefined where none is wanted
 */
export function chaosJournalTo(args: Arguments, kept: readonly string[]): string | undefined {
  const file = args.text('journal');
  if (file === undefined) return undefined;
  if (file === '')
    throw new KeelsonError('bad-argument', 'Expected a file for --journal; - for standard output.');
  for (const name of ['dry-run', 'restore'])
    if (args.flag(name))
      throw new KeelsonError('bad-argument', `Expected no --journal with --${name}: nothing is drilled.`);
  if (file === '-') return file;
  refuseOverwrite(file, kept);
  for (const name of ['evidence', 'junit', 'markdown']) {
    const other = args.text(name);
    if (other !== undefined && resolve(other) === resolve(file))
      throw new KeelsonError(
        'bad-argument',
        `Expected a file of its own for each of --journal and --${name}, found ${show(file)} for both.`,
      );
  }
  expectWritable(file);
  return file;
}

export function writeChaosJournal(
  file: string,
  drill: Drill,
  options: JournalOptions,
  environment: Environment,
): void {
  const text = JSON.stringify(journalOf(drill, options), undefined, 2);
  if (file === '-') environment.out(text);
  else environment.write(file, `${text}\n`);
}

/** Nothing is made: a drill that does not begin leaves nothing behind. */
function expectWritable(file: string): void {
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    if (there?.isDirectory() === true)
      throw new KeelsonError('file-unwritable', `${show(file)} cannot be written: it is a directory.`);
    const { W_OK, X_OK } = constants;
    if (there === undefined) accessSync(dirname(resolve(file)), W_OK | X_OK);
    else accessSync(file, W_OK);
  } catch (cause) {
    throw cause instanceof KeelsonError ? cause : unwritable(file, cause);
  }
}
