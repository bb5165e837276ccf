import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { KeelsonError } from '../../errors.ts';
import {
  approve,
  drain,
  holdMode,
  secretAt,
  servedBy,
  startAdmin,
  StatusEvents,
  Succession,
  type Admin,
  type Role,
  type Served,
  type Status,
  type TrialSettings,
} from '../../serve/index.ts';
import type { Problem } from '../../problems.ts';
import { MS_PER_HOUR, parseDuration, parseShare } from '../../units.ts';
import type { Arguments, Environment } from '../command.ts';
import { builtCatalog, loadModel, problemLine, refuse, type LoadedModel } from '../input.ts';
import { placeOf, socketIn, type HostAndPort } from './place.ts';
import { dryRun } from './dry-run.ts';
import { installedVersion } from '../version.ts';

/** Runs a plan live until it is ended. @returns the exit code */
export async function runServe(args: Arguments, environment: Environment): Promise<number> {
  const [file, ...more] = args.operands;
  if (file === undefined || more.length > 0 || file === '-')
    throw new KeelsonError(
      'no-plan',
      `Expected one plan file, found ${file === '-' ? 'standard input' : args.operands.length}.`,
      {
        hint: 'keelson serve PLAN (a starter: keelson init)',
      },
    );
  const role: Role = args.flag('steer') ? 'steerer' : 'gateway';
  const settings = readSettings(args, role);
  const { loaded, problems } = loadModel(file, builtCatalog(environment), args);
  if (loaded === undefined) return refuse(problems, args, environment);
  for (const found of problems) environment.err(problemLine(found));
  const served = prepare(loaded, role, file, environment);
  if (served === undefined) return 2;
  if (args.flag('dry-run')) return dryRun(loaded.model, served, environment);
  return run(loaded, served, role, settings, environment);
}

/** How long whoever stands before it has to see that it is no longer ready. @unit ms */
const LINGER_MS = 5_000;

interface Settings {
  readonly listen: HostAndPort;
  readonly admin: HostAndPort | undefined;
  readonly state: string | undefined;
  readonly share: number;
  readonly spans: URL | undefined;
  readonly authority: string | undefined;
  readonly drainMs: number;
  readonly trial: TrialSettings;
}

function readSettings(args: Arguments, role: Role): Settings {
  const listen = placeOf('listen', args.text('listen') ?? '127.0.0.1:8080');
  const admin = args.text('admin') ?? (role === 'gateway' ? '127.0.0.1:9600' : '127.0.0.1:9601');
  const state = args.text('state') ?? '.keelson';
  const spans = args.text('spans');
  if (spans !== undefined && !/^https?:$/.test(URL.canParse(spans) ? new URL(spans).protocol : ''))
    throw new KeelsonError('bad-argument', `Expected an address of HTTP for --spans, found ${spans}.`);
  const authority = args.text('authority');
  return {
    listen,
    admin: admin === 'off' ? undefined : placeOf('admin', admin),
    state: state === 'none' ? undefined : join(resolve(state), role),
    share: shareOf('share', args.text('share') ?? '1%'),
    spans: spans === undefined ? undefined : new URL(spans),
    authority: authority === undefined ? undefined : readAuthority(authority),
    drainMs: timeOf('drain-time', args.text('drain-time') ?? '30s'),
    trial: {
      share: shareOf('trial', args.text('trial') ?? '10%'),
      lastsMs: timeOf('trial-time', args.text('trial-time') ?? '30s'),
    },
  };
}

function shareOf(option: string, text: string): number {
  const share = parseShare(text);
  if (share === undefined || share > 1)
    throw new KeelsonError('bad-argument', `Expected 0% to 100% for --${option}, found ${text}.`);
  return share;
}

/** @returns ms */
function timeOf(option: string, text: string): number {
  const time = parseDuration(text);
  if (time === undefined || time > 24)
    throw new KeelsonError(
      'bad-argument',
      `Expected a time such as 30s, at most 1d, for --${option}, found ${text}.`,
    );
  return time * MS_PER_HOUR;
}

function readAuthority(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new KeelsonError('bad-argument', `The file ${file} of --authority cannot be read.`, { cause });
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0 || !found.every(isCertificate))
    throw new KeelsonError(
      'bad-argument',
      `Expected certificates in PEM in the file ${file} of --authority.`,
    );
  return text;
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

/** What the plan gives to be served; else all that is missing is said. */
function prepare(
  { model }: LoadedModel,
  role: Role,
  file: string,
  environment: Environment,
): Served | undefined {
  const folder = dirname(resolve(file));
  const found = servedBy(model, role, { planFile: file, secretAt: (where) => secretAt(where, folder) });
  if (!('problems' in found)) return found;
  for (const one of found.problems) environment.err(problemLine(one));
  for (const { message, code, hint } of found.errors)
    environment.err(`keelson: ${message} (${code})${hint === undefined ? '' : `\n  ${hint}`}`);
  return undefined;
}

function findingsOf(problems: readonly Problem[]): Status['findings'] {
  return problems.map(({ severity, code, message }) => ({ severity, code, message }));
}

async function run(
  { model, problems }: LoadedModel,
  served: Served,
  role: Role,
  settings: Settings,
  environment: Environment,
): Promise<number> {
  const ended = untilEnded();
  const succession = new Succession(
    {
      model,
      served,
      role,
      state: settings.state,
      log: process.stderr,
      share: settings.share,
      collector: settings.spans,
      authority: settings.authority,
      version: installedVersion(environment),
      findings: findingsOf(problems),
    },
    settings.trial,
  );
  const { address, admin } = await open(succession, settings, role, environment).catch(
    async (error: unknown) => {
      // Else what has been opened by then would keep a process that serves nobody.
      await succession.stop(0);
      throw error;
    },
  );
  // Not before: one that cannot listen may have the folder of one that does.
  await Promise.race([succession.start(), ended.promise]);
  const where = address === undefined ? '' : ` at http://${hostText(address.address)}:${address.port}`;
  const status = admin?.port === undefined ? '' : `, status at http://${admin.host}:${admin.port}/status`;
  environment.out(`${model.plan.platform.name}: ${role}${where}${status}  (Ctrl-C ends it)`);
  const signal = await ended.promise;
  // Whoever runs it at a terminal has nothing standing before it.
  await succession.stop(
    settings.drainMs,
    signal === 'SIGTERM' ? Math.min(LINGER_MS, settings.drainMs / 3) : 0,
  );
  await admin?.close();
  return 0;
}

async function open(
  succession: Succession,
  settings: Settings,
  role: Role,
  environment: Environment,
): Promise<{ readonly address: AddressInfo | undefined; readonly admin: Opened | undefined }> {
  const { listen } = settings;
  const address = await succession.lasting.gateway
    ?.listen(listen.port, listen.host)
    .catch((error: unknown) => {
      throw unlistenable(listen, error);
    });
  const admin = await openAdmin(succession, settings, role, environment);
  return { address, admin };
}

interface Opened {
  readonly host: string;
  readonly port: number | undefined;
  readonly close: () => Promise<void>;
}

/** A port for those who look, a socket for those who give orders from this machine. */
async function openAdmin(
  succession: Succession,
  { admin: place, state }: Settings,
  role: Role,
  environment: Environment,
): Promise<Opened | undefined> {
  const socket = state === undefined ? undefined : socketIn(dirname(state), role);
  if (place === undefined && socket === undefined) return undefined;
  const onError = (error: unknown): void =>
    succession.lasting.log.event('error', 'admin-failed', {
      error: error instanceof Error ? error : String(error),
    });
  const events = new StatusEvents({ read: () => succession.status(), onError });
  succession.lasting.onChange(() => events.changed());
  const admin: Admin = await startAdmin({
    places: [
      ...(place === undefined ? [] : [{ kind: 'port' as const, ...place }]),
      ...(socket === undefined ? [] : [{ kind: 'socket' as const, path: socket }]),
    ],
    token: process.env.KEELSON_ADMIN_TOKEN,
    health: () => succession.health(),
    status: () => succession.status(),
    metrics: (accept) => succession.lasting.registry.text(accept),
    events,
    page: pageIn(environment),
    actions: {
      mode: (order) => holdMode(succession.inForce, order),
      approve: (order) => approve(succession.inForce, order),
      drain: (order) => {
        const { target, by, reason } = order;
        if (target !== null) return drain(succession.inForce, { ...order, target });
        // A second signal ends it at once; a second order is none.
        if (succession.inForce.isEnding) return { kind: 'refused', words: 'It is being stopped already.' };
        const words = `${by} has it drained, then it stops: ${reason}`;
        succession.inForce.did('service', words);
        process.emit('SIGTERM', 'SIGTERM');
        return { kind: 'done', words };
      },
    },
    onAttempt: ({ action, from, outcome, by, reason, words }) =>
      succession.lasting.log.event(outcome === 'done' ? 'info' : 'warning', 'order', {
        action,
        from,
        outcome,
        by,
        reason,
        words,
      }),
    onError,
    now: () => performance.now(),
  });
  return {
    host: hostText(place?.host ?? ''),
    port: admin.ports[0] ?? undefined,
    close: async () => {
      await admin.close();
      if (socket !== undefined) rmSync(socket, { force: true });
    },
  };
}

function pageIn({ root }: Environment): string | undefined {
  try {
    return readFileSync(join(root, 'dist', 'status.html'), 'utf8');
  } catch {
    return undefined;
  }
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function unlistenable({ host, port }: HostAndPort, cause: unknown): KeelsonError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it failed';
  return new KeelsonError('listen-unusable', `It cannot listen at ${host}:${port}: ${code}.`, {
    hint: 'Another place: --listen HOST:PORT',
    cause,
  });
}

/** Ended by whoever started it; a second time, at once. */
function untilEnded(): { readonly promise: Promise<NodeJS.Signals> } {
  return {
    promise: new Promise((resolveEnd) => {
      let isAsked = false;
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.on(signal, () => {
          if (isAsked) process.exit(130);
          isAsked = true;
          resolveEnd(signal);
        });
    }),
  };
}
