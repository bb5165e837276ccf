import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { KeelsonError } from '../../errors.ts';
import type { Role, Status } from '../../serve/index.ts';
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
const MOST_BYTES = 10_000_000;

/** How all stands where the arguments point to. @throws KeelsonError `admin-unreachable`, `order-refused` */
export async function readStatus(args: Arguments): Promise<Status> {
  // The gateway's own contract.
  return JSON.parse(await ask(args, 'GET', '/status')) as Status;
}

/** Gives an order. @returns what was done, in words. @throws KeelsonError `admin-unreachable`, `order-refused` */
export async function give(args: Arguments, path: string, order: object): Promise<string> {
  const answer: unknown = JSON.parse(await ask(args, 'POST', path, JSON.stringify(order)));
  return textOf(answer, 'words') ?? 'Done.';
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

function ask(args: Arguments, method: string, path: string, body?: string): Promise<string> {
  const at = args.text('at');
  if (at !== undefined && !/^https?:$/.test(URL.canParse(at) ? new URL(at).protocol : ''))
    throw new KeelsonError(
      'bad-argument',
      `Expected an address such as http://127.0.0.1:9600 for --at, found ${at}.`,
    );
  const role: Role = args.flag('steer') ? 'steerer' : 'gateway';
  const socketPath = socketIn(resolve(args.text('state') ?? '.keelson'), role);
  const token = process.env.KEELSON_ADMIN_TOKEN;
  const where =
    at === undefined
      ? { socketPath, host: 'localhost' }
      : { host: new URL(at).hostname, port: new URL(at).port };
  return new Promise((give, fail) => {
    const unreachable = (cause: unknown): void =>
      fail(
        new KeelsonError('admin-unreachable', `No ${role} answers at ${at ?? socketPath}.`, {
          hint: 'Where it runs: --state DIR as it was started with, or --at URL of its admin.',
          cause,
        }),
      );
    const request = at !== undefined && new URL(at).protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = request(
      {
        ...where,
        method,
        path,
        timeout: ANSWER_WITHIN_MS,
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
          else fail(refusal(text, response.statusCode ?? 500));
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', unreachable);
    outgoing.end(body);
  });
}

function refusal(text: string, status: number): KeelsonError {
  let words: string | undefined;
  try {
    words = textOf(JSON.parse(text), 'detail');
  } catch {
    // Said by its status alone.
  }
  return new KeelsonError('order-refused', words ?? `It answered with status ${status}.`);
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
