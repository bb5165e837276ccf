import { KeelsonError } from '../errors.ts';

/** A proxy as a control API shows it. */
export interface ControlledProxy {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly toxics: readonly string[];
}

/** @unit ms */
const WITHIN_MS = 5_000;
/** @unit bytes */
const MOST_BYTES = 5_000_000;

/** The control API of a fault proxy: Toxiproxy's, with additions where it is ours. */
export class ControlApi {
  readonly url: string;

  constructor(url: string) {
    this.url = url.replace(/\/+$/, '');
  }

  /** @throws KeelsonError `drill-unreachable`; so do all */
  async version(): Promise<string> {
    // Old ones of Toxiproxy say it without JSON.
    const { version } = objectIn(await this.ask('GET', '/version'));
    return typeof version === 'string' ? version.slice(0, 100) : 'unknown';
  }

  /** The types of faults that it knows beyond Toxiproxy's; none where it is not ours. */
  async faults(): Promise<ReadonlySet<string>> {
    const found = await this.ask('GET', '/faults').catch((error: unknown) => {
      if (error instanceof Refused) return [];
      throw error;
    });
    return new Set(Array.isArray(found) ? found.map((one) => String(objectIn(one).type)) : []);
  }

  async proxies(): Promise<readonly ControlledProxy[]> {
    const found = await this.ask('GET', '/proxies');
    if (!isObject(found) || !Object.values(found).every(isProxy))
      throw this.unreachable('something else answers');
    return Object.entries(found).flatMap(([name, value]) => {
      if (!isAddressable(name)) return [];
      const { listen, upstream, enabled, toxics } = objectIn(value);
      const proxy: ControlledProxy = {
        name,
        listen: String(listen),
        upstream: String(upstream),
        enabled: enabled === true,
        toxics: Array.isArray(toxics) ? toxics.map((toxic) => String(objectIn(toxic).name)) : [],
      };
      return [proxy];
    });
  }

  async create(proxy: Readonly<Record<string, unknown>>): Promise<ControlledProxy> {
    const { name, listen, upstream } = objectIn(await this.ask('POST', '/proxies', proxy));
    return {
      name: String(name),
      listen: String(listen),
      upstream: String(upstream),
      enabled: true,
      toxics: [],
    };
  }

  async enable(proxy: string, enabled: boolean): Promise<void> {
    await this.ask('POST', `/proxies/${encodeURIComponent(proxy)}`, { enabled });
  }

  async add(proxy: string, toxic: Readonly<Record<string, unknown>>): Promise<void> {
    await this.ask('POST', `/proxies/${encodeURIComponent(proxy)}/toxics`, toxic);
  }

  /** What is not there is taken as removed. */
  async remove(proxy: string, toxic: string): Promise<void> {
    await this.ask(
      'DELETE',
      `/proxies/${encodeURIComponent(proxy)}/toxics/${encodeURIComponent(toxic)}`,
    ).catch((error: unknown) => {
      if (!(error instanceof Refused && error.status === 404)) throw error;
    });
  }

  /** What went through a proxy; undefined where nobody counts. */
  async counts(
    proxy: string,
  ): Promise<{ readonly connections: number; readonly requests: number } | undefined> {
    const found = await this.ask('GET', `/proxies/${encodeURIComponent(proxy)}/counts`).catch(
      () => undefined,
    );
    if (found === undefined) return undefined;
    const { accepted, requests } = objectIn(found);
    return { connections: numberIn(accepted), requests: numberIn(requests) };
  }

  /** @returns what the answer's JSON says; undefined where it is none */
  private async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.url + path, {
        method,
        headers: { 'user-agent': 'keelson-drill', 'content-type': 'application/json' },
        signal: AbortSignal.timeout(WITHIN_MS),
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await textOf(response);
    } catch (cause) {
      throw this.unreachable(wordsOf(cause), cause);
    }
    if (!response.ok) throw new Refused(`${this.url}${path}`, response.status, text);
    return text === '' ? undefined : parsed(text);
  }

  private unreachable(why: string, cause?: unknown): KeelsonError {
    return new KeelsonError('drill-unreachable', `No fault proxy answers at ${this.url}: ${why}.`, {
      hint: 'The plan says where it is: drill: {control}. Start one: keelson faults.',
      cause,
    });
  }
}

/** An answer without end is not waited for. */
async function textOf({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body ?? []) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new Error(`it said more than ${MOST_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed';
  if (error.name === 'TimeoutError') return `nothing within ${WITHIN_MS / 1_000} s`;
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}

/** It answered, and would not. */
export class Refused extends KeelsonError {
  readonly status: number;

  constructor(where: string, status: number, text: string) {
    super('drill-refused', `The fault proxy refused ${where}: ${status} ${text.slice(0, 300)}`.trim());
    this.status = status;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isProxy(value: unknown): boolean {
  return isObject(value) && typeof value.listen === 'string' && typeof value.enabled === 'boolean';
}

/** Whether a path can name it: of these, one would be another path, and others are none at all. */
function isAddressable(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/\p{Surrogate}/u.test(name);
}

function objectIn(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
