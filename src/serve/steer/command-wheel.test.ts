import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CommandWheel, type CommandWheelOptions } from './command-wheel.ts';

const folder = mkdtempSync(join(tmpdir(), 'keelson-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const shell = (text: string, ...args: string[]): [string, ...string[]] => ['sh', '-c', text, 'sh', ...args];

function wheel(options: Partial<CommandWheelOptions>): CommandWheel {
  return new CommandWheel({
    service: 'edge',
    alternatives: ['cirrus', 'nimbus; rm -rf /'],
    command: ['true'],
    timeoutMs: 10_000,
    ...options,
  });
}

describe('turning', () => {
  test('tells the command where to, by words and by its environment, which holds nothing else', async () => {
    const file = join(folder, 'told');
    process.env.KEELSON_TEST_SECRET = 'of the platform';
    const turned = wheel({
      command: shell(
        `{ printf '%s|' "$@"; env; } > ${file}`,
        '--to={to}',
        '{number}',
        '{from}',
        '{service}',
        '{other}',
      ),
      env: { API_TOKEN: 'declared' },
    });
    await turned.turn(0, never);
    await turned.turn(1, never);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('--to=nimbus; rm -rf /|2|cirrus|edge|{other}|');
    const names = text
      .split('|')
      .at(-1)
      ?.trim()
      .split('\n')
      .map((line) => line.split('=')[0])
      .sort();
    expect(names).toEqual([
      'API_TOKEN',
      'HOME',
      'KEELSON_FROM',
      'KEELSON_SERVICE',
      'KEELSON_TO',
      'PATH',
      'PWD',
    ]);
    expect(text).toContain('KEELSON_TO=nimbus; rm -rf /\n');
    delete process.env.KEELSON_TEST_SECRET;
  });

  test('is refused where the command ends with another code, in its own last words but its secrets', async () => {
    const turning = wheel({
      command: shell('echo first >&2; echo "no right for $API_TOKEN" >&2; exit 3'),
      env: { API_TOKEN: 'very-secret' },
    }).turn(0, never);
    await expect(turning).rejects.toMatchObject({
      code: 'wheel-refused',
      message: '"sh" ended with 3: "no right for …".',
    });
  });

  test('is not known to have happened where the command takes too long, and all that it has started is ended', async () => {
    const file = join(folder, 'child');
    const turning = wheel({
      command: shell(`sleep 300 & echo $! > ${file}; wait`),
      timeoutMs: 300,
    }).turn(0, never);
    await expect(turning).rejects.toMatchObject({ code: 'wheel-unknown' });
    await expect.poll(() => isRunning(Number(readFileSync(file, 'utf8')))).toBe(false);
  });

  test('is given up when it is told to', async () => {
    const giveUp = new AbortController();
    const turning = wheel({ command: ['sleep', '300'] }).turn(0, giveUp.signal);
    giveUp.abort();
    await expect(turning).rejects.toMatchObject({ code: 'wheel-unknown' });
  });

  test('does not wait for what the command leaves behind', async () => {
    const file = join(folder, 'left');
    await wheel({ command: shell(`sleep 300 & echo $! > ${file}`) }).turn(0, never);
    await expect.poll(() => isRunning(Number(readFileSync(file, 'utf8')))).toBe(false);
  });

  test('does not fill up with what the command says', async () => {
    await wheel({ command: shell('head -c 20000000 /dev/zero; head -c 20000000 /dev/zero >&2') }).turn(
      0,
      never,
    );
  });

  test('cannot begin where there is no such program', async () => {
    await expect(wheel({ command: ['/no/such'] }).turn(0, never)).rejects.toMatchObject({
      code: 'wheel-unreachable',
      message: '"/no/such" cannot be run: the system says ENOENT.',
    });
  });

  test('is confirmed by the check, where there is one', async () => {
    await wheel({ check: ['echo', 'cirrus'] }).turn(0, never);
    await expect(wheel({ check: ['echo', 'cirrus'] }).turn(1, never)).rejects.toMatchObject({
      code: 'wheel-unconfirmed',
    });
    await expect(wheel({ check: ['false'] }).turn(1, never)).rejects.toMatchObject({
      code: 'wheel-unconfirmed',
    });
  });
});

describe('checking', () => {
  test('says which alternative is in force', async () => {
    expect(await wheel({ check: ['echo', ' cirrus'] }).check(never)).toEqual({
      ok: true,
      inForce: 0,
      words: '"echo" says that cirrus is in force',
    });
    expect(await wheel({ check: ['echo', 'stratus'] }).check(never)).toMatchObject({
      ok: true,
      inForce: undefined,
    });
  });

  test('without a check looks whether the program can be run', async () => {
    expect(await wheel({}).check(never)).toMatchObject({ ok: true, inForce: undefined });
    const file = join(folder, 'not-a-program');
    writeFileSync(file, '');
    chmodSync(file, 0o644);
    for (const program of [file, join(folder, 'gone'), 'keelson-no-such-program'])
      expect(await wheel({ command: [program] }).check(never)).toMatchObject({ ok: false });
  });

  test('says why it cannot be turned', async () => {
    expect(await wheel({ check: shell('echo expired >&2; exit 1') }).check(never)).toEqual({
      ok: false,
      why: '"sh" ended with 1: "expired".',
    });
  });
});

test('what it would do is said as one would type it, without secrets', () => {
  const lines = wheel({
    command: ['steer', '--to', '{to}'],
    check: ['steer', 'status'],
    env: { TOKEN: 'very-secret' },
  }).describe(1);
  expect(lines).toEqual([
    "run steer --to 'nimbus; rm -rf /', within 10000 ms",
    'then ask steer status whether nimbus; rm -rf / is in force',
  ]);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie has ended; who is to hear of it may not have asked.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
