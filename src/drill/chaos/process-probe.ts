import { plainEnvironment } from '../../processes/environment.ts';
import { runCommand } from '../../processes/run-command.ts';
import { field, isObject, textIn, type JsonObject } from './bounded-json.ts';
import { short } from './tolerance-in.ts';
import type { Variables } from './variables.ts';

/** A program that an experiment runs as a probe. */
export interface ProcessProbe {
  readonly at: string;
  readonly name: string;
  readonly program: string;
  readonly arguments: readonly string[];
  /** How long it may take. @unit ms */
  readonly timeoutMs: number;
  /** With which code it must end. */
  readonly status: number;
}

/** @unit ms */
const LONGEST_MS = 60_000;
const DEFAULT_MS = 10_000;
const MOST_ARGUMENTS = 100;

/** A `process` provider as a program with arguments that no shell reads; or why it cannot be one. Nothing is run. */
export function readProcess(
  probe: JsonObject,
  provider: JsonObject,
  variables: Variables,
  at: string,
  name: string,
): ProcessProbe | { readonly leftOut: string } {
  const program = textIn(provider, 'path');
  if (program === undefined || program.length > 4_000 || program.includes('\0'))
    return { leftOut: 'A program without a path.' };
  const said = field(provider, 'arguments') ?? [];
  if (typeof said === 'string')
    return { leftOut: 'A program whose arguments are one text: a shell would read it, and none is started.' };
  const listed = isObject(said) ? Object.entries(said).flat() : said;
  if (!Array.isArray(listed) || listed.length > MOST_ARGUMENTS)
    return { leftOut: `A program: expected a list of at most ${MOST_ARGUMENTS} arguments.` };
  const found: string[] = [];
  for (const one of listed) {
    if (typeof one === 'object' && one !== null)
      return { leftOut: 'A program: expected arguments that are texts.' };
    if (one === null || one === '') continue;
    const resolved = variables.resolve(String(one));
    if ('missing' in resolved) return { leftOut: `A program: its arguments need ${resolved.missing}.` };
    if (resolved.text.length > 10_000 || resolved.text.includes('\0'))
      return { leftOut: 'A program: an argument that no program can be given.' };
    found.push(resolved.text);
  }
  const status = field(probe, 'tolerance') ?? 0;
  if (typeof status !== 'number' || !Number.isInteger(status))
    return {
      leftOut: `A program: only its exit code is held against a tolerance, and this is ${short(status)}.`,
    };
  const timeout = field(provider, 'timeout');
  const wantedMs = typeof timeout === 'number' && timeout > 0 ? timeout * 1_000 : DEFAULT_MS;
  return { at, name, program, arguments: found, timeoutMs: Math.min(wantedMs, LONGEST_MS), status };
}

export interface ProcessBounds {
  /** The folder that it runs in. */
  readonly folder: string;
  /** Its whole environment. @default PATH and HOME */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Runs it: without a shell, within its time, and nothing that it starts outlives it. Only for those who have said `--allow-process`.
 *
 * @returns whether it ended as the experiment wants it, and what was found, in a sentence
 */
export async function runProcessProbe(
  { program, arguments: args, timeoutMs, status }: ProcessProbe,
  { folder, env, signal }: ProcessBounds,
): Promise<{ readonly met: boolean; readonly says: string }> {
  const own = env ?? plainEnvironment();
  const outcome = await runCommand(program, args, { folder, env: own, timeoutMs, secrets: [] }, signal);
  if (outcome.kind === 'exited')
    return {
      met: outcome.code === status,
      says: `Expected exit code ${status}, found ${outcome.code}${outcome.lastError === '' ? '' : `: ${outcome.lastError}`}.`,
    };
  if (outcome.kind === 'ended')
    return { met: false, says: `Expected an end within ${timeoutMs / 1_000} s, found none.` };
  if (outcome.kind === 'killed') return { met: false, says: `Ended by ${outcome.signal}.` };
  return { met: false, says: `It could not be started: ${outcome.code}.` };
}
