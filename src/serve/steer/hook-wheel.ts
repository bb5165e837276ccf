import { randomUUID } from 'node:crypto';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';
import { reachHook, sendHook, type HookOutcome, type HookRequest } from './hook-request.ts';
import type { Wheel, WheelCheck } from './wheel.ts';

export interface HookWheelOptions {
  readonly service: string;
  /** Names, in order of the alternatives. */
  readonly alternatives: readonly string[];
  /** Told by POST where to; https, or http to this machine. */
  readonly url: URL;
  /** Asked by GET which alternative is in force, `{"inForce": "NAME"}`; another answer says that it cannot tell. @default none */
  readonly check?: URL;
  /** Sent as a bearer token to both. @default none */
  readonly token?: string;
  /** For one request, its answer included. @unit ms */
  readonly timeoutMs: number;
  /** An authority in PEM that is trusted in place of the system's. @default none */
  readonly authority?: string;
  /** Names a turn, so that the other side does it once however often it is told. @default a random UUID */
  readonly turnId?: () => string;
}

/**
 * Moves users by telling a web hook: POST `{service, to, from, id}` with the id as `Idempotency-Key` too. Any 2xx says that they have been
 * moved; where there is a check, it must not name another alternative afterwards.
 */
export class HookWheel implements Wheel {
  private readonly options: HookWheelOptions;
  private inForce: number | undefined;
  /** A turn of which nobody knows whether it has happened: told again, it is told under the same id. */
  private pending:
    | { readonly to: number; readonly from: number | undefined; readonly id: string }
    | undefined;

  /** @throws KeelsonError `wheel-setting` */
  constructor(options: HookWheelOptions) {
    this.options = options;
    for (const url of [options.url, options.check]) if (url !== undefined) checkUrl(url);
  }

  describe(to: number): readonly string[] {
    const { service, url, check, token, timeoutMs } = this.options;
    const signed = token === undefined ? '' : ' with a bearer token,';
    return [
      `POST ${shown(url)}${signed} within ${timeoutMs} ms: ${JSON.stringify({ service, to: this.nameOf(to) })}`,
      ...(check === undefined ? [] : [`then GET ${shown(check)} to see that ${this.nameOf(to)} is in force`]),
    ];
  }

  async check(signal: AbortSignal): Promise<WheelCheck> {
    const { url, check } = this.options;
    if (check === undefined) {
      const why = await reachHook(url, this.options, signal);
      return why === undefined
        ? { ok: true, inForce: undefined, words: `${shown(url)} can be reached` }
        : { ok: false, why: `${shown(url)} ${why}.` };
    }
    try {
      this.inForce = await this.ask(check, signal);
    } catch (error) {
      if (error instanceof KeelsonError) return { ok: false, why: error.message };
      throw error;
    }
    const found = this.inForce === undefined ? 'does not say what' : `says that ${this.nameOf(this.inForce)}`;
    return { ok: true, inForce: this.inForce, words: `${shown(check)} ${found} is in force` };
  }

  async turn(to: number, signal: AbortSignal): Promise<void> {
    const { url, check } = this.options;
    const name = this.nameOf(to);
    await this.tell(to, url, signal);
    const found = check === undefined ? undefined : await this.confirm(check, to, signal);
    this.inForce = found ?? to;
    if (found === undefined || found === to) return;
    throw new KeelsonError(
      'wheel-unconfirmed',
      `${shown(url)} has accepted, but ${this.nameOf(found)} is in force where ${name} is expected.`,
      { hint: TRY_AGAIN },
    );
  }

  private async tell(to: number, url: URL, signal: AbortSignal): Promise<void> {
    const turn =
      this.pending?.to === to
        ? this.pending
        : { to, from: this.inForce, id: (this.options.turnId ?? randomUUID)() };
    const body = JSON.stringify({
      service: this.options.service,
      to: this.nameOf(to),
      from: turn.from === undefined ? null : this.nameOf(turn.from),
      id: turn.id,
    });
    const headers = { 'content-type': 'application/json', 'idempotency-key': turn.id };
    const outcome = await this.send({ method: 'POST', url, headers, body }, signal);
    if (outcome.kind === 'failed' && !outcome.isSent) throw unreachable(url, outcome.words);
    this.inForce = undefined;
    this.pending = turn;
    if (outcome.kind === 'failed') throw this.unknown(to, `${shown(url)} ${outcome.words}.`);
    if (outcome.status >= 500) throw this.unknown(to, `${shown(url)} answers ${outcome.status}.`);
    this.pending = undefined;
    if (outcome.status < 200 || outcome.status > 299) throw refused(url, outcome.status);
  }

  /** Which is in force, asked again for a moment while it is another: some hooks accept before they have done it. */
  private async confirm(check: URL, to: number, signal: AbortSignal): Promise<number | undefined> {
    try {
      for (let i = 0; ; i++) {
        const found = await this.ask(check, signal);
        if (found === undefined || found === to || i === CONFIRMATIONS) return found;
        await new Promise((resolve) => setTimeout(resolve, CONFIRM_EVERY_MS));
      }
    } catch (error) {
      if (!(error instanceof KeelsonError)) throw error;
      this.inForce = undefined;
      throw new KeelsonError(
        'wheel-unconfirmed',
        `${shown(this.options.url)} has accepted, and that could not be confirmed. ${error.message}`,
        { hint: TRY_AGAIN, cause: error },
      );
    }
  }

  private async ask(check: URL, signal: AbortSignal): Promise<number | undefined> {
    const outcome = await this.send({ method: 'GET', url: check, headers: {} }, signal);
    if (outcome.kind === 'failed') throw unreachable(check, outcome.words);
    if (outcome.status < 200 || outcome.status > 299) throw refused(check, outcome.status);
    const found = this.options.alternatives.indexOf(inForceIn(outcome.text) ?? '');
    return found === -1 ? undefined : found;
  }

  private send(request: HookRequest, signal: AbortSignal): Promise<HookOutcome> {
    const { token } = this.options;
    const headers = {
      'user-agent': 'keelson',
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...request.headers,
    };
    return sendHook({ ...request, headers }, this.options, signal);
  }

  private unknown(to: number, what: string): KeelsonError {
    return new KeelsonError('wheel-unknown', `Whether ${this.nameOf(to)} is in force is not known. ${what}`, {
      hint: TRY_AGAIN,
    });
  }

  private nameOf(alternative: number): string {
    const { alternatives } = this.options;
    const name = alternatives[alternative];
    if (name === undefined)
      throw new RangeError(`Expected 0 to ${alternatives.length - 1}, found ${alternative}.`);
    return name;
  }
}

const CONFIRMATIONS = 10;
const CONFIRM_EVERY_MS = 200;
const TRY_AGAIN = 'Turning it again to the same alternative is safe.';

function inForceIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('inForce' in value)) return undefined;
    return typeof value.inForce === 'string' ? value.inForce : undefined;
  } catch {
    return undefined;
  }
}

function unreachable(url: URL, words: string): KeelsonError {
  return new KeelsonError('wheel-unreachable', `${shown(url)} ${words}.`, {
    hint: 'Check that the hook runs and can be reached from here.',
  });
}

function refused(url: URL, status: number): KeelsonError {
  const hint =
    status === 401 || status === 403
      ? 'Check the token.'
      : 'Name the URL that does it itself: redirects are not followed.';
  return new KeelsonError('wheel-refused', `${shown(url)} answers ${status}.`, { hint });
}

/** Without path and query: web hooks have their secrets there. */
function shown(url: URL): string {
  return url.pathname === '/' ? url.origin : `${url.origin}/…`;
}

function checkUrl(url: URL): void {
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere))
    throw new KeelsonError('wheel-setting', `Expected an https URL, found ${show(shown(url))}.`, {
      hint: 'A hook that moves users is told over TLS; http is for this machine alone.',
    });
  if (url.username !== '' || url.password !== '')
    throw new KeelsonError('wheel-setting', `Expected ${show(shown(url))} without a user name.`, {
      hint: 'Give the hook a token.',
    });
}
