import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answerWith, connectWith, endAnswers, nobodyAt } from '../../../test/parts/answers.ts';
import { digestOf } from '../../document/load.ts';
import { Target, type Install, type TargetOptions } from './targets.ts';

let folder: string;
let file: string;
const signal = new AbortController().signal;
const one = { digest: digestOf('one'), version: 1 };
const two = { digest: digestOf('two'), version: 2 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-target-'));
  file = join(folder, 'a.json');
});
afterEach(() => {
  endAnswers();
  rmSync(folder, { recursive: true });
});

const target = (more: Partial<TargetOptions> = {}): Target =>
  new Target({ name: 'edge-1', file, folder, ...more });
const install =
  (text: string): Install =>
  async (path) => {
    try {
      writeFileSync(path, text);
      return { kind: 'installed' };
    } catch (error) {
      return {
        kind: 'unusable',
        why: `It cannot be written: ${error instanceof Error && 'code' in error ? error.code : ''}`,
      };
    }
  };
const node = (code: string, timeoutMs = 5000): Pick<TargetOptions, 'reload'> => ({
  reload: {
    command: [process.execPath, '-e', code, '{file}', '{digest}', '{version}', '{target}'],
    timeoutMs,
  },
});
const shell = (code: string, timeoutMs = 5000): Pick<TargetOptions, 'reload'> => ({
  reload: { command: ['/bin/sh', '-c', code], timeoutMs },
});

test('a file is replaced, and its reload is told of it', async () => {
  const told = join(folder, 'told');
  const code = `require('fs').writeFileSync('${told}', JSON.stringify([process.argv.slice(1), process.env.KEELSON_TARGET, process.env.KEELSON_VERSION, process.env.KEELSON_DIGEST]))`;
  const placed = await target(node(code)).place(one, install('one'), signal);
  expect(placed).toEqual({ outcome: 'acknowledged', words: 'the file was replaced and reloaded' });
  expect(readFileSync(file, 'utf8')).toBe('one');
  expect(JSON.parse(readFileSync(told, 'utf8'))).toEqual([
    [file, one.digest, '1', 'edge-1'],
    'edge-1',
    '1',
    one.digest,
  ]);
});

test('without a reload the file alone counts', async () => {
  expect(await target().place(one, install('one'), signal)).toEqual({
    outcome: 'acknowledged',
    words: 'the file was replaced',
  });
});

describe('is to blame on the file:', () => {
  test.each<[string, string, string]>([
    [
      'a reload that says no',
      'echo first >&2; printf "too many \\033[31mfeatures\\n" >&2; exit 3',
      'its reload command ended with 3: too many \\u{1b}[31mfeatures',
    ],
    ['one that is killed', 'kill -SEGV $$', 'its reload command was ended by SIGSEGV'],
  ])('%s', async (_, code, words) => {
    expect(await target(shell(code)).place(one, install('one'), signal)).toEqual({
      outcome: 'refused',
      words,
    });
    expect(readFileSync(file, 'utf8')).toBe('one');
  });

  test('one that hangs, and what it has started is ended', async () => {
    const began = performance.now();
    const placed = await target(shell('sleep 60 & sleep 60', 50)).place(one, install('one'), signal);
    expect(placed).toEqual({ outcome: 'refused', words: 'its reload command had not ended within 50 ms' });
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test('words without end are cut', async () => {
    const placed = await target(shell('head -c 100000 /dev/zero | tr "\\0" x >&2; exit 1')).place(
      one,
      install('one'),
      signal,
    );
    expect(placed.words.length).toBeLessThan(400);
  });
});

describe('nobody is to blame on:', () => {
  test('a folder that is gone, one that may not be written, a reload that cannot be started', async () => {
    rmSync(folder, { recursive: true });
    expect(await target().place(one, install('one'), signal)).toEqual({
      outcome: 'unreachable',
      words: 'It cannot be written: ENOENT',
    });
    mkdirSync(folder);
    const isDirectory = target({ file: folder });
    expect(await isDirectory.place(one, install('one'), signal)).toMatchObject({ outcome: 'unreachable' });
    const placed = await target({ reload: { command: ['/no/such', ''], timeoutMs: 100 } }).place(
      one,
      install('one'),
      signal,
    );
    expect(placed).toEqual({
      outcome: 'unreachable',
      words: 'its reload command cannot be run: the system says ENOENT',
    });
  });

  test('what a programmer has overlooked is thrown on', async () => {
    const place = target().place(one, () => Promise.reject(new TypeError('x')), signal);
    await expect(place).rejects.toThrow(TypeError);
    expect(await target().place(one, install('one'), signal)).toMatchObject({ outcome: 'acknowledged' });
  });
});

describe('whether it has been loaded', () => {
  const asking = (url: URL, withinMs = 400, contains = '{digest}'): Pick<TargetOptions, 'loaded'> => ({
    loaded: { url, contains, withinMs },
  });

  test('is asked until it has', async () => {
    let asked = 0;
    const url = await answerWith((_, response) =>
      response.end(asked++ < 2 ? 'old' : `{"digest":"${one.digest}"}`),
    );
    expect(await target(asking(url, 5000)).place(one, install('one'), signal)).toEqual({
      outcome: 'acknowledged',
      words: 'says that it has loaded it',
    });
    expect(asked).toBe(3);
  });

  test('that it says something else until the time is up is its no', async () => {
    const url = await answerWith((_, response) => response.writeHead(200).end('still \u0007old'));
    expect(await target(asking(url, 150, 'v{version}')).place(two, install('two'), signal)).toEqual({
      outcome: 'refused',
      words: 'has not loaded it within 150 ms: answers 200 without "v2": still \\u{7}old',
    });
    const failing = await answerWith((_, response) => response.writeHead(500).end(one.digest));
    expect(await target(asking(failing, 150)).place(one, install('one'), signal)).toMatchObject({
      outcome: 'refused',
    });
  });

  test('of who was down before nobody knows; who was up before and is down after has not survived the file', async () => {
    const nobody = await nobodyAt();
    expect(await target(asking(nobody, 150)).place(one, install('one'), signal)).toEqual({
      outcome: 'unreachable',
      words: 'was down before, and still is: refuses connections',
    });
    let crash = false;
    const crashing = await connectWith((socket) => {
      if (crash) return socket.destroy();
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold'));
    });
    const placed = target(asking(crashing, 150)).place(
      one,
      (path) => {
        crash = true;
        return install('one')(path);
      },
      signal,
    );
    expect(await placed).toEqual({
      outcome: 'refused',
      words: 'has not loaded it within 150 ms: breaks the connection',
    });
  });

  test('is not looked for beyond the first 64 KiB', async () => {
    const url = await answerWith((_, response) => {
      response.write(Buffer.alloc(200_000, 'x'));
      response.end(one.digest);
    });
    expect(await target(asking(url, 150)).place(one, install('one'), signal)).toMatchObject({
      outcome: 'refused',
    });
  });
});

test('what is placed later calls off what is under way, waits for its end, and is what stays', async () => {
  const hanging = target(shell(`grep -q one ${file} && sleep 60; exit 0`, 60_000));
  const first = hanging.place(one, install('one'), signal);
  await expect.poll(() => readFileSync(file, { encoding: 'utf8', flag: 'a+' }), { interval: 5 }).toBe('one');
  const second = hanging.place(two, install('two'), signal);
  expect((await first).outcome).toBe('superseded');
  expect((await second).outcome).toBe('acknowledged');
  expect(readFileSync(file, 'utf8')).toBe('two');
});

test('a target that hangs keeps no other one waiting', async () => {
  const calling = new AbortController();
  const hanging = target(shell('sleep 60', 60_000)).place(one, install('one'), calling.signal);
  const other = target({ name: 'edge-2', file: join(folder, 'b.json') });
  expect((await other.place(one, install('one'), signal)).outcome).toBe('acknowledged');
  calling.abort();
  expect((await hanging).outcome).toBe('superseded');
});

test('what is to have nothing has it taken away, and is told; nobody asks whether that is well', async () => {
  writeFileSync(file, 'one');
  const remove: Install = async (path) => {
    rmSync(path);
    return { kind: 'installed' };
  };
  const placed = await target(shell('exit 1')).place(null, remove, signal);
  expect(placed).toEqual({ outcome: 'acknowledged', words: 'the file was taken away' });
  expect(await target().present(signal)).toEqual({ kind: 'nothing' });
});

test('what stands there is known by its digest', async () => {
  const looked = target();
  expect(await looked.present(signal)).toEqual({ kind: 'nothing' });
  for (const text of ['one', 'two', 'one']) {
    writeFileSync(file, text);
    expect(await looked.present(signal)).toEqual({ kind: 'file', digest: digestOf(text) });
    expect(await looked.present(signal)).toEqual({ kind: 'file', digest: digestOf(text) });
  }
  rmSync(file);
  mkdirSync(file);
  expect(await looked.present(signal)).toEqual({
    kind: 'unreachable',
    words: 'cannot be read: the system says EISDIR',
  });
  chmodSync(file, 0o700);
});
