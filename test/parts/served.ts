/** A plan served in this process. */
import {
  Lasting,
  servedBy,
  Serving,
  type LastingOptions,
  type Servable,
  type Via,
} from '../../src/serve/index.ts';
import type { LogStream } from '../../src/telemetry/log-stream.ts';
import { modelOf } from '../oracle/models.ts';

/** What every plan of these tests begins with. */
export const HEAD = 'keelson: 1\nplatform: {name: Tiny, asOf: 2026-11-01}\ncatalog: none\n';

export interface ServedPlan {
  readonly serving: Serving;
  readonly url: string;
  stop(): Promise<void>;
}

const running = new Set<ServedPlan>();

/** Ends what a test has started. */
export async function endServed(): Promise<void> {
  await Promise.all([...running].map((one) => one.stop()));
}

/** What the tests do not say is as they mostly want it: a gateway that logs to nobody, and draws the same each time. */
interface ServeOptions extends Partial<LastingOptions>, Pick<Servable, 'authority'> {
  readonly planFile?: string;
  readonly via?: Via;
  /** @default all secrets are empty */
  readonly secretAt?: (where: string) => string;
}

const QUIET: LogStream = { writableLength: 0, write: () => true, on: () => undefined };

/** Serves the text of a plan. Whoever starts it stops it. */
export async function startServing(
  text: string,
  { planFile = 'plan.yaml', secretAt = () => '', authority, via, ...options }: ServeOptions = {},
): Promise<Serving> {
  const model = modelOf(text);
  const { role = 'gateway' } = options;
  const served = servedBy(model, role, { planFile, secretAt, ...(via === undefined ? {} : { via }) });
  if ('problems' in served)
    throw new Error([...served.problems, ...served.errors].map(({ message }) => message).join('\n'));
  const lasting = new Lasting({ log: QUIET, version: 'test', seed: 1, ...options, role });
  const serving = new Serving({ model, served, authority }, lasting);
  await serving.start();
  return serving;
}

/** @param rest the plan below HEAD */
export async function servePlan(
  rest: string,
  options: Pick<ServeOptions, 'state' | 'share' | 'log' | 'speed' | 'via'> = {},
): Promise<ServedPlan> {
  const serving = await startServing(HEAD + rest, options);
  const address = await serving.gateway?.listen(0, '127.0.0.1');
  const one: ServedPlan = {
    serving,
    url: `http://127.0.0.1:${address?.port}`,
    async stop() {
      running.delete(one);
      await serving.stop(0);
    },
  };
  running.add(one);
  return one;
}
