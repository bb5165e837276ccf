import { statSync } from 'node:fs';
import { KeelsonError } from '../../errors.ts';
import { checkFile } from '../../guard/check/index.ts';
import type { Contract } from '../../guard/contract.ts';
import { contractBeside, contractNames, loadContract, type LoadedContract } from '../../guard/load.ts';
import type { Facts, Verdict, Violation } from '../../guard/result.ts';
import { printable, show } from '../../problems.ts';
import type { Arguments, Command, Environment } from '../command.ts';
import { refuse } from '../input.ts';
import { progressLine } from '../progress.ts';

export const guardCheck: Command = {
  name: 'guard check',
  summary: 'Holds files against a contract: everything for which they are refused, at once.',
  operands: 'FILE…',
  options: {
    contract: {
      type: 'string',
      value: 'FILE',
      help: 'The contract. Default: beside each file, its name with .contract.yaml in place of its ending, or behind it.',
    },
    last: {
      type: 'string',
      value: 'FILE',
      help: 'The last good one: growth, shrinkage and version are held against it. Default: they are not.',
    },
    json: { type: 'boolean', help: 'Print keelson.guard-check/1 as JSON; of several files a list of it.' },
  },
  example: 'keelson guard check features.json --last released/features.json',
  notes: [
    'Standard input is - and needs --contract.',
    'Exit 0 when every file is accepted, 1 when one is refused, 2 when a contract or the command is wrong or a file cannot be read.',
  ],
  async run(args, environment) {
    if (args.operands.length === 0)
      throw new KeelsonError('bad-argument', 'Expected a file, found none.', {
        hint: 'keelson guard check FILE --contract FILE',
      });
    const contracts = await loadContracts(args);
    const problems = [...new Set(contracts.values())].flatMap((one) => one.problems);
    if (problems.length > 0) return refuse(problems, args, environment);
    const last = args.text('last');
    const lasts = new Map<Contract, Facts>();
    const verdicts: Verdict[] = [];
    let unread = 0;
    for (const [file, { contract }] of contracts) {
      if (contract === undefined) continue;
      try {
        const facts =
          last === undefined ? undefined : (lasts.get(contract) ?? (await factsOf(last, contract)));
        if (facts !== undefined) lasts.set(contract, facts);
        const verdict = await checkShown(file, contract, facts, environment);
        verdicts.push(verdict);
        if (args.flag('json')) continue;
        if (verdicts.length > 1) environment.out('');
        for (const line of linesOf(verdict, contract, facts)) environment.out(line);
      } catch (error) {
        // The others are checked all the same.
        if (!(error instanceof KeelsonError)) throw error;
        unread++;
        environment.err(`keelson: ${printable(error.message)} (${error.code})`);
      }
    }
    if (args.flag('json'))
      environment.out(JSON.stringify(contracts.size === 1 ? verdicts[0] : verdicts, undefined, 2) ?? '[]');
    if (unread > 0) return 2;
    return verdicts.every(({ accepted }) => accepted) ? 0 : 1;
  },
};

/** By file, the contract that it is held against. */
async function loadContracts(args: Arguments): Promise<ReadonlyMap<string, LoadedContract>> {
  const named = args.text('contract');
  const loaded = new Map<string, LoadedContract>();
  const byFile = new Map<string, LoadedContract>();
  for (const file of args.operands) {
    const place = named ?? (file === '-' ? undefined : contractBeside(file));
    if (place === undefined) throw noContract(file);
    if (place === '-' && args.operands.includes('-'))
      throw new KeelsonError('bad-argument', 'Standard input cannot be both the file and its contract.');
    const known = loaded.get(place) ?? (await loadContract(place));
    loaded.set(place, known);
    byFile.set(file, known);
  }
  return byFile;
}

function noContract(file: string): KeelsonError {
  const hint =
    'Name one: --contract FILE. What it says: docs/guard.md; a first line is enough: {contract: 1, name: a-name, format: json}';
  if (file === '-')
    return new KeelsonError('no-contract', 'Standard input has no contract beside it.', { hint });
  const names = contractNames(file).map(show).join(' or ');
  return new KeelsonError('no-contract', `Expected the contract of ${show(file)} in ${names}, found none.`, {
    hint,
  });
}

/** What is true of the last good one. It was judged before: whether it would be accepted today is not asked. */
async function factsOf(file: string, contract: Contract): Promise<Facts> {
  // Its signatures are beside it: those that the contract may name are of the file that is to come.
  const options = { now: Date.now(), envelope: `${file}.dsse.json` };
  const { facts } = await checkFile(file, { ...contract, reader: undefined }, options);
  if (facts !== null) return facts;
  throw new KeelsonError(
    'last-unknown',
    `Of ${show(file)}, the last good one, nothing is known: it is beyond a limit of the contract.`,
    {
      hint: 'Give the file that is in use, or leave --last out.',
    },
  );
}

async function checkShown(
  file: string,
  contract: Contract,
  last: Facts | undefined,
  environment: Environment,
): Promise<Verdict> {
  const progress = progressLine(environment);
  const size = file === '-' ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  const onProgress = (bytes: number): void =>
    progress.show(size === 0 ? 0 : Math.min(1, bytes / size), `of ${printable(file)} read`);
  try {
    return await checkFile(file, contract, { last, now: Date.now(), onProgress });
  } finally {
    progress.clear();
  }
}

/** First the answer, then why, then what is known of the file, then what to do. */
function linesOf(verdict: Verdict, contract: Contract, last: Facts | undefined): string[] {
  const { file, accepted, violations, facts } = verdict;
  const count = counted(violations.length, 'violation');
  const by = printable(contract.file);
  return [
    accepted ? `${printable(file)}: accepted by ${by}` : `${printable(file)}: refused by ${by}, ${count}`,
    '',
    ...violations.map((one) => violationLine(file, one)),
    ...(violations.length > 0 ? [''] : []),
    ...factLines(facts),
    ...nextLines(verdict, contract, last),
  ];
}

function violationLine(file: string, { code, message, line, column, path }: Violation): string {
  const place = line === null ? '' : `:${line}${column === null ? '' : `:${column}`}`;
  const where = path === null || path === '' ? '' : `  (${printable(path)})`;
  return `${printable(file)}${place}  ${code}  ${printable(message)}${where}`;
}

function factLines(facts: Facts | null): string[] {
  if (facts === null) return ['  It was not read to its end: nothing more is known of it.'];
  const { bytes, rows, entries, version, expires, signedBy, digest } = facts;
  const known = [
    counted(bytes, 'byte'),
    ...(rows === null ? [] : [counted(rows, 'row')]),
    ...(entries === null ? [] : [counted(entries, 'entry', 'entries')]),
    ...(version === null ? [] : [`version ${version}`]),
    ...(expires === null ? [] : [`good until ${expires}`]),
    ...(signedBy.length === 0 ? [] : [`signed by ${signedBy.join(', ')}`]),
  ];
  return [`  ${known.join(', ')}`, `  ${digest}`];
}

function nextLines({ accepted, violations }: Verdict, contract: Contract, last: Facts | undefined): string[] {
  const { change, version, reader } = contract;
  const compares =
    version !== undefined ||
    [change.bytes, change.rows, change.entries].some(
      ({ grow, shrink }) => grow !== undefined || shrink !== undefined,
    );
  const lines = [
    ...(compares && last === undefined
      ? ['Nothing was compared with the last good one. Compare: --last FILE']
      : []),
    ...(version !== undefined && last !== undefined && last.version === null
      ? ['The version of the last good one is not known, so none was compared with it.']
      : []),
    ...(reader !== undefined && !violations.every(({ code }) => code.startsWith('reader-'))
      ? ['The reader was not asked: what is refused already is handed to no program.']
      : []),
    ...(accepted ? [] : ['Mend what made the file, and check again. Codes: docs/guard.md']),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
