import { readFileSync, statSync } from 'node:fs';
import { KeelsonError } from '../../errors.ts';
import { FAULTS, FaultServer, faultText, openControl, Refusal, type Control } from '../../faults/index.ts';
import { printable } from '../../printable.ts';
import type { Arguments, Environment } from '../command.ts';
import { wholeNumber } from '../input.ts';
import { placeOf } from '../serve/place.ts';

/** @unit bytes */
const MOST_BYTES = 1_000_000;

/** @returns the exit code, once it was ended */
export async function runFaults(args: Arguments, environment: Environment): Promise<number> {
  if (args.flag('list')) {
    environment.out(
      args.flag('json') ? JSON.stringify(FAULTS, undefined, 2) : FAULTS.map(faultText).join('\n\n'),
    );
    return 0;
  }
  const { host, port } = placeOf('listen', args.text('listen') ?? '127.0.0.1:8474');
  const seed = wholeNumber(args, 'seed', 0, 2 ** 31 - 1) ?? 1;
  const allowRemote = args.flag('allow-remote');
  const file = args.text('config');
  const wanted = file === undefined ? [] : readConfig(file);
  const ended = untilEnded();
  const server = new FaultServer({ seed, allowRemote });
  let control: Control | undefined;
  try {
    control = await openControl(server, { host, port, allowRemote });
    await server.populate(wanted);
    environment.out(standing(server, control, seed, args.flag('json')));
    await ended;
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal) || error.mistakes.length < 2) throw error;
    for (const mistake of error.mistakes) environment.err(printable(`${file}: ${mistake}`));
    return 2;
  } finally {
    await control?.close();
    await server.close();
  }
}

function standing(server: FaultServer, { place }: Control, seed: number, isJson: boolean): string {
  const host = place.host.includes(':') ? `[${place.host}]` : place.host;
  const control = `http://${host}:${place.port}`;
  const proxies = server.proxies.map((proxy) => proxy.view());
  if (isJson) return JSON.stringify({ schema: 'keelson.faults/1', control, seed, proxies });
  const width = Math.max(0, ...proxies.map(({ name }) => name.length));
  return [
    `control API at ${control}, seed ${seed}  (Ctrl-C ends it)`,
    ...proxies.map(
      ({ name, listen, upstream, enabled, toxics }) =>
        `  ${name.padEnd(width)}  ${enabled ? listen : 'disabled'} → ${upstream}${toxics.length === 0 ? '' : `  ${toxics.map((toxic) => toxic.name).join(', ')}`}`,
    ),
  ]
    .map(printable)
    .join('\n');
}

function readConfig(file: string): unknown {
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > MOST_BYTES)
      throw new KeelsonError(
        'fault-refused',
        `Expected at most ${MOST_BYTES} bytes in ${file}, found ${size}.`,
      );
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof KeelsonError) throw cause;
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new KeelsonError('fault-refused', `${file} cannot be read: ${why}.`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KeelsonError('fault-refused', `Expected JSON in ${file}, found something else: ${why}.`, {
      cause,
    });
  }
}

/** Ended by whoever started it; a second time, at once. */
function untilEnded(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        if (isAsked) process.exit(130);
        isAsked = true;
        resolve();
      });
  });
}
