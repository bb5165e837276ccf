import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, dirname, resolve } from 'node:path';
import { KeelsonError } from '../../errors.ts';
import {
  approve,
  drain,
  FASTEST,
  holdMode,
  Lasting,
  NO_VIA,
  startAdmin,
  StatusEvents,
  Succession,
  type ActionResult,
  type Admin,
  type ReloadOrder,
  type Role,
  type TrialSettings,
} from '../../serve/index.ts';
import { MS_PER_HOUR, parseDuration, parseShare } from '../../units.ts';
import type { Arguments, Environment } from '../command.ts';
import { builtCatalog, loadModel, problemLine, readLimits, refuse } from '../input.ts';
import { printable } from '../../problems.ts';
import { placeOf, socketIn, type HostAndPort } from './place.ts';
import { dryRun } from './dry-run.ts';
import { firstPlan, prepare, type FirstPlan } from './first-plan.ts';
import { GoodPlan } from './good-plan.ts';
import { PlanContract } from './plan-contract.ts';
import { findingsOf } from './served-plan.ts';
import { PlanGuard, type PlanGuardOptions } from './plan-guard.ts';
import { ViaFile } from './via-file.ts';
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
  const limits = readLimits(args);
  const catalog = builtCatalog(environment);
  const viaNamed = args.text('via');
  const viaFile = viaNamed === undefined ? undefined : ViaFile.read(viaNamed);
  const { via } = viaFile ?? { via: NO_VIA };
  if (args.flag('dry-run')) {
    const { loaded, problems } = loadModel(file, catalog, args);
    if (loaded === undefined) {
      refuse(problems, args, environment);
      viaFile?.check(undefined, environment);
      return 2;
    }
    viaFile?.check(loaded.plan, environment);
    for (const found of problems) environment.err(problemLine(found));
    const served = prepare(loaded, role, file, via, environment);
    return served === undefined ? 2 : dryRun(loaded.model, served, environment);
  }
  const good = settings.state === undefined ? undefined : new GoodPlan(settings.state, file);
  const named = args.text('contract');
  const contract = named === undefined ? undefined : await PlanContract.load(named);
  const first = await firstPlan({ file, role, limits, catalog, good, contract, via }, environment);
  viaFile?.check(first?.loaded.plan, environment);
  if (first === undefined) return 2;
  const { authority } = settings;
  const guard = { root: environment.root, file, role, limits, catalog, authority, good, contract, via };
  return run(first, guard, settings, environment);
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
  readonly speed: number;
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
    speed: speedOf(args.text('speed') ?? '1'),
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

/** `60`, `60x`, `1.5`. */
function speedOf(text: string): number {
  const speed = /^\d{1,4}(\.\d{1,6})?x?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (speed >= 1 && speed <= FASTEST) return speed;
  throw new KeelsonError(
    'bad-argument',
    `Expected a speed of 1 to ${FASTEST}, such as 60x, for --speed, found ${printable(text)}.`,
  );
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

async function run(
  first: FirstPlan,
  guarding: PlanGuardOptions,
  settings: Settings,
  environment: Environment,
): Promise<number> {
  const { model, problems } = first.loaded;
  const { served } = first;
  const { role } = guarding;
  const ended = untilEnded();
  const lasting = new Lasting({
    role,
    state: settings.state,
    log: process.stderr,
    share: settings.share,
    collector: settings.spans,
    version: installedVersion(environment),
    speed: settings.speed,
  });
  const plan = { model, served, authority: settings.authority, findings: findingsOf(problems) };
  const drill = drillOf(settings.speed, guarding.via.size);
  if (drill !== undefined) lasting.log.event('warning', 'drill', { words: drill });
  const succession = new Succession(plan, lasting, settings.trial);
  const guard = new PlanGuard(succession, first, guarding);
  const { address, admin } = await open(succession, guard, settings, role, environment).catch(
    async (error: unknown) => {
      // Else what has been opened by then would keep a process that serves nobody.
      await succession.stop(0);
      throw error;
    },
  );
  // Not before: one that cannot listen may have the folder of one that does.
  await Promise.race([succession.start(), ended.promise]);
  if (first.instead !== undefined) guard.held(first.instead);
  guard.watch(first.isBehind);
  const where = address === undefined ? '' : ` at http://${hostText(address.address)}:${address.port}`;
  const status = admin?.port === undefined ? '' : `, status at http://${admin.host}:${admin.port}/status`;
  environment.out(
    `${model.plan.platform.name}: ${role}${where}${status}${drill === undefined ? '' : `, ${drill}`}  (Ctrl-C ends it)`,
  );
  const signal = await ended.promise;
  guard.stop();
  // Whoever runs it at a terminal has nothing standing before it.
  await succession.stop(
    settings.drainMs,
    signal === 'SIGTERM' ? Math.min(LINGER_MS, settings.drainMs / 3) : 0,
  );
  await admin?.close();
  return 0;
}

/** What is not as in production, where anything is. */
function drillOf(speed: number, addresses: number): string | undefined {
  const said = [
    ...(speed === 1 ? [] : [`policies run at ${speed}x`]),
    ...(addresses === 0 ? [] : [`via: ${addresses} ${addresses === 1 ? 'address' : 'addresses'}`]),
  ];
  return said.length === 0 ? undefined : `a drill: ${said.join(', ')}`;
}

async function open(
  succession: Succession,
  guard: PlanGuard,
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
  const admin = await openAdmin(succession, guard, settings, role, environment);
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
  guard: PlanGuard,
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
      reload: (order) => reload(guard, order),
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

/** Answered once it is in force or tried, or is not: how a trial ends is told by the status. */
function reload(guard: PlanGuard, { isForced, by, reason }: ReloadOrder): Promise<ActionResult> {
  return new Promise((answer, fail) => {
    const words = 'It is being tried: keelson reload shows what comes of it.';
    guard
      .look({
        isForced,
        account: { by, reason },
        isAgain: true,
        onTrial: () => answer({ kind: 'done', words }),
      })
      .then(({ kind, words: said }) =>
        answer({ kind: kind === 'loaded' || kind === 'same' ? 'done' : 'refused', words: said }),
      )
      .catch(fail);
  });
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
