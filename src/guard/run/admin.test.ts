import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Registry } from '../../telemetry/metrics.ts';
import { startGuardAdmin, type GuardAdmin } from './admin.ts';
import type { GuardsStatus, GuardStatus } from './status.ts';

let admin: GuardAdmin;
let troubles: string[];

beforeEach(async () => {
  troubles = [];
  const registry = new Registry();
  registry.counter('seen_total', 'Seen.').of().add();
  const status = (): GuardsStatus => {
    const guard = { name: 'a', troubles, targets: [{ state: 'good' }] } as unknown as GuardStatus; // what is read of it
    return { schema: 'keelson.guard-status/1', at: '', isRunning: true, guards: [guard] };
  };
  admin = await startGuardAdmin({
    host: '127.0.0.1',
    port: 0,
    status,
    metrics: (accept) => registry.text(accept),
  });
});
afterEach(() => admin.close());

function ask(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: admin.port, path, method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => resolve([answer.statusCode ?? 0, text]));
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('status and metrics are read, and health is said', async () => {
  expect((await ask('/status'))[1]).toContain('keelson.guard-status/1');
  expect((await ask('/metrics'))[1]).toContain('seen_total 1');
  expect(await ask('/healthz')).toEqual([200, 'It runs.\n']);
  expect(await ask('/readyz')).toEqual([200, 'It guards.\n']);
  troubles = ['Nothing can be kept.'];
  expect(await ask('/readyz')).toEqual([503, 'a: Nothing can be kept.\n']);
  expect(await ask('/status', 'HEAD')).toEqual([200, '']);
});

test('other names, other sites and other methods have no part in it', async () => {
  expect((await ask('/status', 'GET', { host: 'elsewhere.example' }))[0]).toBe(403);
  expect((await ask('/status', 'GET', { origin: 'https://elsewhere.example' }))[0]).toBe(403);
  expect((await ask('/status', 'POST'))[0]).toBe(405);
  expect((await ask('/freeze'))[0]).toBe(404);
});
