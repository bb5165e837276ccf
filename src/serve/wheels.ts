import { labelOf, type Model } from '../model/index.ts';
import type { Service, Steer } from '../plan/index.ts';
import { MS_PER_HOUR } from '../units.ts';
import { membersOf } from './causes.ts';
import type { SteeredService } from './steering.ts';
import { CommandWheel } from './steer/command-wheel.ts';
import { DnsWheel } from './steer/dns-wheel.ts';
import { HookWheel } from './steer/hook-wheel.ts';
import type { Wheel } from './steer/wheel.ts';
import { servicesOf } from './targets.ts';

const DEADLINE_MS = 10_000;
const EVERY_MS = 30_000;

/** What wheels are made from besides a plan. */
export interface WheelSources {
  /** What `env:NAME` or `file:PATH` hold. */
  readonly secretAt: (where: string) => string;
  /** That of the plan: commands run in it. */
  readonly folder: string;
}

/**
 * The wheels that a plan names, of services that are fronts or of those that are not.
 *
 * @throws KeelsonError `wheel-setting`, `secret-missing`
 */
export function wheelsOf(
  model: Model,
  fronts: boolean,
  { secretAt, folder }: WheelSources,
): SteeredService[] {
  const services = servicesOf(model.plan);
  return model.services.flatMap((node, service): SteeredService[] => {
    const value = services.get(node.name);
    if (value?.steer === undefined || (value.front === true) !== fronts) return [];
    const { steer } = value;
    const alternatives = membersOf(node).map((member, i) => labelOf(model, member, i));
    const deadlineMs = steer.deadline === undefined ? DEADLINE_MS : steer.deadline * MS_PER_HOUR;
    return [
      {
        service,
        name: node.name,
        alternatives,
        wheel: wheelOf(node.name, value, steer, alternatives, deadlineMs, { secretAt, folder }),
        everyMs: steer.every === undefined ? EVERY_MS : steer.every * MS_PER_HOUR,
        deadlineMs,
      },
    ];
  });
}

function wheelOf(
  service: string,
  value: Service,
  { dns, command, http }: Steer,
  alternatives: readonly string[],
  timeoutMs: number,
  { secretAt, folder }: WheelSources,
): Wheel {
  if (dns !== undefined) {
    const { zone, name, ttl, key } = dns;
    const { host, port } = serverOf(dns.server);
    return new DnsWheel({
      zone,
      name,
      ttlSeconds: Math.max(1, Math.round(ttl * 3600)),
      server: { host, port },
      key: {
        name: key.name,
        algorithm: key.algorithm ?? 'hmac-sha256',
        secret: Buffer.from(secretAt(key.secret), 'base64'),
      },
      answers: (value.any ?? []).map(({ answer }) =>
        answer?.kind === 'name'
          ? { kind: 'name', name: answer.name }
          : { kind: 'addresses', addresses: answer?.addresses ?? [] },
      ),
    });
  }
  if (command !== undefined) {
    const [program = '', ...args] = command.run;
    const [checker, ...checkArgs] = command.check ?? [];
    const env = Object.fromEntries((command.pass ?? []).map((name) => [name, process.env[name] ?? '']));
    return new CommandWheel({
      folder,
      service,
      alternatives,
      command: [program, ...args],
      timeoutMs,
      env,
      ...(checker === undefined ? {} : { check: [checker, ...checkArgs] }),
    });
  }
  return new HookWheel({
    service,
    alternatives,
    url: new URL(http?.url ?? ''),
    timeoutMs,
    ...(http?.check === undefined ? {} : { check: new URL(http.check) }),
    ...(http?.token === undefined ? {} : { token: secretAt(http.token) }),
  });
}

/** `10.0.0.53:53`, `[2001:db8::53]:53`, `ns.example:53` */
function serverOf(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}
