import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';
import { plainEnvironment } from '../../processes/environment.ts';
import { runCommand, type CommandOutcome } from '../../processes/run-command.ts';
import type { Wheel, WheelCheck } from './wheel.ts';

export interface CommandWheelOptions {
  readonly service: string;
  /** Where the program runs. @default the folder of this process */
  readonly folder?: string;
  /** Names, in order of the alternatives. */
  readonly alternatives: readonly string[];
  /** The program and its arguments, no shell; in arguments `{to}`, `{from}` and `{service}` are replaced by names, `{number}` by the place of `{to}`, from 1. */
  readonly command: readonly [string, ...string[]];
  /** Writes the name of the alternative in force on its standard output, nothing where it cannot say. @default none */
  readonly check?: readonly [string, ...string[]];
  /** After that the command is ended with all it has started. @unit ms */
  readonly timeoutMs: number;
  /** What the command gets besides PATH, HOME and KEELSON_*; taken for secret. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Moves users by a command of the operator's. It is told where to by `{to}` and by KEELSON_TO, KEELSON_FROM (empty where nobody knows)
 * and KEELSON_SERVICE, and has turned the wheel when it ends with 0 and its `check`, where there is one, then names that alternative.
 */
export class CommandWheel implements Wheel {
  private readonly options: CommandWheelOptions;
  private inForce: number | undefined;

  constructor(options: CommandWheelOptions) {
    this.options = options;
  }

  describe(to: number): readonly string[] {
    const { check, timeoutMs } = this.options;
    const words = ([program, ...args]: readonly [string, ...string[]]): string =>
      [program, ...this.fill(args, to)].map(quoted).join(' ');
    return [
      `run ${words(this.options.command)}, within ${timeoutMs} ms`,
      ...(check === undefined ? [] : [`then ask ${words(check)} whether ${this.nameOf(to)} is in force`]),
    ];
  }

  async check(signal: AbortSignal): Promise<WheelCheck> {
    const { command, check } = this.options;
    for (const [program] of check === undefined ? [command] : [command, check])
      if (!isProgram(program)) return { ok: false, why: `${show(program)} is no program that can be run.` };
    if (check === undefined) return { ok: true, inForce: undefined, words: `${show(command[0])} can be run` };
    try {
      this.inForce = await this.ask(check, undefined, signal);
    } catch (error) {
      if (error instanceof KeelsonError) return { ok: false, why: error.message };
      throw error;
    }
    const found = this.inForce === undefined ? 'does not say what' : `says that ${this.nameOf(this.inForce)}`;
    return { ok: true, inForce: this.inForce, words: `${show(check[0])} ${found} is in force` };
  }

  async turn(to: number, signal: AbortSignal): Promise<void> {
    const { command, check } = this.options;
    const name = this.nameOf(to);
    const outcome = await this.run(command, to, signal);
    if (outcome.kind === 'unstarted')
      throw new KeelsonError('wheel-unreachable', said(command, outcome), {
        hint: 'Check that the program is there and may be run.',
      });
    this.inForce = undefined;
    if (outcome.kind !== 'exited')
      throw new KeelsonError(
        'wheel-unknown',
        `Whether ${name} is in force is not known. ${said(command, outcome)}`,
        { hint: 'Look why the command takes so long, or give it more time.' },
      );
    if (outcome.code !== 0)
      throw new KeelsonError('wheel-refused', said(command, outcome), {
        hint: 'Run the command by hand; it must end with 0 once users have been moved.',
      });
    const found = (check === undefined ? undefined : await this.ask(check, to, signal)) ?? to;
    this.inForce = found;
    if (found === to) return;
    throw new KeelsonError(
      'wheel-unconfirmed',
      `${show(command[0])} has ended well, but ${this.nameOf(found)} is in force where ${name} is expected.`,
      { hint: 'Run the check by hand.' },
    );
  }

  /** The alternative that the check names. */
  private async ask(
    check: readonly [string, ...string[]],
    to: number | undefined,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const outcome = await this.run(check, to, signal);
    if (outcome.kind !== 'exited' || outcome.code !== 0)
      throw new KeelsonError('wheel-unconfirmed', said(check, outcome), {
        hint: 'Run the check by hand; it must end with 0.',
      });
    const found = this.options.alternatives.indexOf(outcome.output.trim());
    return found === -1 ? undefined : found;
  }

  private run(
    command: readonly [string, ...string[]],
    to: number | undefined,
    signal: AbortSignal,
  ): Promise<CommandOutcome> {
    const { env = {}, timeoutMs, service, folder = process.cwd() } = this.options;
    const told = {
      KEELSON_TO: this.text(to),
      KEELSON_FROM: this.text(this.inForce),
      KEELSON_SERVICE: service,
    };
    const [program, ...args] = command;
    return runCommand(
      program,
      this.fill(args, to),
      { folder, env: { ...plainEnvironment(), ...env, ...told }, timeoutMs, secrets: Object.values(env) },
      signal,
    );
  }

  private fill(
    [program, ...args]: readonly [string, ...string[]],
    to: number | undefined,
  ): [string, ...string[]];
  private fill(command: readonly string[], to: number | undefined): string[];
  private fill(args: readonly string[], to: number | undefined): string[] {
    const names: Readonly<Record<string, string>> = {
      '{to}': this.text(to),
      '{number}': to === undefined ? '' : String(to + 1),
      '{from}': this.text(this.inForce),
      '{service}': this.options.service,
    };
    return args.map((word) =>
      word.replace(/\{(?:to|number|from|service)\}/g, (found) => names[found] ?? found),
    );
  }

  private text(alternative: number | undefined): string {
    return alternative === undefined ? '' : this.nameOf(alternative);
  }

  private nameOf(alternative: number): string {
    const { alternatives } = this.options;
    const name = alternatives[alternative];
    if (name === undefined)
      throw new RangeError(`Expected 0 to ${alternatives.length - 1}, found ${alternative}.`);
    return name;
  }
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

function isProgram(program: string): boolean {
  const folders = program.includes('/') ? [''] : plainEnvironment().PATH.split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(isAbsolute(program) ? program : join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function said([program]: readonly string[], outcome: CommandOutcome): string {
  const shown = show(program ?? '');
  switch (outcome.kind) {
    case 'unstarted':
      return `${shown} cannot be run: the system says ${outcome.code}.`;
    case 'ended':
      return `${shown} was ended: it had not finished in time.`;
    case 'killed':
      return `${shown} was ended by ${outcome.signal}.`;
    case 'exited':
      return `${shown} ended with ${outcome.code}${outcome.lastError === '' ? '' : `: ${show(outcome.lastError)}`}.`;
  }
}
