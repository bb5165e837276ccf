import { execFile, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePlan } from '../../src/plan/index.ts';
import { answersOf, reply, startDnsAnswers, type DnsAnswers } from '../parts/dns-answers.ts';
import { bin, keelsonHere, root, type Run } from './keelson.ts';

/** As a process that this one can answer meanwhile. */
function keelson(words: readonly string[], onStart: (child: ChildProcess) => void = () => {}): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [bin, ...words],
      { cwd: root, env: { ...process.env, NO_COLOR: '1' } },
      (error, out, err) => resolve({ exit: error === null ? 0 : Number(error.code), out, err }),
    );
    onStart(child);
  });
}

describe('discovering many platforms', () => {
  let dns: DnsAnswers;
  let folder: string;
  const out = (): string => join(folder, 'found');

  /** What happens when a name of deaf.example is asked for; it is never answered. */
  let onDeaf = (): void => {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keelson-list-'));
    const known = answersOf([
      'harbor.example 60 NS ada.ns.cloudflare.com',
      'quay.example 60 NS ns-1.awsdns-00.com',
      'mail.example 60 MX 10 mx.mail.example',
      'left.example 60 CNAME gone.azurewebsites.net',
    ]);
    dns = await startDnsAnswers((query, transport, port) => {
      if (query.questions[0]?.name.endsWith('deaf.example') !== true) return known(query, transport, port);
      onDeaf();
      return reply(query, { code: 2 });
    });
  });
  afterAll(async () => {
    await dns.close();
    rmSync(folder, { recursive: true });
  });

  const run = (
    list: string,
    more: readonly string[] = [],
    onStart?: (child: ChildProcess) => void,
  ): Promise<Run> => {
    const file = join(folder, 'list.txt');
    writeFileSync(file, list);
    const resolver = `${dns.host}:${dns.port}`;
    return keelson(
      ['discover', '--list', file, '--out', out(), '--resolver', resolver, '--dns-only', ...more],
      onStart,
    );
  };

  test('writes a plan and a result of each, says what is no domain, and sums up', async () => {
    const {
      exit,
      out: said,
      err,
    } = await run('harbor.example # first\nhttps://bad.example/\nquay.example, www.quay.example\n');
    expect(err).toContain('Line 2: expected a domain');
    expect(exit).toBe(0);
    expect(said).toContain('2 of 2 platforms looked at.');
    expect(said).toContain('1  cloudflare');
    expect(readdirSync(out()).sort()).toEqual([
      'harbor.example.json',
      'harbor.example.yaml',
      'quay.example.json',
      'quay.example.yaml',
    ]);
    const text = readFileSync(join(out(), 'quay.example.yaml'), 'utf8');
    expect(parsePlan(text, 'x.yaml').plan?.services?.map(({ name }) => name)).toContain('names');
    expect(JSON.parse(readFileSync(join(out(), 'quay.example.json'), 'utf8'))).toMatchObject({
      schema: 'keelson.discovery/1',
      domains: ['quay.example', 'www.quay.example'],
    });
  });

  test('passes over what is there, and looks at the rest', async () => {
    rmSync(join(out(), 'quay.example.json'));
    const before = dns.asked.length;
    const { exit, out: said } = await run('harbor.example\nquay.example\n', ['--json', '--kind', 'wallet']);
    expect(exit).toBe(0);
    expect(JSON.parse(said)).toEqual({
      schema: 'keelson.discovery-list/1',
      done: 1,
      failed: 0,
      passedOver: 1,
      all: 2,
      seen: 1,
      providers: [{ name: 'route53', platforms: 1 }],
    });
    const asked = dns.asked.slice(before);
    expect(asked.filter((question) => question.includes('harbor'))).toEqual([]);
    expect(readFileSync(join(out(), 'quay.example.yaml'), 'utf8')).toContain('kind: wallet');
  });

  test('takes one that no resolver answered for as failed, and looks at it again the next time', async () => {
    const first = await run('harbor.example\ndeaf.example\n');
    expect(first.exit).toBe(1);
    expect(first.out).toContain('0 of 2 platforms looked at, 1 before, 1 failed (');
    expect(first.out).toContain('The same command looks again at those that failed.');
    const failures = join(out(), 'failures.txt');
    expect(readFileSync(failures, 'utf8')).toMatch(
      /^deaf\.example {2}None of \d+ questions about deaf\.example /,
    );
    expect(existsSync(join(out(), 'deaf.example.json'))).toBe(false);
    const second = await run('harbor.example\n');
    expect(second.exit).toBe(0);
    expect(existsSync(failures)).toBe(false);
  });

  test('takes one whose name does not exist as failed, keeps nothing of it, and looks again the next time', async () => {
    const list = 'harbor.example\nnope.example app.nope.example\n';
    for (let i = 0; i < 2; i++) {
      const { exit, out: said } = await run(list);
      expect({ exit, said }).toMatchObject({
        exit: 1,
        said: expect.stringContaining('0 of 2 platforms looked at, 1 before, 1 failed ('),
      });
      expect(readFileSync(join(out(), 'failures.txt'), 'utf8')).toBe(
        'nope.example  None of "nope.example", "app.nope.example" exists. (no-such-domain)\n',
      );
      expect(readdirSync(out()).filter((name) => name.includes('nope'))).toEqual([]);
    }
    await run('gone.quay.example\n');
    expect(readFileSync(join(out(), 'failures.txt'), 'utf8')).toBe(
      'gone.quay.example  "gone.quay.example" does not exist. (no-such-domain)\n',
    );
    // One that is there without an address is looked at, and so is one that leads to what is not there.
    const others = await run('mail.example\nleft.example\n');
    expect(others.out).toContain('2 of 2 platforms looked at.');
    for (const name of ['mail', 'left'])
      for (const ending of ['json', 'yaml']) rmSync(join(out(), `${name}.example.${ending}`));
  });

  test('says one of what there is one', async () => {
    const { out: said } = await run('quay.example\n');
    expect(said).toMatch(/^0 of 1 platform looked at, 1 before\./);
  });

  test('says when it is stopped how far it is, and goes on from there', async () => {
    rmSync(join(out(), 'quay.example.json'));
    let child: ChildProcess | undefined;
    onDeaf = () => child?.kill('SIGINT');
    const stopped = await run(
      'harbor.example\ndeaf.example\nquay.example\n',
      ['--concurrency', '1'],
      (one) => {
        child = one;
      },
    );
    expect(stopped).toEqual({
      exit: 130,
      out: '',
      err: 'Stopped: 1 of 3 platforms are there. The same command goes on with the others.\n',
    });
    onDeaf = () => {};
    const { out: said } = await run('harbor.example\nquay.example\n');
    expect(said).toContain('1 of 2 platforms looked at, 1 before.');
  });

  test('takes away what one that was killed left half written, and nothing that another is writing', async () => {
    const [old, now] = ['harbor.example.json.4194305.part', 'quay.example.yaml.4194305.part'];
    for (const name of [old, now]) writeFileSync(join(out(), name), 'half');
    const before = new Date(Date.now() - 120_000);
    utimesSync(join(out(), old), before, before);
    await run('harbor.example\n');
    expect(readdirSync(out()).filter((name) => name.endsWith('.part'))).toEqual([now]);
    rmSync(join(out(), now));
  });

  test('refuses a folder that is a file', async () => {
    const { exit, err } = await keelson([
      'discover',
      '--list',
      join(folder, 'list.txt'),
      '--out',
      'README.md',
    ]);
    expect(exit).toBe(2);
    expect(err).toBe(
      'keelson: Expected --out to be a folder, found that "README.md" is none. (bad-argument)\n  Name one that is there, or one that is to be made.\n',
    );
  });

  test('writes over no file that it has not written, and says so', async () => {
    rmSync(join(out(), 'quay.example.json'));
    writeFileSync(join(out(), 'quay.example.yaml'), '# By hand\n');
    const { exit, out: said } = await run('quay.example\n');
    expect({ exit, said }).toMatchObject({ exit: 1, said: expect.stringContaining('1 failed') });
    expect(readFileSync(join(out(), 'quay.example.yaml'), 'utf8')).toBe('# By hand\n');
    expect(readFileSync(join(out(), 'failures.txt'), 'utf8')).toMatch(
      /^quay\.example {2}.*\(file-exists\)\n$/,
    );
    expect(readdirSync(out()).filter((name) => /part|quay.*json/.test(name))).toEqual([]);
  });
});

test.each([
  ['--offline', 'examples/discover/quayside.json'],
  ['--terraform', 'test/imports/terraform/aws-exchange-plan.json'],
])('a plan of %s has the name that is given, whatever it holds', async (...words) => {
  const name = "Quay: 'side' # {1} \u00e9";
  const { exit, out } = await keelsonHere(['discover', ...words, '--name', name, '--plan', '-']);
  expect(exit).toBe(0);
  const { plan, problems } = parsePlan(out, 'plan.yaml');
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(plan?.platform.name).toBe(name);
});

test('that nobody answers is said, and is no finding about the platform', async () => {
  const { exit, out, err } = await keelsonHere([
    'discover',
    'harbor.example',
    '--resolver',
    'no-such-host.invalid',
  ]);
  expect({ exit, out }).toEqual({ exit: 2, out: '' });
  expect(err).toMatch(
    /^keelson: None of \d+ questions about harbor\.example was answered\. .*\(nothing-answered\)\n/,
  );
  expect(err).toContain('--resolver HOST[:PORT]');
});

describe('options that say how to look', () => {
  test.each([
    [['--resolver', '192.0.2.1'], '--resolver says how to look'],
    [['--dns-only', '--connect-to', '*:443:127.0.0.1:8443'], '--dns-only, --connect-to say how to look'],
  ])('%j are refused where nothing is looked at', async (words, said) => {
    for (const given of [
      ['--offline', 'examples/discover/quayside.json'],
      ['--terraform', 'test/imports/terraform/aws-exchange-plan.json'],
    ]) {
      const { exit, out, err } = await keelsonHere(['discover', ...given, ...words]);
      expect({ exit, out }).toEqual({ exit: 2, out: '' });
      expect(err).toContain(`keelson: ${said}, and nothing is looked at`);
      expect(err).toContain('(bad-argument)');
    }
  });

  test.each([
    ['127.0.0.1:8443:*:443', 'the second pair is where it goes, and * is no place'],
    [
      'app.harbor.example:443:127.0.0.1:8443',
      'the first pair is what is met, and "app.harbor.example" is neither an address nor *',
    ],
    ['192.0.2.1:99999:127.0.0.1:8443', '"99999" is neither a port nor *'],
    ['*:443:127.0.0.1:0', '"0" is no port'],
    ['*:443::8443', 'the second pair has no host'],
    ['2001:db8::1:443:127.0.0.1:8443', 'it is not four parts between colons'],
  ])('--connect-to %s is refused, and it is said why', async (route, why) => {
    const { exit, err } = await keelsonHere(['discover', 'harbor.example', '--connect-to', route]);
    expect(exit).toBe(2);
    expect(err).toBe(
      `keelson: Expected --connect-to to be ADDRESS:PORT:HOST:PORT, found "${route}": ${why}. (bad-argument)\n` +
        '  The first pair is what DNS leads to, * for any; the second is where the connection goes: *:443:127.0.0.1:8443. IPv6 stands in brackets.\n',
    );
  });
});
