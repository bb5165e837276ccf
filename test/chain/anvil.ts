// Real nodes for tests of what chains say: anvil, on a port given by the system, with accounts, blocks and times that are always the same.
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Where the binary of an npm package of Foundry lies. */
export function foundryBinary(name: 'anvil' | 'cast'): string {
  const here = createRequire(import.meta.url);
  const wrapper = here.resolve(`@foundry-rs/${name}/package.json`);
  const machine = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const platform = createRequire(wrapper).resolve(`@foundry-rs/${name}-${machine}/package.json`);
  return join(dirname(platform), 'bin', name);
}

export interface Anvil {
  readonly url: string;
  ask(method: string, ...params: readonly unknown[]): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a node that mines only when it is told to. */
export async function startAnvil(...options: readonly string[]): Promise<Anvil> {
  const child = spawn(
    foundryBinary('anvil'),
    ['--port', '0', '--no-mining', '--timestamp', '1700000000', '--order', 'fifo', ...options],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  // Also where a test ends before it stops what it has started.
  const end = () => child.kill();
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  const url = `http://${await listening(child)}`;
  let id = 0;
  return {
    url,
    async ask(method, ...params) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
      });
      // An answer of a node that the test has started.
      const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
      return answer.result;
    },
    stop() {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill();
      return gone;
    },
  };
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk;
      const [, address] = said.match(/Listening on (\S+)/) ?? [];
      if (address !== undefined) resolve(address);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`anvil ended with ${code}: ${said}`)));
  });
}
