import { KeelsonError } from '../errors.ts';
import { printable } from '../problems.ts';
import { sectorCsv, sectorHtml, sectorMarkdown, sectorText } from '../reporters/index.ts';
import { sector as answer, type Sector, type SectorTable } from '../sector/index.ts';
import { loadDataset } from '../sector/dataset/load.ts';
import type { Arguments, Command, Environment } from './command.ts';
import { PLAN_OPTIONS, refuse, refuseOverwrite, wholeNumber } from './input.ts';
import { progressLine } from './progress.ts';
import { builtTemplate } from './report.ts';
import { loadSector, shippedDatasets } from './sector/input.ts';
import { installedVersion } from './version.ts';
import { join } from 'node:path';

/** The share of the progress that goes to reading. */
const READING = 0.3;
const TOP = 15;

export const sector: Command = {
  name: 'sector',
  summary:
    'What many platforms share: who hangs on whom, the worst to lose together, how much is down at once.',
  operands: 'DIR|DATASET',
  options: {
    list: { type: 'boolean', help: 'List the datasets that come with Keelson.' },
    without: {
      type: 'string',
      multiple: true,
      value: 'PROVIDER',
      help: 'What is down when it is lost; repeat for several together.',
    },
    kind: {
      type: 'string',
      multiple: true,
      value: 'KIND',
      help: 'Only platforms of this kind; repeat for several.',
    },
    need: {
      type: 'string',
      multiple: true,
      value: 'NEED',
      help: 'Of datasets: only this need takes platforms down; repeat for several.',
    },
    journey: { type: 'string', value: 'NAME', help: 'Of plans: a platform is down when this journey is.' },
    'any-journey': {
      type: 'boolean',
      help: 'Of plans: a platform is down when any journey is. Default: any of its highest tier.',
    },
    top: { type: 'string', value: 'N', help: `How many providers are listed. Default ${TOP}.` },
    json: { type: 'boolean', help: 'Print keelson.sector/1 as JSON.' },
    csv: { type: 'boolean', help: 'Print one row a provider as CSV.' },
    markdown: { type: 'boolean', help: 'Print Markdown.' },
    html: {
      type: 'string',
      value: 'FILE',
      help: 'Write a page in which providers can be lost (- for standard output).',
    },
    ...PLAN_OPTIONS,
    'max-bytes': {
      type: 'string',
      value: 'N',
      help: 'Refuse larger files. Default 4000000 for plans, 64000000 for tables.',
    },
  },
  example: 'keelson sector examples/public --without cloudflare',
  notes: [
    'DIR holds plans (*.yaml, also in folders of it) or a dataset: dataset.yaml, platforms.csv, providers.csv (docs/sector.md).',
    'A plan that does not load is reported and left out. Exit 0 when it was answered, 2 when there is nothing to answer from.',
  ],
  run(args, environment) {
    if (args.flag('list')) return list(environment);
    const [operand, ...more] = args.operands;
    if (operand === undefined || more.length > 0)
      throw new KeelsonError(
        'bad-argument',
        `Expected one folder or dataset, found ${args.operands.length}.`,
        {
          hint: 'keelson sector --list names the datasets that come with Keelson.',
        },
      );
    checkOutputs(args);
    refuseOverwrite(args.text('html'), [operand]);
    const line = progressLine(environment);
    const input = loadSector(operand, args, environment, (share, what) => line.show(READING * share, what));
    if (input.table === undefined) {
      line.clear();
      return refuse(input.problems, args, environment);
    }
    const result = answer(input.table, {
      without: args.texts('without'),
      leftOut: input.leftOut,
      onProgress: (share, what) => line.show(READING + (1 - READING) * share, what),
    });
    line.clear();
    print(result, input.table, { operand, args, environment });
    return 0;
  },
};

/** One answer goes to standard output. */
function checkOutputs(args: Arguments): void {
  const asked = ['json', 'csv', 'markdown'].filter((name) => args.flag(name));
  if (args.text('html') === '-') asked.push('html -');
  if (asked.length > 1)
    throw new KeelsonError(
      'bad-argument',
      `Expected one answer on standard output, found ${asked.map((name) => `--${name}`).join(' and ')}.`,
    );
}

function print(
  result: Sector,
  table: SectorTable,
  { operand, args, environment }: { operand: string; args: Arguments; environment: Environment },
): void {
  const { out, colour, width } = environment;
  const top = wholeNumber(args, 'top', 1, 1_000_000) ?? TOP;
  const page = args.text('html');
  if (page !== undefined) {
    const html = sectorHtml(builtTemplate('sector', environment), {
      schema: 'keelson.sector-page/1',
      version: installedVersion(environment),
      sector: result,
      table,
    });
    if (page === '-') out(html);
    else environment.write(page, `${html}\n`);
  }
  if (args.flag('json')) out(JSON.stringify(result, undefined, 2));
  else if (args.flag('csv')) out(sectorCsv(result));
  else if (args.flag('markdown')) out(sectorMarkdown(result, { top }));
  else if (page !== '-') {
    out(sectorText(result, { colour, width, top, operand }));
    if (page !== undefined) out(`\n  Open ${printable(page)} in a browser to see it.`);
  }
}

function list(environment: Environment): number {
  const names = shippedDatasets(environment);
  const width = Math.max(0, ...names.map((name) => name.length));
  for (const name of names) {
    const { table } = loadDataset(join(environment.root, 'data', 'sector', name), { maxBytes: 2 ** 31 });
    const about = table === undefined ? 'cannot be read' : `${table.asOf}  ${printable(table.title)}`;
    environment.out(`${name.padEnd(width)}  ${about}`);
  }
  if (names.length === 0) environment.out('No datasets come with this version.');
  return 0;
}
