import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Injection, RunningAdmin } from '../../drill/index.ts';
import { KeelsonError } from '../../errors.ts';
import { FaultServer, openControl } from '../../faults/index.ts';
import type { Environment } from '../command.ts';
import { socketIn } from '../serve/place.ts';
import { installedVersion } from '../version.ts';
import type { Ground } from './ground.ts';
import { EdgeDoor, isSteered, type Rig } from './rig.ts';

/** How long a gateway may take to start, and to end. @unit ms */
const STARTS_WITHIN_MS = 30_000;
const ENDS_WITHIN_MS = 5_000;

/**
 * Faults, a gateway and where there are edges a steerer, started for one drill: the gateway reaches every address of the plan through a
 * proxy of ours. All of it ends with this process, however that ends.
 *
 * @param onLost called with why where one of them ends before it is to
 * @throws KeelsonError `drill-not-started`
 */
export async function ownRig(
  ground: Ground,
  file: string,
  speed: number,
  environment: Environment,
  onLost: (why: string) => void,
): Promise<Rig> {
  const { model, standing } = ground;
  // What the gateway never asks cannot be failed for it here.
  const addresses = [...new Set(standing.addresses.map(({ address }) => address))];
  // Made by the gateway, which takes it away when this process has gone: else it would be there for a moment with nobody to do so.
  const folder = join(tmpdir(), `keelson-drill-${randomBytes(6).toString('hex')}`);
  const faults = new FaultServer();
  const children: ChildProcess[] = [];
  let edges: EdgeDoor | undefined;
  let isEnding = false;
  const end = async (): Promise<void> => {
    isEnding = true;
    edges?.stop();
    // The gateway last: the folder goes with it.
    for (const child of children.toReversed()) await ended(child);
    await control?.close();
    await faults.close();
    rmSync(folder, { recursive: true, force: true });
  };
  let control: Awaited<ReturnType<typeof openControl>> | undefined;
  try {
    control = await openControl(faults, { port: 0 });
    const proxies = new Map<string, string>();
    const via = new Map<string, string>();
    for (const [i, address] of addresses.entries()) {
      const proxy = await faults.create({ name: `place-${i + 1}`, listen: '127.0.0.1:0', upstream: address });
      const { name, listen } = proxy.view();
      proxies.set(address, name);
      via.set(address, listen);
    }
    const viaFile = join(folder, 'via.json');
    const common = [
      file,
      '--via',
      viaFile,
      '--admin',
      '127.0.0.1:0',
      '--state',
      folder,
      '--drain-time',
      '100ms',
    ];
    const timed = speed === 1 ? common : [...common, '--speed', String(speed)];
    const listen = model.plan.drill?.listen ?? '127.0.0.1:0';
    const inside = { KEELSON_DRILL_FOLDER: folder };
    const makes = { ...inside, KEELSON_DRILL_VIA: JSON.stringify(Object.fromEntries(via)) };
    const gateway = await start(children, ['serve', ...timed, '--listen', listen], makes, environment);
    const isFronted = isSteered(model);
    if (isFronted) await start(children, ['serve', ...timed, '--steer'], inside, environment);
    for (const [i, child] of children.entries())
      child.once('exit', () => {
        if (!isEnding) onLost(`The ${i === 0 ? 'gateway' : 'steerer'} of the drill ended before it was to.`);
      });
    const steerer = isFronted ? new RunningAdmin({ socket: socketIn(folder, 'steerer') }) : undefined;
    const { host, port } = control.place;
    const injection = new Injection({
      control: `http://${host}:${port}`,
      journal: undefined,
      addresses,
      proxies,
    });
    await injection.open();
    const { users } = model.plan.drill ?? {};
    const fixed = { origin: new URL(users ?? gateway), at: undefined };
    if (users === undefined && steerer !== undefined) {
      edges = new EdgeDoor(ground, steerer, (address) => via.get(address) ?? address);
      edges.start();
    }
    return {
      injection,
      faults: `keelson faults ${installedVersion(environment)}`,
      gateway: new RunningAdmin({ socket: socketIn(folder, 'gateway') }),
      steerer,
      door: edges?.door ?? (() => fixed),
      leftovers: 0,
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** @returns where it listens */
async function start(
  children: ChildProcess[],
  words: readonly string[],
  more: Readonly<Record<string, string>>,
  { root }: Environment,
): Promise<string> {
  const child = fork(join(root, 'bin', 'keelson-drilled.cjs'), words, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...more },
    // Ctrl-C at a terminal is for this process alone: they are ended once what was put is gone.
    detached: true,
  });
  children.push(child);
  let said = '';
  child.stderr?.on('data', (piece: Buffer) => {
    said = (said + piece.toString('utf8')).slice(-4_000);
  });
  const line = await new Promise<string | undefined>((give) => {
    const timer = setTimeout(() => give(undefined), STARTS_WITHIN_MS);
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).once('line', (text) => {
        clearTimeout(timer);
        give(text);
      });
    child.once('exit', () => {
      clearTimeout(timer);
      give(undefined);
    });
  });
  // Nobody reads on: what it says later must not fill a pipe.
  child.stdout?.resume();
  if (line === undefined)
    throw new KeelsonError(
      'drill-not-started',
      `The ${words.includes('--steer') ? 'steerer' : 'gateway'} of the drill could not be started.`,
      {
        hint: said.trim().split('\n').slice(-8).join(' · ') || 'It said nothing.',
      },
    );
  return /http:\/\/[^ ,]+/.exec(line)?.[0] ?? 'http://127.0.0.1';
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      done();
    });
    child.kill('SIGINT');
  });
}
