import { parseArgs } from 'node:util';
import { KeelsonError } from '../errors.ts';
import { nearest } from '../document/index.ts';

/** What a command may touch: handed in, so that a command is tested without a process. */
export interface Environment {
  /** The folder of the installed package. */
  readonly root: string;
  readonly out: (text: string) => void;
  /** @param line whether a line ends after it; true unless said otherwise */
  readonly err: (text: string, line?: boolean) => void;
  /** Writes a file whole. */
  readonly write: (file: string, content: string | Uint8Array) => void;
  /** Writes a file, or for `-` standard output, piece by piece. */
  readonly open: (file: string) => Sink;
  /** Standard output is a terminal: colour is allowed. */
  readonly colour: boolean;
  /** Standard error is a terminal: progress is shown. */
  readonly progress: boolean;
  /** @unit columns */
  readonly width: number;
}

export interface Sink {
  /** @returns false when nobody reads any more: the rest need not be made */
  write(text: string): boolean;
  close(): void;
}

export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly help: string;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Positional arguments, as the help shows them. */
  readonly operands: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly example: string;
  /** Further lines of the help. */
  readonly notes?: readonly string[];
  /** Commands under this one, each loaded when it is asked for: its name stands before their arguments. With operands of its own beside
   *  `COMMAND`, it is run where none of them is named. */
  readonly under?: ReadonlyMap<string, { readonly summary: string; readonly load: () => Promise<Command> }>;
  /** @returns the exit code: 0 all targets met, 1 one missed, 2 wrong input; a promise of it where it takes several threads */
  run(args: Arguments, environment: Environment): number | Promise<number>;
}

export interface Arguments {
  readonly operands: readonly string[];
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  flag(name: string): boolean;
}

/** Reads a command's arguments; unknown options are named with the nearest known one. */
export function readArguments(command: Command, argv: readonly string[]): Arguments {
  const options = Object.fromEntries(
    Object.entries({ ...command.options, ...COMMON }).map(([name, { type, multiple }]) => [
      name,
      { type, multiple: multiple ?? false },
    ]),
  );
  const { values, positionals } = parse(command, argv, options);
  const strings = (name: string): string[] => {
    const value = values[name];
    if (value === undefined || typeof value === 'boolean') return [];
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [value];
  };
  return {
    operands: positionals,
    text: (name) => strings(name)[0],
    texts: strings,
    flag: (name) => values[name] === true,
  };
}

const COMMON: Readonly<Record<string, CommandOption>> = {
  help: { type: 'boolean', help: 'Show this help.' },
};

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

function parse(
  command: Command,
  argv: readonly string[],
  options: Record<string, { type: 'string' | 'boolean'; multiple: boolean }>,
): { values: Values; positionals: string[] } {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const value = /Option '(--[a-z-]+).*ambiguous/.exec(message)?.[1];
    if (value !== undefined)
      throw new KeelsonError(
        'bad-argument',
        `A value of ${value} that begins with a dash is written ${value}=-….`,
        {
          hint: `keelson ${command.name} --help`,
        },
      );
    const unknown = /Unknown option '--?([^']+)'/.exec(message)?.[1];
    const hint = `keelson ${command.name} --help`;
    if (unknown === undefined) throw new KeelsonError('bad-argument', firstSentence(message), { hint });
    const close = nearest(unknown, Object.keys(options));
    const meant = close === undefined ? '' : ` Did you mean --${close}?`;
    throw new KeelsonError('unknown-option', `keelson ${command.name} has no option --${unknown}.${meant}`, {
      hint,
    });
  }
}

function firstSentence(message: string): string {
  return message.split(/(?<=\.)\s|\n/)[0] ?? message;
}

export function helpText(command: Command): string {
  if (command.operands === 'COMMAND') return groupText(command);
  const rows = Object.entries({ ...command.options, ...COMMON }).map(([name, option]) => [
    `  --${name}${option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : ''}`,
    option.help,
  ]);
  const width = Math.max(...rows.map(([left]) => left?.length ?? 0));
  return [
    `keelson ${command.name} ${command.operands}`.trimEnd(),
    '',
    `  ${command.summary}`,
    ...(command.notes ?? []).map((line) => `  ${line}`),
    '',
    ...(command.under === undefined ? [] : [...underLines(command.under), '']),
    'Options',
    ...rows.map(([left = '', right = '']) => `${left.padEnd(width)}  ${right}`),
    '',
    'Example',
    `  ${command.example}`,
  ].join('\n');
}

function groupText({ name, summary, notes = [], example, under }: Command): string {
  return [
    `keelson ${name} COMMAND`,
    '',
    `  ${summary}`,
    ...notes.map((line) => `  ${line}`),
    '',
    ...underLines(under ?? new Map()),
    '',
    `keelson ${name} COMMAND --help tells more.`,
    '',
    'Example',
    `  ${example}`,
  ].join('\n');
}

function underLines(under: NonNullable<Command['under']>): string[] {
  const width = Math.max(...[...under.keys()].map((one) => one.length));
  return ['Commands', ...[...under].map(([one, { summary }]) => `  ${one.padEnd(width)}  ${summary}`)];
}
