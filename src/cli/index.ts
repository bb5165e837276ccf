import { writeFileSync } from 'node:fs';
import { nearest } from '../document/index.ts';
import { KeelsonError } from '../errors.ts';
import { printable, show } from '../problems.ts';
import { helpText, readArguments, type Command, type Environment } from './command.ts';
import { openSink, standardStream, unwritable } from './sink.ts';
import { installedVersion } from './version.ts';
import type { makePage as make } from './open/page.ts';
import type { judgePlan as judge } from './serve/judge.ts';
import type { takeBlocks as take } from './years.ts';

/** A command is loaded when it is asked for: what the others need is no part of its start. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['assess', async () => (await import('./assess.ts')).assess],
  ['compare', async () => (await import('./compare.ts')).compare],
  ['discover', async () => (await import('./discover.ts')).discover],
  ['sector', async () => (await import('./sector.ts')).sector],
  ['open', async () => (await import('./open.ts')).open],
  ['replay', async () => (await import('./replay.ts')).replay],
  ['serve', async () => (await import('./serve.ts')).serve],
  ['drill', async () => (await import('./drill.ts')).drill],
  ['mode', async () => (await import('./mode.ts')).mode],
  ['approve', async () => (await import('./approve.ts')).approve],
  ['drain', async () => (await import('./drain.ts')).drain],
  ['reload', async () => (await import('./reload.ts')).reload],
  ['guard', async () => (await import('./guard.ts')).guard],
  ['faults', async () => (await import('./faults.ts')).faults],
  ['solve', async () => (await import('./solve.ts')).solve],
  ['check', async () => (await import('./check.ts')).check],
  ['export', async () => (await import('./export.ts')).exportPlan],
  ['init', async () => (await import('./init.ts')).init],
  ['catalog', async () => (await import('./catalog.ts')).catalog],
  ['schema', async () => (await import('./schema.ts')).schema],
]);

/** What a worker of `replay --years` runs. */
export async function takeBlocks(...given: Parameters<typeof take>): Promise<void> {
  (await import('./years.ts')).takeBlocks(...given);
}

/** What a worker of `open` runs. */
export async function makePage(...given: Parameters<typeof make>): Promise<void> {
  (await import('./open/page.ts')).makePage(...given);
}

/** What a worker of `serve` runs. */
export async function judgePlan(...given: Parameters<typeof judge>): Promise<void> {
  (await import('./serve/judge.ts')).judgePlan(...given);
}

/** Runs the command line and returns the exit code: 0 targets met, 1 one missed, 2 wrong input. */
export async function main(argv: readonly string[], environment: Environment): Promise<number> {
  try {
    return await dispatch(argv, environment);
  } catch (error) {
    return tell(error, environment);
  }
}

/** Says what stopped the program; what nobody foresaw is thrown on. */
function tell(error: unknown, environment: Environment): number {
  if (!(error instanceof KeelsonError)) throw error;
  environment.err(
    `keelson: ${printable(error.message)} (${error.code})${error.hint === undefined ? '' : `\n  ${printable(error.hint)}`}`,
  );
  return 2;
}

async function dispatch(argv: readonly string[], environment: Environment): Promise<number> {
  const [name, ...rest] = argv;

  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const about = await COMMANDS.get(rest[0] ?? '')?.();
    const under = await about?.under?.get(rest[1] ?? '')?.load();
    environment.out(about === undefined ? await overview() : helpText(under ?? about));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === 'version') {
    environment.out(installedVersion(environment));
    return 0;
  }
  const command = await COMMANDS.get(name)?.();
  if (command === undefined) {
    const close = nearest(name, [...COMMANDS.keys()]);
    const meant = close === undefined ? '' : ` Did you mean ${close}?`;
    throw new KeelsonError('unknown-command', `${show(name)} is not a command.${meant}`, {
      hint: 'keelson --help lists them.',
    });
  }
  if (command.under !== undefined && (command.operands === 'COMMAND' || command.under.has(rest[0] ?? '')))
    return dispatchUnder(command, rest, environment);
  return runCommand(command, rest, environment);
}

/** Of a command that has others under it. */
async function dispatchUnder(
  command: Command,
  [name, ...rest]: readonly string[],
  environment: Environment,
): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const about = await command.under?.get(rest[0] ?? '')?.load();
    environment.out(helpText(about ?? command));
    return name === undefined ? 2 : 0;
  }
  const found = await command.under?.get(name)?.load();
  if (found !== undefined) return runCommand(found, rest, environment);
  const close = nearest(name, command.under?.keys() ?? []);
  const meant = close === undefined ? '' : ` Did you mean ${close}?`;
  throw new KeelsonError('unknown-command', `${show(name)} is not a command of ${command.name}.${meant}`, {
    hint: `keelson ${command.name} --help lists them.`,
  });
}

async function runCommand(
  command: Command,
  argv: readonly string[],
  environment: Environment,
): Promise<number> {
  const args = readArguments(command, argv);
  if (!args.flag('help')) return command.run(args, environment);
  environment.out(helpText(command));
  return 0;
}

async function overview(): Promise<string> {
  const commands = await Promise.all([...COMMANDS.values()].map((load) => load()));
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'keelson finds what a platform stands on before it gives way.',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'keelson COMMAND --help tells more. A first plan: keelson init',
  ].join('\n');
}

/** The real surroundings of a process. */
export function processEnvironment(root: string): Environment {
  const output = standardStream(1);
  const errors = standardStream(2);
  const colour = output.isTerminal && process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb';
  return {
    root,
    out: (text) => output.write(`${text}\n`),
    err: (text, line = true) => errors.write(line ? `${text}\n` : text),
    write: writeFile,
    open: openSink,
    colour,
    progress: errors.isTerminal,
    width: Math.min(160, Math.max(60, output.columns ?? 120)),
  };
}

function writeFile(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (cause) {
    throw unwritable(file, cause);
  }
}
