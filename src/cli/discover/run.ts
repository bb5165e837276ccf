import { systemClock } from '../../clock.ts';
import {
  addEvidence,
  combineDrafts,
  crawlPlatform,
  crawlText,
  discoverer,
  hasDrift,
  joinDrafts,
  mergeDraft,
  MOST_CRAWL_BYTES,
  readCrawl,
  writePlan,
  type Crawl,
  type Discovery,
  type DiscoveryDrift,
  type Draft,
} from '../../discover/index.ts';
import type { Catalog } from '../../catalog/index.ts';
import { readText } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import { parsePlan } from '../../plan/index.ts';
import { printable, show, type Problem } from '../../problems.ts';
import { discoveryDriftText, discoveryText } from '../../reporters/index.ts';
import type { Arguments, Environment } from '../command.ts';
import { builtFingerprints } from './fingerprints.ts';
import { crawlOptions } from './given.ts';
import { countImports, IMPORTS, readImports, type ReadFiles } from './imports.ts';
import { discoveryJson } from './json.ts';
import { KINDS, type Kind } from './kinds.ts';
import { discoverList } from './list.ts';
import { refuseDeaf } from './refuse-deaf.ts';
import { builtCatalog, problemLine, readLimits, refuse, refuseOverwrite } from '../input.ts';
import { progressLine } from '../progress.ts';

/** Looks, or reads what was seen before, and answers. @returns the exit code */
export async function runDiscover(args: Arguments, environment: Environment): Promise<number> {
  checkGiven(args);
  const catalog = builtCatalog(environment);
  const fingerprints = builtFingerprints(environment);
  const kind = kindOf(args);
  const asOf = dayOf(args);
  const name = nameOf(args);
  const about = { ...(kind === undefined ? {} : { kind }), ...(name === undefined ? {} : { name }) };
  const options = { ...about, ...(asOf === undefined ? {} : { asOf }) };
  if (args.text('list') !== undefined) return discoverList(args, environment, fingerprints, catalog, options);
  const crawled = await crawlOf(args, environment);
  if (crawled.problems.length > 0 && crawled.crawl === undefined && isAsked(args))
    return refuse(crawled.problems, args, environment);
  const { crawl } = crawled;
  if (crawl !== undefined && args.text('save') !== undefined)
    write(args.text('save') ?? '', crawlText(crawl), environment);
  const discovery = crawl === undefined ? undefined : discoverer(fingerprints, catalog)(crawl, options);
  const day = asOf ?? discovery?.draft.asOf ?? today();
  const files = readImports(args, fingerprints, catalog, { ...about, asOf: day });
  if (files.problems.some(({ severity }) => severity === 'error')) {
    const exit = refuse(files.problems, args, environment);
    for (const hint of files.hints) environment.err(`  ${hint}`);
    return exit;
  }
  for (const one of files.problems) environment.err(problemLine(one));
  const draft =
    discovery === undefined ? joinDrafts(files.drafts) : combineDrafts(discovery.draft, files.drafts);
  return args.text('merge') === undefined
    ? answer(discovery, draft, files, catalog, args, environment)
    : merge(draft, catalog, args, environment);
}

/** Whether something is looked at, or read from before. */
function isAsked(args: Arguments): boolean {
  return args.operands.length > 0 || args.text('offline') !== undefined;
}

/** Options of what is asked of a network. */
const HOW_TO_LOOK = ['resolver', 'dns-only', 'private', 'connect-to', 'authority'] as const;

/** Everything that does not go together is refused before anything is asked. */
function checkGiven(args: Arguments): void {
  const [list, offline, merged] = [args.text('list'), args.text('offline'), args.text('merge')];
  const bad = (message: string, hint?: string): never => {
    throw new KeelsonError('bad-argument', message, hint === undefined ? {} : { hint });
  };
  const imports = countImports(args);
  if (list === undefined && offline === undefined && args.operands.length === 0 && imports === 0)
    throw new KeelsonError('no-domain', 'Expected a domain to look at.', {
      hint: `keelson discover DOMAIN… (or --offline FILE, --list FILE --out DIR, or ${IMPORTS.map((one) => `--${one}`).join(', ')})`,
    });
  if (offline !== undefined && args.operands.length > 0)
    bad('--offline asks nothing, and a domain is named.', 'Leave one of the two out.');
  if (
    list !== undefined &&
    (args.operands.length > 0 ||
      offline !== undefined ||
      merged !== undefined ||
      imports > 0 ||
      args.text('plan') !== undefined)
  )
    bad(
      '--list looks at each line by itself, and goes with no domain, --offline, --merge, --plan or file to read.',
      'Leave the others out; --out DIR says where the plans go.',
    );
  if (list === undefined && (args.text('out') !== undefined || args.text('concurrency') !== undefined))
    bad('--out and --concurrency belong to --list.', 'Add --list FILE, or leave them out.');
  const howTo = HOW_TO_LOOK.filter((name) => args.flag(name) || args.texts(name).length > 0);
  if (howTo.length > 0 && list === undefined && args.operands.length === 0)
    bad(
      `${howTo.map((name) => `--${name}`).join(', ')} ${howTo.length === 1 ? 'says' : 'say'} how to look, and nothing is looked at${offline === undefined ? '' : ': --offline reads what was answered before'}.`,
      `Name a domain, or leave ${howTo.length === 1 ? 'it' : 'them'} out.`,
    );
  if (args.text('save') !== undefined && args.operands.length === 0)
    bad('--save keeps what is answered, and nothing is asked.', 'Name a domain, or leave --save out.');
  if (args.text('name') !== undefined && (list !== undefined || merged !== undefined))
    bad(
      `--name names one new plan, and ${list === undefined ? '--merge keeps the name of the plan that there is' : 'each line of --list has its own'}.`,
      'Leave --name out.',
    );
  if (args.text('plan') === '-' && args.flag('json'))
    bad(
      'Expected one answer on standard output, found two.',
      'Leave --json out, or name a file: --plan FILE.',
    );
  const failOn = args.text('fail-on');
  if (failOn !== undefined && failOn !== 'drift')
    bad(`Expected --fail-on to name drift, found ${show(failOn)}.`);
  if (failOn !== undefined && merged === undefined)
    bad('--fail-on drift compares with a plan.', 'Add --merge PLAN.');
  const inputs = [
    offline,
    merged,
    list,
    ...IMPORTS.flatMap((one) => args.texts(one)),
    ...args.texts('authority'),
  ];
  for (const output of ['plan', 'save']) refuseOverwrite(args.text(output), inputs);
}

function kindOf(args: Arguments): Kind | undefined {
  const text = args.text('kind');
  const kind = KINDS.find((one) => one === text);
  if (text !== undefined && kind === undefined)
    throw new KeelsonError('bad-argument', `Expected --kind to be ${KINDS.join(', ')}, found ${show(text)}.`);
  return kind;
}

/** Longer names no plan may have. */
const MOST_NAME = 200;

function nameOf(args: Arguments): string | undefined {
  const text = args.text('name');
  if (text === undefined) return undefined;
  if (text.trim() !== '' && text.length <= MOST_NAME && printable(text) === text) return text;
  throw new KeelsonError(
    'bad-argument',
    `Expected --name to be a line of 1 to ${MOST_NAME} characters, found ${text.length > MOST_NAME ? `${text.length} characters` : show(text)}.`,
  );
}

function dayOf(args: Arguments): string | undefined {
  const text = args.text('as-of');
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // 30 February is read as a day in March.
  if (!Number.isNaN(time) && dayText(time) === text) return text;
  throw new KeelsonError(
    'bad-argument',
    `Expected --as-of to be a day such as 2026-11-01, found ${show(text)}.`,
  );
}

function today(): string {
  return dayText(Date.now());
}

function dayText(time: number): string {
  return new Date(time).toISOString().slice(0, 'yyyy-mm-dd'.length);
}

async function crawlOf(
  args: Arguments,
  environment: Environment,
): Promise<{ readonly crawl: Crawl | undefined; readonly problems: readonly Problem[] }> {
  const offline = args.text('offline');
  if (offline !== undefined) {
    const { text, name, problem } = readText(offline, { maxBytes: MOST_CRAWL_BYTES });
    return text === undefined ? { crawl: undefined, problems: [problem] } : readCrawl(text, name);
  }
  if (args.operands.length === 0) return { crawl: undefined, problems: [] };
  const line = progressLine(environment);
  try {
    const crawl = await crawlPlatform(args.operands, {
      ...crawlOptions(args),
      clock: systemClock,
      onProgress: ({ step, lookups, fetches }) =>
        line.show(SHARES[step], `${lookups} names asked, ${fetches} pages fetched`),
    });
    refuseDeaf(crawl);
    return { crawl, problems: [] };
  } finally {
    line.clear();
  }
}

/** How far it is after each step. @unit share */
const SHARES = { names: 0.3, pages: 0.8, others: 1 } as const;

function answer(
  discovery: Discovery | undefined,
  draft: Draft,
  { files }: ReadFiles,
  catalog: Catalog,
  args: Arguments,
  environment: Environment,
): number {
  const plan = args.text('plan');
  if (plan !== undefined) write(plan, writePlan(draft, catalog), environment);
  if (plan === '-') return 0;
  if (args.flag('json')) {
    const result =
      discovery === undefined ? { schema: 'keelson.draft/1', files, draft } : { ...discovery, draft };
    environment.out(discoveryJson(result, 2));
    return 0;
  }
  const { colour, width } = environment;
  if (discovery !== undefined) environment.out(discoveryText(discovery, { colour, width }));
  for (const { kind, file, counts } of files)
    environment.out(
      `${printable(file)}: ${counts.understood} ${counts.understood === 1 ? 'entry' : 'entries'} understood as ${kind}, ${sum(counts.aside)} left aside, ${asked(counts.perhaps)}${sum(counts.unknown)} not known${named(counts.unknown)}`,
    );
  // A plan of nothing is no help.
  if (plan === undefined && files.length === 0 && draft.services.every(({ needs }) => needs === null))
    return 0;
  environment.out(
    plan === undefined
      ? '\n  A plan, with what you must decide: add --plan FILE, then keelson assess FILE'
      : `\n  Now: keelson check ${printable(plan)} && keelson assess ${printable(plan)}`,
  );
  return 0;
}

/** What is not in the draft and may be needed, with a comma where there is any. */
function asked(counts: readonly { readonly type: string; readonly count: number }[] = []): string {
  return counts.length === 0 ? '' : `${sum(counts)} to ask about${named(counts)}, `;
}

/** What was not known, by its types, the first few. */
function named(counts: readonly { readonly type: string }[]): string {
  if (counts.length === 0) return '';
  const some = counts.slice(0, 5).map(({ type }) => printable(type));
  return ` (${some.join(', ')}${counts.length > some.length ? ', …' : ''})`;
}

function sum(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}

function merge(draft: Draft, catalog: Catalog, args: Arguments, environment: Environment): number {
  const file = args.text('merge') ?? '';
  const { text, name, problem } = readText(file, readLimits(args));
  if (text === undefined) return refuse([problem], args, environment);
  const { plan, problems } = parsePlan(text, name);
  if (plan === undefined) return refuse(problems, args, environment);
  const drift = mergeDraft(plan, draft, catalog);
  const output = args.text('plan');
  if (output !== undefined) {
    const { text: changed, left } = addEvidence(text, name, drift);
    write(output, changed, environment);
    for (const one of left)
      environment.err(
        `Not placed: ${printable(one.service)}: ${printable(one.why)} evidence: ${printable(one.text)}`,
      );
  }
  if (output !== '-') print(drift, args, environment);
  return args.text('fail-on') === 'drift' && hasDrift(drift) ? 1 : 0;
}

function print(drift: DiscoveryDrift, args: Arguments, environment: Environment): void {
  if (args.flag('json')) {
    environment.out(discoveryJson(drift, 2));
    return;
  }
  environment.out(discoveryDriftText(drift, { width: environment.width }));
  const plan = args.text('plan');
  if (plan !== undefined) {
    environment.out(`\n  Now: keelson check ${printable(plan)}`);
    return;
  }
  const next = [
    ...(drift.added.length > 0
      ? ['  What is missing, as a draft to copy from: --plan FILE without --merge.']
      : []),
    ...(drift.confirmed.length > 0
      ? ['  The plan with the evidence for what is confirmed: add --plan FILE.']
      : []),
  ];
  if (next.length > 0) environment.out(['', ...next].join('\n'));
}

function write(file: string, text: string, environment: Environment): void {
  if (file === '-') environment.out(text.replace(/\n$/, ''));
  else environment.write(file, text);
}
