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
/** @unit characters */
const MOST = 5_000_000;

/** The control API of a fault proxy: Toxiproxy's, with additions where it is ours. */
export class ControlApi {
  readonly url: string;

  constructor(url: string) {
    this.url = url.replace(/\/+$/, '');
  }

  /** @throws KeelsonError `drill-unreachable`; so do all */
  async version(): Promise<string> {
    const { version } = objectIn(await this.ask('GET', '/version'));
    return typeof version === 'string' ? version : 'unknown';
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
    return Object.entries(objectIn(await this.ask('GET', '/proxies'))).map(([name, value]) => {
      const { listen, upstream, enabled, toxics } = objectIn(value);
      return {
        name,
        listen: String(listen),
        upstream: String(upstream),
        enabled: enabled === true,
        toxics: Array.isArray(toxics) ? toxics.map((toxic) => String(objectIn(toxic).name)) : [],
      };
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
      text = (await response.text()).slice(0, MOST);
    } catch (cause) {
      throw new KeelsonError('drill-unreachable', `No fault proxy answers at ${this.url}.`, {
        hint: 'The plan says where it is: drill: {control}. Start one: keelson faults.',
        cause,
      });
    }
    if (!response.ok) throw new Refused(`${this.url}${path}`, response.status, text);
    return text === '' ? undefined : parsed(text);
  }
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

function objectIn(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
