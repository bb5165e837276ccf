import { request } from 'node:http';
import { KeelsonError } from '../errors.ts';

/** Where a gateway or a steerer says how it stands: an address, or the socket in its state folder. */
export type AdminPlace = { readonly url: string } | { readonly socket: string };

/** What a drill reads of `keelson.serve-status/1`. */
export interface Standing {
  readonly digest: string;
  /** How many seconds of the plan pass in one. */
  readonly speed: number;
  readonly services: readonly {
    readonly name: string;
    readonly inUse: string | null;
    readonly alternatives: readonly AlternativeSeen[];
    readonly waitsForApproval: boolean;
    /** Of what moves users: why it could not be used; null where it could, or where there is none. */
    readonly steeringFails: string | null;
  }[];
  /** By journey, the protections that it should have and is served without. */
  readonly exposed: ReadonlyMap<string, readonly string[]>;
  /** Requests of all journeys since it started. */
  readonly requests: number;
}

/** An alternative or a member, as the running system sees it. */
export interface AlternativeSeen {
  readonly name: string;
  /** The last probe; null before the first, and where there is none. */
  readonly isProbeGood: boolean | null;
  /** The share of requests it answers, by probes and by real ones. */
  readonly level: number;
}

/** The highest `--speed` of serve. */
const FASTEST = 1_000;
const WITHIN_MS = 5_000;
/** @unit bytes */
const MOST_BYTES = 10_000_000;

/** A running gateway or steerer, as far as a drill asks it. */
export class RunningAdmin {
  readonly place: AdminPlace;

  constructor(place: AdminPlace) {
    this.place = place;
  }

  /** @throws KeelsonError `drill-unreachable` */
  async standing(): Promise<Standing> {
    const found = readStanding(await this.ask('GET', '/status'));
    if (found === undefined) throw this.unreachable('something else answers');
    return found;
  }

  /** Plays the person who agrees to a switch, or who makes one. @throws KeelsonError `drill-unreachable` */
  async approve(service: string, to: string | null): Promise<void> {
    await this.ask(
      'POST',
      '/approve',
      JSON.stringify({ service, to, by: 'keelson drill', reason: 'a drill' }),
    );
  }

  private ask(method: string, path: string, body?: string): Promise<string> {
    const { place } = this;
    const where =
      'socket' in place
        ? { socketPath: place.socket, host: 'localhost' }
        : { host: new URL(place.url).hostname.replace(/^\[|\]$/g, ''), port: new URL(place.url).port };
    const token = process.env.KEELSON_ADMIN_TOKEN;
    return new Promise((give, fail) => {
      const asked = request(
        {
          ...where,
          method,
          path,
          agent: false,
          signal: AbortSignal.timeout(WITHIN_MS),
          headers: {
            accept: 'application/json',
            ...(token === undefined || 'socket' in place ? {} : { authorization: `Bearer ${token}` }),
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece: string) => {
            text += piece;
            if (text.length > MOST_BYTES) asked.destroy(new Error('too much'));
          });
          response.on('end', () =>
            (response.statusCode ?? 500) < 300
              ? give(text)
              : fail(this.unreachable(`it answered ${response.statusCode}`)),
          );
        },
      );
      asked.on('error', (cause) =>
        fail(this.unreachable(cause.name === 'AbortError' ? 'no answer in time' : cause.message)),
      );
      asked.on('close', () => fail(this.unreachable('the answer broke off')));
      asked.end(body);
    });
  }

  private unreachable(why: string): KeelsonError {
    const where = 'socket' in this.place ? this.place.socket : this.place.url;
    return new KeelsonError('drill-unreachable', `No gateway or steerer answers at ${where}: ${why}.`, {
      hint: 'The plan says where they are: drill: {gateway, steerer}. Do they run?',
    });
  }
}

function readStanding(text: string): Standing | undefined {
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(status) || status.schema !== 'keelson.serve-status/1' || !isObject(status.plan))
    return undefined;
  const { speed = 1 } = status;
  if (typeof speed !== 'number' || !(speed >= 1 && speed <= FASTEST)) return undefined;
  return {
    digest: String(status.plan.digest),
    speed,
    services: objectsIn(status.services).map(({ name, inUse, alternatives, waiting, steering }) => ({
      name: String(name),
      inUse: typeof inUse === 'string' ? inUse : null,
      alternatives: objectsIn(alternatives).map(alternativeSeen),
      waitsForApproval: isObject(waiting) && waiting.kind === 'approval',
      steeringFails: isObject(steering) && steering.ok === false ? String(steering.why) : null,
    })),
    exposed: new Map(
      objectsIn(status.journeys).flatMap(({ name, exposed }): [string, readonly string[]][] =>
        Array.isArray(exposed) && exposed.length > 0
          ? [[String(name), exposed.slice(0, 20).map(String)]]
          : [],
      ),
    ),
    requests: objectsIn(status.journeys).reduce((sum, { requests }) => sum + sumOf(requests), 0),
  };
}

function alternativeSeen({ name, probe, level }: Record<string, unknown>): AlternativeSeen {
  return {
    name: String(name),
    isProbeGood: isObject(probe) ? probe.ok === true : null,
    level: typeof level === 'number' ? level : 1,
  };
}

function sumOf(requests: unknown): number {
  const counts = isObject(requests) ? Object.values(requests) : [];
  return counts.reduce((sum: number, one) => sum + (typeof one === 'number' ? one : 0), 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectsIn(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
