import { join, resolve } from 'node:path';
import type { FailsAs } from '../../drill/index.ts';
import { KeelsonError } from '../../errors.ts';
import type { Drilling } from '../../plan/index.ts';
import { MS_PER_HOUR, parseDuration } from '../../units.ts';
import type { Arguments } from '../command.ts';
import { refuseOverwrite } from '../input.ts';
import { chaosJournalTo } from './chaos-journal.ts';
import { chaosToolkitTo } from './chaos-toolkit.ts';

const KINDS: readonly FailsAs[] = ['refuse', 'hang', 'error'];

/** What the command was told. */
export interface Settings {
  readonly file: string;
  readonly only: readonly string[];
  readonly failsAs: FailsAs;
  readonly budgetMs: number | undefined;
  readonly speed: number | undefined;
  readonly approves: boolean;
  readonly isProduction: boolean;
  readonly state: string | undefined;
  readonly restores: boolean;
  readonly isDry: boolean;
  readonly evidence: string | undefined;
  /** Where experiments of Chaos Toolkit are written in place of a drill. */
  readonly chaosToolkit: string | undefined;
  /** Where the drill is written as a journal of Chaos Toolkit, too. */
  readonly journal: string | undefined;
  readonly isJson: boolean;
  /** Samples of attacks are sent, and nothing is failed. */
  readonly isOfProtections: boolean;
}

/** @throws KeelsonError `no-plan`, `bad-argument` */
export function readSettings(args: Arguments): Settings {
  const [file, ...more] = args.operands;
  if (file === undefined || more.length > 0 || file === '-')
    throw new KeelsonError(
      'no-plan',
      `Expected one plan file, found ${file === '-' ? 'standard input' : args.operands.length}.`,
      {
        hint: 'keelson drill PLAN --dry-run says what would be done.',
      },
    );
  refuseTogether(args);
  const as = args.text('as') ?? 'refuse';
  const state = args.text('state');
  const evidence = args.text('evidence');
  if (evidence === '-' || evidence === '')
    throw new KeelsonError('bad-argument', 'Expected a file for --evidence: what is in it is kept, too.');
  refuseOverwrite(evidence, [file]);
  const failsAs = KINDS.find((kind) => kind === as);
  if (failsAs === undefined)
    throw new KeelsonError('bad-argument', `Expected ${KINDS.join(', ')} for --as, found ${as}.`);
  const isOfProtections = args.flag('protections');
  for (const name of ['only', 'as', 'budget', 'junit', 'markdown', 'evidence', 'journal'])
    if (isOfProtections && (args.text(name) ?? args.texts(name)[0]) !== undefined)
      throw new KeelsonError(
        'bad-argument',
        `Expected no --${name} with --protections: it fails nothing, and answers as text or JSON.`,
        {
          hint: 'Drill one after the other: keelson drill PLAN, keelson drill PLAN --protections.',
        },
      );
  const budget = args.text('budget');
  const hours = budget === undefined ? undefined : parseDuration(budget);
  if (budget !== undefined && (hours === undefined || hours <= 0))
    throw new KeelsonError('bad-argument', `Expected a time such as 5m for --budget, found ${budget}.`);
  return {
    file,
    only: args.texts('only'),
    failsAs,
    budgetMs: hours === undefined ? undefined : hours * MS_PER_HOUR,
    speed: speedOf(args.text('speed')),
    approves: args.flag('approve'),
    isProduction: args.flag('production'),
    state,
    restores: args.flag('restore'),
    isDry: args.flag('dry-run'),
    evidence,
    chaosToolkit: chaosToolkitTo(args),
    journal: chaosJournalTo(args, [file, journalOf({ state })]),
    isJson: args.flag('json'),
    isOfProtections,
  };
}

/** Options of which one would silently win over the other, or be left aside. */
function refuseTogether(args: Arguments): void {
  const isIncident = args.text('incident') !== undefined;
  if (isIncident && args.texts('only').length > 0)
    throw new KeelsonError('bad-argument', 'Expected --incident or --only, found both.');
  for (const name of ['from', 'to', 'severity', 'cohort'])
    if (!isIncident && args.texts(name).length > 0)
      throw new KeelsonError('bad-argument', `--${name} is for --incident, and there is none.`);
}

function speedOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const speed = Number(text.replace(/x$/, ''));
  if (!(speed >= 1 && speed <= 1_000) || !/^\d+(\.\d+)?x?$/.test(text))
    throw new KeelsonError('bad-argument', `Expected 1 to 1000 for --speed, found ${text}.`);
  return speed;
}

/** What a plan lets a drill touch. @throws KeelsonError `drill-not-allowed` */
export function guarded(drilling: Drilling | undefined, { isProduction }: Settings): Drilling {
  if (drilling === undefined)
    throw new KeelsonError('drill-not-allowed', 'This plan does not say that it may be drilled.', {
      hint: 'drill: {environment: sandbox} says so, and what stands at its addresses; --dry-run touches nothing.',
    });
  if (drilling.environment === 'production' && !isProduction)
    throw new KeelsonError('drill-not-allowed', 'What stands at the addresses of this plan is production.', {
      hint: 'Faults there are felt by users. --production says that this is meant.',
    });
  return drilling;
}

/** Where what is put is written down. */
export function journalOf({ state }: Pick<Settings, 'state'>): string {
  return join(resolve(state ?? '.keelson'), 'drill.journal');
}
