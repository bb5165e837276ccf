import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Catalog } from '../../catalog/index.ts';
import {
  crawlMany,
  discoverer,
  MOST_LIST_BYTES,
  readList,
  writePlan,
  type DraftOptions,
  type Fingerprints,
  type ListedPlatform,
} from '../../discover/index.ts';
import { readText } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import { printable, show } from '../../problems.ts';
import type { Arguments, Environment } from '../command.ts';
import { wholeNumber } from '../input.ts';
import { progressLine } from '../progress.ts';
import { unwritable } from '../sink.ts';
import { fileOf } from './file-of.ts';
import { crawlOptions } from './given.ts';
import { discoveryJson } from './json.ts';
import { refuseDeaf } from './refuse-deaf.ts';
import { refuseMissing } from './refuse-missing.ts';

/** How many providers the summary names. */
const MOST_NAMED = 10;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** The exit code of what was stopped by hand. */
const STOPPED = 130;

/**
 * Looks at one platform after the other and writes a plan and a result for each. What is written already is passed over, so it can be stopped
 * and begun again; what fails is written down and stops nothing.
 * @returns the exit code
 */
export async function discoverList(
  args: Arguments,
  environment: Environment,
  fingerprints: Fingerprints,
  catalog: Catalog,
  options: DraftOptions,
): Promise<number> {
  const [list = '', out] = [args.text('list'), args.text('out')];
  if (out === undefined)
    throw new KeelsonError('bad-argument', '--list writes many files, and nothing says where.', {
      hint: 'Add --out DIR.',
    });
  const platforms = platformsIn(list, environment);
  const concurrency = wholeNumber(args, 'concurrency', 1, 1000) ?? 16;
  const failures = join(out, 'failures.txt');
  prepare(out, failures);
  const discover = discoverer(fingerprints, catalog);
  const line = progressLine(environment);
  const under = new Map<string, number>();
  const write = (name: string, text: string): void => {
    const file = join(out, name);
    // Of its own, so that two runs in one folder never write into each other's.
    const part = partOf(file);
    try {
      writeFileSync(part, text);
      renameSync(part, file);
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    }
  };
  const fail = (platform: ListedPlatform, error: unknown): void => {
    const why = error instanceof KeelsonError ? `${error.message} (${error.code})` : String(error);
    try {
      appendFileSync(failures, `${platform.name}  ${printable(why)}\n`);
    } catch (cause) {
      // Where nothing can be written, nothing is worth looking at.
      throw unwritable(failures, cause);
    }
  };
  let ready = 0;
  const stop = (): void => {
    line.clear();
    environment.err(
      // A terminal has written ^C on this line.
      `${environment.progress ? '\n' : ''}Stopped: ${ready} of ${platformsSay(platforms.length)} ${platforms.length === 1 ? 'is' : 'are'} there. The same command goes on with the others.`,
    );
    process.exit(STOPPED);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const ended = await crawlMany(platforms, {
    ...crawlOptions(args),
    concurrency,
    isDone: (name) => existsSync(join(out, `${fileOf(name)}.json`)),
    keep({ name }, crawl) {
      refuseDeaf(crawl);
      refuseMissing(crawl);
      refuseOthers(join(out, `${fileOf(name)}.yaml`));
      const discovery = discover(crawl, options);
      write(`${fileOf(name)}.yaml`, writePlan(discovery.draft, catalog));
      // Last: what is here says that all of it is.
      write(`${fileOf(name)}.json`, `${discoveryJson(discovery)}\n`);
      const sure = discovery.dependences.filter(
        ({ of, strength }) => !of.includes('/') && strength !== 'weak',
      );
      for (const provider of new Set(sure.map(({ on }) => on.split(/[/@]/)[0] ?? on)))
        under.set(provider, (under.get(provider) ?? 0) + 1);
    },
    onFailure: fail,
    onProgress: ({ done, failed, passedOver, all }) => {
      ready = done - failed + passedOver;
      line.show((done + passedOver) / all, `${done + passedOver} of ${platformsSay(all)}`);
    },
  }).finally(() => {
    for (const signal of SIGNALS) process.off(signal, stop);
    line.clear();
  });
  const seen = ended.done - ended.failed;
  if (args.flag('json')) {
    const providers = [...under]
      .sort((a, b) => b[1] - a[1])
      .map(([name, count]) => ({ name, platforms: count }));
    environment.out(
      JSON.stringify({ schema: 'keelson.discovery-list/1', ...ended, seen, providers }, undefined, 2),
    );
  } else environment.out(summary(ended, seen, under, out));
  return ended.failed > 0 ? 1 : 0;
}

const platformsSay = (count: number): string => `${count} platform${count === 1 ? '' : 's'}`;

/** What has the name of a file once it is whole. */
const partOf = (file: string): string => `${file}.${process.pid}.part`;
const PART = /\.(?:yaml|json)\.\d+\.part$/;
/** Of a run that goes on none is as old. @unit ms */
const STALE_MS = 60_000;

/** Takes away what one that was killed left half written. */
function removeStale(part: string): void {
  const found = statSync(part, { throwIfNoEntry: false });
  if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS) rmSync(part, { force: true });
}

/** Makes the folder. What failed before is looked at again, so it is failed no longer. */
function prepare(out: string, failures: string): void {
  if (existsSync(out) && !statSync(out).isDirectory())
    throw new KeelsonError(
      'bad-argument',
      `Expected --out to be a folder, found that ${show(out)} is none.`,
      {
        hint: 'Name one that is there, or one that is to be made.',
      },
    );
  try {
    mkdirSync(out, { recursive: true });
    rmSync(failures, { force: true });
    for (const name of readdirSync(out)) if (PART.test(name)) removeStale(join(out, name));
  } catch (cause) {
    throw unwritable(out, cause);
  }
}

function platformsIn(file: string, environment: Environment): readonly ListedPlatform[] {
  const { text, problem } = readText(file, { maxBytes: MOST_LIST_BYTES });
  if (text === undefined)
    throw new KeelsonError('list-unreadable', `The list ${show(file)} cannot be read: ${problem.message}`);
  const { platforms, problems } = readList(text);
  for (const one of problems) environment.err(`${printable(file)}: ${printable(one)}`);
  if (platforms.length === 0)
    throw new KeelsonError('list-unreadable', `The list ${show(file)} names no platform.`, {
      hint: 'A line names one: its domains, parted by blanks.',
    });
  return platforms;
}

/** How a plan begins that was written here, and that may be written again. */
const DRAFTED = '# Drafted from what could be seen of';

/** @throws KeelsonError `file-exists` where a plan is there that was not written here */
function refuseOthers(file: string): void {
  if (!existsSync(file) || readFileSync(file, 'utf8').startsWith(DRAFTED)) return;
  throw new KeelsonError('file-exists', `${show(file)} is there already, and was not drafted here.`, {
    hint: 'Move it out of the folder, or name another one.',
  });
}

function summary(
  { failed, passedOver, all }: Awaited<ReturnType<typeof crawlMany>>,
  seen: number,
  under: ReadonlyMap<string, number>,
  out: string,
): string {
  const most = [...under].sort((a, b) => b[1] - a[1]).slice(0, MOST_NAMED);
  return [
    `${seen} of ${platformsSay(all)} looked at${passedOver === 0 ? '' : `, ${passedOver} before`}${failed === 0 ? '' : `, ${failed} failed (${printable(join(out, 'failures.txt'))})`}.`,
    ...(most.length === 0 ? [] : ['', `  under ${seen === 1 ? 'this one' : `these ${seen}`}`]),
    ...most.map(([provider, count]) => `  ${String(count).padStart(7)}  ${printable(provider)}`),
    '',
    ...(failed === 0 ? [] : ['  The same command looks again at those that failed.']),
    ...(seen + passedOver === 0 ? [] : [`  What they share: keelson sector ${printable(out)}`]),
  ].join('\n');
}
