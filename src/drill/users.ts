import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { KeelsonError } from '../errors.ts';
import type { Model } from '../model/index.ts';
import type { Drilling, HeaderValue, Journey, Try } from '../plan/index.ts';
import { MS_PER_HOUR } from '../units.ts';
import { ask, type Answer } from './ask.ts';
import { fieldOf, judge, type Judged, type Taken } from './judge.ts';
import { Stillness } from './stillness.ts';

/** Where users come in at this moment. */
export interface Door {
  readonly origin: URL;
  /** Where that is in this run; undefined: where its name says. */
  readonly at: { readonly host: string; readonly port: number } | undefined;
}

export interface UsersOptions {
  readonly model: Model;
  readonly drilling: Drilling;
  readonly door: () => Door;
  /** How a mode takes a request: what serves the plan says so. @returns undefined where it is of another journey */
  readonly takes: (journey: number, mode: number, request: UserRequest) => Taken | undefined;
  /** Where the page of a mode is had although nothing of the platform can be reached. */
  readonly pageAt: (journey: number, mode: number) => URL | undefined;
  /** What `env:NAME` and `file:PATH` hold. */
  readonly secretAt: (where: string) => string;
  /** @unit ms */
  readonly timeoutMs: number;
}

export interface UserRequest {
  readonly method: Try['send']['method'];
  readonly path: string;
  readonly body: string | undefined;
  readonly contentType: string | undefined;
}

/** One try and what came of it. */
export interface Tried {
  readonly send: string;
  readonly judged: Judged;
  readonly answer: Answer;
  /** The word that only this request has. */
  readonly unique: string;
  readonly attempt: number;
}

/** What was done may be listed at length. @unit bytes */
export const MOST_LISTED_BYTES = 16 * 1024 * 1024;
/** How long it is tried to get a session, and how often. @unit ms */
const SIGNS_IN_WITHIN_MS = 10_000;
const AGAIN_MS = 300;
/** A browser's, so that a page is to be had where there is only a page. */
export const ACCEPT = 'text/html, application/json;q=0.9, */*;q=0.8';

/** Those who come for the journeys of a plan, with the requests that it says they send. */
export class Users {
  private readonly options: UsersOptions;
  private readonly journeys: readonly (readonly Prepared[])[];
  /** What they hold, by where it is found: read once, so that nothing of it can fail while a fault is there. */
  private readonly secrets = new Map<string, string>();
  private token: string | undefined;

  /** @throws what `secretAt` does */
  constructor(options: UsersOptions) {
    this.options = options;
    this.readSecrets(options.drilling.session);
    this.journeys = options.model.journeys.map(({ name }) => {
      const said = options.model.plan.journeys.find((one) => one.name === name)?.value;
      return (said?.try ?? []).map((one) => this.prepare(one, said));
    });
  }

  /** Whether anybody comes for it. */
  tries(journey: number): boolean {
    return (this.journeys[journey]?.length ?? 0) > 0;
  }

  /** What is counted as done once, with where it is listed. */
  once(journey: number): readonly { readonly attempt: number; readonly one: Try }[] {
    return (this.journeys[journey] ?? []).flatMap(({ one }, attempt) =>
      one.once === undefined ? [] : [{ attempt, one }],
    );
  }

  /**
   * Gets a session, where the plan says how: what has only just started may not give one yet.
   *
   * @param signal whether anybody still waits
   * @throws KeelsonError `drill-no-session`
   */
  async signIn(signal: AbortSignal): Promise<void> {
    const { session } = this.options.drilling;
    if (session === undefined) return;
    const lastMs = performance.now() + SIGNS_IN_WITHIN_MS;
    let answer = await this.send(session, uniqueWord(), false);
    while ((answer.kind === 'none' || answer.status >= 500) && performance.now() < lastMs) {
      if (signal.aborted) break;
      await setTimeout(AGAIN_MS);
      answer = await this.send(session, uniqueWord(), false);
    }
    const token = answer.kind === 'answer' ? fieldOf(answer.body, session.token) : undefined;
    if (token === undefined || !/^[\x21-\x7e]{1,8000}$/.test(token)) {
      const answered = answer.kind === 'answer' ? `status ${answer.status}` : answer.why;
      const found = token ? 'something that cannot be sent' : answered;
      throw new KeelsonError(
        'drill-no-session',
        `Expected a token at ${session.token} of ${words(session.send)}, found ${found}.`,
        { hint: 'All must be well before a drill begins. Is drill: {session} of the plan right?' },
      );
    }
    this.token = token;
  }

  /** Everything that users of a journey do, once. @param nowMs of the drill's clock */
  async round(journey: number, nowMs: () => number): Promise<readonly Tried[]> {
    return await Promise.all(
      (this.journeys[journey] ?? []).map(async ({ one, contentType, still }, attempt) => {
        const unique = uniqueWord();
        const answer = await this.send(one, unique, one.session !== undefined);
        const body = one.body?.replaceAll('{unique}', unique);
        const { method, path } = one.send;
        const request = { method, path: path.replaceAll('{unique}', unique), body, contentType };
        const judged = judge(answer, one, this.taken(journey, answer, request), still.look(answer, nowMs()));
        return { send: words(one.send), judged, answer, unique, attempt };
      }),
    );
  }

  /** The mode of which a user gets the page, though nothing else can be reached; undefined where there is none. */
  async page(journey: number): Promise<number | undefined> {
    const { model, pageAt, timeoutMs } = this.options;
    for (const mode of model.journeys[journey]?.modes.keys() ?? []) {
      const origin = pageAt(journey, mode);
      if (origin === undefined) continue;
      const path = origin.pathname;
      const headers = { accept: ACCEPT, 'user-agent': 'keelson-drill' };
      const answer = await ask({
        origin,
        at: undefined,
        method: 'GET',
        path,
        headers,
        body: undefined,
        timeoutMs,
      });
      if (answer.kind === 'answer' && answer.status === 200 && answer.body.trim() !== '') return mode;
    }
    return undefined;
  }

  /** Where what was done is listed. */
  async listed(one: Try, unique: string): Promise<Answer> {
    const { at, from } = one.once ?? { at: one.send, from: undefined };
    const { headers } = one;
    const asked = headers === undefined ? { send: at } : { send: at, headers };
    return await this.send(asked, unique, one.session !== undefined, { from });
  }

  private taken(journey: number, answer: Answer, request: UserRequest): Taken | undefined {
    if (answer.kind === 'none') return undefined;
    const name = /^"?([^";]+)/.exec(answer.headers['keelson-mode'] ?? '')?.[1];
    const modes = this.options.model.journeys[journey]?.modes ?? [];
    const mode = modes.findIndex((known) => known.name === name);
    return mode < 0 ? undefined : this.options.takes(journey, mode, request);
  }

  private readSecrets(sent: Pick<Try, 'headers'> | undefined): void {
    for (const { value } of sent?.headers ?? [])
      if ('secret' in value) this.secrets.set(value.secret, this.options.secretAt(value.secret));
  }

  private prepare(one: Try, journey: Journey | undefined): Prepared {
    this.readSecrets(one);
    const ages = (journey?.modes ?? []).map(({ value }) => value.snapshot?.maxAge ?? 0);
    const moves = one.good?.moves;
    const said = one.headers?.find(({ name }) => name === 'content-type')?.value;
    const still = new Stillness(
      moves === undefined ? undefined : { field: moves.field, withinMs: moves.within * MS_PER_HOUR },
      Math.max(0, ...ages) * MS_PER_HOUR,
    );
    const contentType = said !== undefined && 'text' in said ? said.text : one.body && 'application/json';
    return { one, still, contentType: contentType === '' ? undefined : contentType };
  }

  private send(
    { send, headers = [], body }: Pick<Try, 'send' | 'headers' | 'body'>,
    unique: string,
    inSession: boolean,
    listing?: { readonly from: string | undefined },
  ): Promise<Answer> {
    const { door, timeoutMs } = this.options;
    const from = listing?.from;
    const { origin, at } = from === undefined ? door() : { origin: new URL(from), at: undefined };
    const own = Object.fromEntries(
      headers.map(({ name, value }) => [
        name,
        headerText(value, this.secrets).replaceAll('{unique}', unique),
      ]),
    );
    return ask({
      origin,
      at,
      method: send.method,
      path: send.path.replaceAll('{unique}', unique),
      headers: {
        accept: ACCEPT,
        'user-agent': 'keelson-drill',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(inSession && this.token !== undefined ? { authorization: `Bearer ${this.token}` } : {}),
        ...own,
      },
      body: body?.replaceAll('{unique}', unique),
      timeoutMs,
      ...(listing === undefined ? {} : { mostBytes: MOST_LISTED_BYTES }),
    });
  }
}

interface Prepared {
  readonly one: Try;
  readonly still: Stillness;
  readonly contentType: string | undefined;
}

function headerText(value: HeaderValue, secrets: ReadonlyMap<string, string>): string {
  return 'text' in value ? value.text : (secrets.get(value.secret) ?? '');
}

function uniqueWord(): string {
  return `drill-${randomBytes(8).toString('hex')}`;
}

/** A request as people write it. */
export function words({ method, path }: Try['send']): string {
  return `${method} ${path}`;
}
