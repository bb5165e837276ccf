import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Serving } from '../../src/serve/index.ts';
import { answerOk, startRawOrigin, type RawAnswer, type RawOrigin } from './raw-origin.ts';
import { startServing } from './served.ts';

/** A plan that is being served in this process. */
export interface RawGateway {
  readonly port: number;
  readonly serving: Serving;
  stop(): Promise<void>;
}

/** Serves the text of a plan; all of its secrets are the same. No request is written down. */
export async function startRawGateway(
  text: string,
  { secret = '' }: { secret?: string } = {},
): Promise<RawGateway> {
  const serving = await startServing(text, { secretAt: () => secret, share: 0 });
  const address = await serving.gateway?.listen(0, '127.0.0.1');
  return { port: address?.port ?? 0, serving, stop: () => serving.stop(2_000) };
}

/**
 * An origin for all tests of a file, and before it a gateway for each: upstreams that fail are not asked for a while.
 *
 * @param planFor the plan, by the port of the origin
 * @param answer what the origin does at the beginning of each test
 */
export function useRawGateway(
  planFor: (port: number) => string,
  answer: RawAnswer = answerOk,
): { readonly origin: RawOrigin; readonly gateway: RawGateway } {
  let origin: RawOrigin | undefined;
  let gateway: RawGateway | undefined;
  beforeAll(async () => {
    origin = await startRawOrigin();
  });
  beforeEach(async () => {
    const asked = started(origin);
    asked.forget();
    asked.answer = answer;
    gateway = await startRawGateway(planFor(asked.port));
  });
  afterEach(() => gateway?.stop());
  afterAll(() => origin?.stop());
  return {
    get origin() {
      return started(origin);
    },
    get gateway() {
      return started(gateway);
    },
  };
}

function started<T>(one: T | undefined): T {
  if (one === undefined) throw new Error('Expected to be asked within a test.');
  return one;
}

/** What `/metrics` says of the only one that has this name; not a number where it says nothing. */
export function metricOf({ serving }: Pick<RawGateway, 'serving'>, name: string): number {
  const { text } = serving.registry.text();
  return Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}
