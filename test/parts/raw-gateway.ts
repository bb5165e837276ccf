import { writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { join } from 'node:path';
import { buildModel, EMPTY_CATALOG, parsePlan } from '../../src/index.ts';
import { servedBy, Serving } from '../../src/serve/index.ts';
import { makeFolder } from './part.ts';

/** A plan that is being served in this process. */
export interface RawGateway {
  readonly port: number;
  readonly serving: Serving;
  /** What it has logged. */
  said(): string;
  stop(): Promise<void>;
}

/** Serves the text of a plan. @param share of requests that are written down */
export async function startRawGateway(
  text: string,
  { share = 0, secret = '' }: { share?: number; secret?: string } = {},
): Promise<RawGateway> {
  const folder = makeFolder();
  const planFile = join(folder, 'plan.yaml');
  writeFileSync(planFile, text);
  writeFileSync(join(folder, 'page.html'), '<h1>Later</h1>');
  const { plan, problems } = parsePlan(text, planFile);
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  const built = buildModel(plan, EMPTY_CATALOG);
  if (built.model === undefined) throw new Error(JSON.stringify(built.problems));
  const served = servedBy(built.model, 'gateway', { planFile, secretAt: () => secret });
  if ('problems' in served) throw new Error(JSON.stringify(served));
  let said = '';
  const log = new Writable({
    write(piece: Buffer, _encoding, done) {
      said = (said + piece.toString()).slice(-1_000_000);
      done();
    },
  });
  const serving = new Serving({ model: built.model, served, role: 'gateway', log, share, version: '0' });
  await serving.start();
  const address = await serving.gateway?.listen(0, '127.0.0.1');
  return { port: address?.port ?? 0, serving, said: () => said, stop: () => serving.stop(2_000) };
}
