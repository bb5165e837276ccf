import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Status } from '../../src/serve/index.ts';
import { root } from '../cli/keelson.ts';

const LATE = { timeout: 20_000, interval: 100 };
/** An order that only rests in the book. */
export const LIMIT = { pair: 'BTC-USD', amount: 1, price: 90_000, post_only: true };

/** Harbor while it runs. */
export class Harbor {
  token = '';
  private readonly child: ChildProcess;
  private said = '';
  private readonly ended: Promise<number | null>;

  constructor(more: readonly string[] = []) {
    this.child = spawn(process.execPath, [join(root, 'examples/harbor/live.mjs'), '--free-ports', ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (chunk: Buffer): void => {
      this.said += chunk.toString();
    };
    this.child.stdout?.on('data', hear);
    this.child.stderr?.on('data', hear);
    this.ended = new Promise((resolve) => this.child.on('close', resolve));
  }

  async isUp(): Promise<this> {
    const isOver = this.ended.then(() => true);
    while (!this.said.includes('Ctrl-C ends all of it')) {
      if (await Promise.race([isOver, new Promise((resolve) => setTimeout(resolve, 50, false))]))
        throw new Error(`Harbor did not come up:\n${this.said}`);
    }
    const { token } = (await (await this.ask('POST', '/login', { user: 'ada' })).json()) as { token: string }; // as site.mjs has it
    this.token = token;
    return this;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }

  async turn(...orders: readonly string[]): Promise<void> {
    for (const order of orders) {
      const { status } = await fetch(`${this.place(/POST (http:\S+)\/stop/)}/${order}`, { method: 'POST' });
      expect([order, status]).toEqual([order, 200]);
    }
  }

  async status(): Promise<Status> {
    return (await (await fetch(`${this.admin}/status`)).json()) as Status; // its own schema
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.admin}/metrics`)).text();
  }

  /** Waits until journeys are in modes, in the order of the plan. */
  async isIn(
    login: string | null,
    trade: string | null,
    withdraw: string | null,
    market: string | null,
  ): Promise<void> {
    await expect
      .poll(async () => (await this.status()).journeys.map(({ mode }) => mode), LATE)
      .toEqual([login, trade, withdraw, market]);
  }

  /** By the users’ door, as somebody who is logged in. */
  ask(
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return fetch(this.door + path, {
      method,
      headers: {
        ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** What the statuses of some requests are. */
  async statuses(...requests: readonly (readonly [string, string, object?])[]): Promise<number[]> {
    const found: number[] = [];
    for (const [method, path, body] of requests) {
      const answer = await this.ask(method, path, body);
      await answer.text();
      found.push(answer.status);
    }
    return found;
  }

  /** A new order, and the path at which it is cancelled. */
  async newOrder(): Promise<string> {
    const answer = await this.ask('POST', '/orders', LIMIT);
    expect(answer.status).toBe(201);
    const { order } = (await answer.json()) as { order: { id: string } }; // as site.mjs has it
    return `/orders/${order.id}`;
  }

  get gateway(): string {
    return `http://127.0.0.1:${this.place(/gateway itself +http:\/\/127\.0\.0\.1:(\d+)/)}`;
  }

  /** Where the gateway and the steerer keep what outlives them. */
  get state(): string {
    return this.place(/approve order-book --state (\S+)/);
  }

  /** The plan as it runs. */
  get drilledPlan(): string {
    return this.place(/keelson drill (\S+)/);
  }

  get edgeB(): string {
    return this.place(/edges themselves .* and (http:\S+)/);
  }

  get door(): string {
    return this.place(/come in at (http:\/\/127\.0\.0\.1:\d+)/);
  }

  get admin(): string {
    return this.place(/status of the gateway +(http:\/\/127\.0\.0\.1:\d+)/);
  }

  private place(pattern: RegExp): string {
    const found = pattern.exec(this.said)?.[1];
    if (found === undefined) throw new Error(`Expected ${pattern} in:\n${this.said}`);
    return found;
  }
}
