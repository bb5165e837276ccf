import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { KeelsonError } from '../../errors.ts';
import type { Role, Status } from '../../serve/index.ts';
import { ADMIN_PROBLEM } from '../../serve/seeing/admin-answers.ts';
import { STATUS_SCHEMA } from '../../serve/seeing/status.ts';
import type { Arguments, CommandOption } from '../command.ts';
import { socketIn } from './place.ts';

/** Options of commands that speak to a running gateway or steerer. */
export const ORDER_OPTIONS: Readonly<Record<string, CommandOption>> = {
  reason: { type: 'string', value: 'TEXT', help: 'Why; recorded.' },
  by: { type: 'string', value: 'NAME', help: 'Who; recorded. Default the user of this system.' },
  steer: { type: 'boolean', help: 'Ask the steerer in place of the gateway.' },
  state: { type: 'string', value: 'DIR', help: 'Where it keeps its socket. Default .keelson.' },
  at: {
    type: 'string',
    value: 'URL',
    help: 'Ask this admin address in place of the socket; needs KEELSON_ADMIN_TOKEN.',
  },
};

const ANSWER_WITHIN_MS = 10_000;
/** A plan is solved before the answer. */
const RELOADED_WITHIN_MS = 90_000;
const MOST_BYTES = 10_000_000;

/** How all stands where the arguments point to. @throws KeelsonError `admin-unreachable`, `order-refused` */
export async function readStatus(args: Arguments): Promise<Status> {
  const { role, place } = whereOf(args);
  const status = parsed(await ask(args, 'GET', '/status'));
  if (textOf(status, 'schema') !== STATUS_SCHEMA) throw unreachable(role, place, 'something else');
  const found = textOf(status, 'role');
  if (found !== role) throw unreachable(role, place, `a ${found}`);
  return status as Status; // its own schema
}

/** Gives an order. @returns what was done, in words. @throws KeelsonError `admin-unreachable`, `order-refused` */
export async function give(args: Arguments, path: string, order: object): Promise<string> {
  // A port may be anybody's: nothing is ordered before it is known whose.
  if (args.text('at') !== undefined) await readStatus(args);
  const words = textOf(parsed(await ask(args, 'POST', path, JSON.stringify(order))), 'words');
  if (words === undefined) {
    const { role, place } = whereOf(args);
    throw unreachable(role, place, 'something else');
  }
  return words;
}

/**
 * What is only shown takes no part of an order: half of one would look as if it had been done.
 *
 * @param options that belong to orders, besides why and by whom
 * @param missing what would make it one
 * @throws KeelsonError `bad-argument`
 */
export function expectNoOrder(args: Arguments, options: readonly string[], missing: string): void {
  const given = ['reason', 'by', ...options].filter(
    (name) => args.flag(name) || args.text(name) !== undefined,
  );
  if (given.length > 0)
    throw new KeelsonError(
      'bad-argument',
      `Expected ${missing} with ${given.map((name) => `--${name}`).join(', ')}.`,
    );
}

/** Why and by whom: nothing is done without. */
export function accountOf(args: Arguments): { readonly reason: string; readonly by: string } {
  const reason = args.text('reason');
  if (reason === undefined || reason.trim() === '')
    throw new KeelsonError('bad-argument', 'Expected a reason: it is recorded.', {
      hint: '--reason "Why it is done"',
    });
  return { reason, by: args.text('by') ?? userName() };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

interface Where {
  readonly role: Role;
  readonly at: URL | undefined;
  /** The socket or the address, for people. */
  readonly place: string;
}

function whereOf(args: Arguments): Where {
  const at = args.text('at');
  if (at !== undefined && !/^https?:$/.test(URL.canParse(at) ? new URL(at).protocol : ''))
    throw new KeelsonError(
      'bad-argument',
      `Expected an address such as http://127.0.0.1:9600 for --at, found ${at}.`,
    );
  const role: Role = args.flag('steer') ? 'steerer' : 'gateway';
  const place = at ?? socketIn(resolve(args.text('state') ?? '.keelson'), role);
  return { role, at: at === undefined ? undefined : new URL(at), place };
}

/** @param found who is there in its place; undefined where nobody is */
function unreachable(role: Role, place: string, found?: string, cause?: unknown): KeelsonError {
  const words = found === undefined ? '' : `: ${found} does`;
  return new KeelsonError('admin-unreachable', `No ${role} answers at ${place}${words}.`, {
    hint: 'Where it runs: --state DIR as it was started with, or --at URL of its admin.',
    cause,
  });
}

function ask(args: Arguments, method: string, path: string, body?: string): Promise<string> {
  const { role, at, place } = whereOf(args);
  const token = process.env.KEELSON_ADMIN_TOKEN;
  const where =
    at === undefined ? { socketPath: place, host: 'localhost' } : { host: at.hostname, port: at.port };
  return new Promise((give, fail) => {
    const request = at?.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = request(
      {
        ...where,
        method,
        path,
        timeout: path === '/reload' ? RELOADED_WITHIN_MS : ANSWER_WITHIN_MS,
        headers: {
          accept: 'application/json',
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...(at === undefined || token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
          if (text.length > MOST_BYTES) outgoing.destroy(new Error('too much'));
        });
        response.on('end', () => {
          if ((response.statusCode ?? 500) < 300) give(text);
          else fail(refusal(text) ?? unreachable(role, place, 'something else'));
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', (cause) => fail(unreachable(role, place, undefined, cause)));
    outgoing.end(body);
  });
}

/** Why it was refused; undefined where that is not the answer of an admin. */
function refusal(text: string): KeelsonError | undefined {
  const answer = parsed(text);
  const words = textOf(answer, 'detail');
  const isAdmins = textOf(answer, 'type')?.startsWith(ADMIN_PROBLEM) === true;
  return isAdmins && words !== undefined ? new KeelsonError('order-refused', words) : undefined;
}

/** Undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = (value as Record<string, unknown>)[key]; // an object, as just checked
  return typeof found === 'string' ? found : undefined;
}

/** A moment as people read it: to the second, in UTC. @param moment in ISO 8601 */
export function secondOf(moment: string): string {
  return `${moment.slice(0, 19).replace('T', ' ')} UTC`;
}
