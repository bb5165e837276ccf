import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { attributeText } from '../../src/faults/described.ts';
import { FAULTS } from '../../src/faults/index.ts';
import { makeCertificate } from '../parts/certificate.ts';
import { echo, startStreamServer, talk } from '../parts/streams.ts';
import { bin, keelson, root } from './keelson.ts';

const folder = mkdtempSync(join(tmpdir(), 'keelson-faults-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function configured(value: unknown): string {
  const file = join(folder, `proxies-${files++}.json`);
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
}

test('it says where its API and its proxies are, does what they are told, and ends without a trace', async () => {
  const upstream = await startStreamServer(echo);
  const proxy = { name: 'echo', listen: '127.0.0.1:0', upstream: upstream.place };
  const file = configured([{ ...proxy, toxics: [{ type: 'limit_data', attributes: { bytes: 2 } }] }]);
  const words = ['faults', '--config', file, '--listen', '127.0.0.1:0', '--seed', '9', '--json'];
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const said = JSON.parse(String(line));
  expect(said).toMatchObject({ schema: 'keelson.faults/1', seed: 9, proxies: [{ name: 'echo' }] });
  const { listen } = said.proxies[0];
  expect((await talk(listen, 'four')).bytes.toString()).toBe('fo');
  expect((await fetch(`${said.control}/reset`, { method: 'POST' })).status).toBe(204);
  expect((await talk(listen, 'four')).bytes.toString()).toBe('four');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect((await talk(listen, 'four')).error).toBe('ECONNREFUSED');
  await upstream.close();
});

test('TLS on both sides: clients trust its authority, and it trusts what its process does', async () => {
  const { authority, ...own } = makeCertificate('localhost');
  const upstream = createServer(own, (incoming, response) => response.end(`asked ${incoming.headers.host}`));
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  // A server that listens at a port has an address of this kind.
  const { port } = upstream.address() as AddressInfo;
  const trusted = join(folder, 'authority.pem');
  writeFileSync(trusted, authority);
  const file = configured([
    {
      name: 'site',
      upstream: `localhost:${port}`,
      protocol: 'tls',
      upstream_tls: true,
      toxics: [{ type: 'http_status', attributes: { status: 525 }, match: { path: '/x' } }],
    },
  ]);
  const words = ['faults', '--config', file, '--listen', '127.0.0.1:0', '--json'];
  const child = spawn(process.execPath, [bin, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted },
  });
  const ended = once(child, 'close');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { control, proxies } = JSON.parse(String(line));
  const ca = await (await fetch(`${control}/authority`)).text();
  const ask = async (path: string): Promise<[number | undefined, string]> => {
    const [host, at] = proxies[0].listen.split(':');
    const [answer] = (await once(
      request({ host, port: at, path, ca, servername: 'localhost', headers: { host: 'a.example' } }).end(),
      'response',
    )) as [IncomingMessage];
    let text = '';
    for await (const part of answer) text += String(part);
    return [answer.statusCode, text];
  };
  expect(await ask('/')).toEqual([200, 'asked a.example']);
  expect(await ask('/x')).toEqual([525, '']);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  upstream.close();
});

test('what is wrong with a configuration is said at once, a line each', () => {
  const file = configured([
    { name: '', upstream: 'a' },
    { name: 'b', upstream: 'a:1', listen: '0.0.0.0:1' },
  ]);
  const { exit, out, err } = keelson(['faults', '--config', file, '--listen', '127.0.0.1:0']);
  expect([exit, out]).toEqual([2, '']);
  expect(err.replaceAll(file, 'proxies.json')).toBe(
    [
      'proxies.json: Proxy 1: Expected name to be a text, found "".',
      'proxies.json: Proxy 1: Expected upstream to be HOST:PORT, found "a".',
      'proxies.json: Proxy 2: Expected listen to be of this computer alone, such as 127.0.0.1:1, found "0.0.0.0:1": others are let in with --allow-remote.',
      '',
    ].join('\n'),
  );
});

test.each([
  ['a file that is not there', ['--config', join(folder, 'none.json')], 'ENOENT'],
  ['no JSON', ['--config', configured('{')], 'Expected JSON'],
  ['a file', ['proxies.json'], 'Expected options alone'],
  ['another computer', ['--listen', '0.0.0.0:0'], '--allow-remote'],
  ['no place', ['--listen', 'here'], 'HOST:PORT'],
  ['no seed', ['--seed', 'x'], '--seed'],
])('it refuses %s', (_, words, said) => {
  const { exit, err } = keelson(['faults', ...words]);
  expect(exit).toBe(2);
  expect(err).toContain(said);
});

test('the list has every fault with its attributes, also as JSON', () => {
  const { exit, out } = keelson(['faults', '--list']);
  expect(exit).toBe(0);
  const listed = JSON.parse(keelson(['faults', '--list', '--json']).out);
  expect(listed.map(({ type }: { type: string }) => type)).toEqual(FAULTS.map(({ type }) => type));
  for (const { type, attributes } of FAULTS) {
    expect(out).toContain(`${type} (`);
    for (const name of Object.keys(attributes)) expect(out).toContain(`  ${name}`);
  }
});

test('the table of docs/faults.md is that of the catalogue', () => {
  const file = join(root, 'docs/faults.md');
  const rows = FAULTS.flatMap(({ type, layer, summary, attributes }) => [
    `| \`${type}\` | ${layer} | ${summary} |`,
    ...Object.entries(attributes).map(
      ([name, attribute]) => `| | \`${name}\` | ${attributeText(attribute).replaceAll('|', '\\|')} |`,
    ),
  ]);
  const table = ['<!-- faults -->', '| fault | layer, attribute | what |', '| --- | --- | --- |', ...rows];
  const page = readFileSync(file, 'utf8');
  const wanted = page.replace(
    /<!-- faults -->[\s\S]*?(?=<!-- \/faults -->)/,
    () => `${table.join('\n')}\n\n`,
  );
  expect(wanted).toContain(table.join('\n'));
  if (process.env.KEELSON_GOLDEN === 'write') writeFileSync(file, wanted);
  else expect(page).toBe(wanted);
});
