/** A plan served in this process. */
import type { Catalog } from '../../src/catalog/index.ts';
import { buildModel } from '../../src/model/index.ts';
import { parsePlan } from '../../src/plan/index.ts';
import { servedBy, Serving } from '../../src/serve/index.ts';

const NO_CATALOG: Catalog = {
  schema: 'keelson.catalog/1',
  watchedUntil: '2026-11-01',
  providers: [],
  counted: [],
};
/** What every plan of these tests begins with. */
export const HEAD = 'keelson: 1\nplatform: {name: Tiny, asOf: 2026-11-01}\ncatalog: none\n';

export interface ServedPlan {
  readonly serving: Serving;
  readonly url: string;
  /** What it has written to its log. */
  readonly log: () => string;
  stop(): Promise<void>;
}

const running = new Set<ServedPlan>();

/** Ends what a test has started. */
export async function endServed(): Promise<void> {
  await Promise.all([...running].map((one) => one.stop()));
}

/** @param rest the plan below HEAD */
export async function servePlan(
  rest: string,
  options: { readonly state?: string } = {},
): Promise<ServedPlan> {
  const { plan, problems } = parsePlan(HEAD + rest, 'plan.yaml');
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  const built = buildModel(plan, NO_CATALOG);
  const { model } = built;
  if (model === undefined) throw new Error(JSON.stringify(built.problems));
  const served = servedBy(model, 'gateway', { planFile: 'plan.yaml', secretAt: () => '' });
  if ('problems' in served) throw new Error(JSON.stringify(served));
  let said = '';
  const log = {
    writableLength: 0,
    write: (text: string) => {
      said += text;
      return true;
    },
    on: () => undefined,
  };
  const serving = new Serving({ model, served, role: 'gateway', log, version: 'test', seed: 1, ...options });
  await serving.start();
  const address = await serving.gateway?.listen(0, '127.0.0.1');
  const one: ServedPlan = {
    serving,
    url: `http://127.0.0.1:${address?.port}`,
    log: () => said,
    async stop() {
      running.delete(one);
      await serving.stop(0);
    },
  };
  running.add(one);
  return one;
}
