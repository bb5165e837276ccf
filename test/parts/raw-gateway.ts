import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Serving } from '../../src/serve/index.ts';
import { makeFolder } from './part.ts';
import { startServing } from './served.ts';

/** A plan that is being served in this process. */
export interface RawGateway {
  readonly port: number;
  readonly serving: Serving;
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
  const serving = await startServing(text, { planFile, secretAt: () => secret, share });
  const address = await serving.gateway?.listen(0, '127.0.0.1');
  return { port: address?.port ?? 0, serving, stop: () => serving.stop(2_000) };
}
