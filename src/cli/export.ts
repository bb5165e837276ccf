import { KeelsonError } from '../errors.ts';
import type { Model } from '../model/index.ts';
import { printable } from '../problems.ts';
import { mapDot, mapMermaid } from '../reporters/index.ts';
import type { Arguments, Command, Environment } from './command.ts';
import { drawnMap } from './drawn-map.ts';
import { checkEvidence } from './evidence/check.ts';
import { writeEvidence } from './evidence/write.ts';
import {
  builtCatalog,
  checkWithout,
  loadModel,
  PLAN_OPTIONS,
  problemText,
  refuseOverwrite,
} from './input.ts';
import { openPsaModel } from './open-psa.ts';

/** A text in a format of others. */
interface Format {
  readonly help: string;
  readonly write: (model: Model, without: readonly string[]) => string;
  /** What to do with the file. */
  readonly next: (file: string) => string;
}

/** By option; a format more is a line more. */
const FORMATS: Readonly<Record<string, Format>> = {
  'open-psa': {
    help: 'The Open-PSA Model Exchange Format: fault trees in XML, for other engines.',
    write: openPsaModel,
    next: (file) => `scram --bdd --probability 1 ${file}`,
  },
  mermaid: {
    help: 'A flowchart of Mermaid: what stands on what, single points marked. GitHub and GitLab draw it.',
    write: (model, without) => drawnMap(model, without, mapMermaid),
    next: (file) => `paste ${file} into a block of Markdown that begins with \`\`\`mermaid`,
  },
  dot: {
    help: 'The same in the DOT language of Graphviz.',
    write: (model, without) => drawnMap(model, without, mapDot),
    next: (file) => `dot -Tsvg -O ${file}`,
  },
};

type FolderVerb = (folder: string, args: Arguments, environment: Environment) => number;

/** By option, whose value is the folder. */
const FOLDERS: Readonly<Record<string, FolderVerb>> = { evidence: writeEvidence, verify: checkEvidence };

export const exportPlan: Command = {
  name: 'export',
  summary: 'Writes what others need to check the figures: formats of other engines, or all the evidence.',
  operands: '--open-psa|--mermaid|--dot PLAN | --evidence DIR PLAN | --verify DIR',
  options: {
    ...Object.fromEntries(
      Object.entries(FORMATS).map(([name, { help }]) => [name, { type: 'boolean' as const, help }]),
    ),
    evidence: {
      type: 'string',
      value: 'DIR',
      help: 'Everything it takes to compute the verdict again and get the same bytes, in a folder.',
    },
    verify: { type: 'string', value: 'DIR', help: 'Compute such a folder again and compare the bytes.' },
    out: { type: 'string', value: 'FILE', help: 'Where to write a format. Default - (standard output).' },
    without: {
      type: 'string',
      multiple: true,
      value: 'EVENT',
      help: 'Take this as failed: cloudflare, aws@us-east-1, a service. Again for more. Not with evidence.',
    },
    json: {
      type: 'boolean',
      help: 'Print JSON: the manifest of the evidence, or of a check keelson.evidence-check/1.',
    },
    ...PLAN_OPTIONS,
  },
  example:
    'keelson export --open-psa examples/harbor/plan.yaml --out harbor.xml\n  keelson export --evidence harbor-evidence examples/harbor/plan.yaml\n  keelson export --verify harbor-evidence',
  notes: [
    'Fault trees: for each journey the gates of being down, of being degraded and of each rung between. - reads standard input.',
    'Drawings: with --without also what has failed, what falls back, and the mode of each journey.',
    'Of evidence: DIR is made, and has to be new, empty, or evidence that was written before.',
    'Exit 0 when it was written or all is the same, 1 when --verify finds a difference, 2 when the plan or the command is wrong.',
    'docs/export.md says how to check with SCRAM, and what evidence holds.',
  ],
  run(args, environment) {
    const asked = askedOf(args);
    const verb = FOLDERS[asked];
    if (verb !== undefined) {
      refuseOthers(args, asked, ['out', 'without']);
      return verb(args.text(asked) ?? '', args, environment);
    }
    if (args.flag('json'))
      throw new KeelsonError('bad-argument', `--json is for --evidence and --verify, not for --${asked}.`);
    // What is no folder is a format.
    return writeFormat(asked, FORMATS[asked] as Format, args, environment);
  },
};

/** The one thing that is asked for. */
function askedOf(args: Arguments): string {
  const known = [...Object.keys(FORMATS), ...Object.keys(FOLDERS)];
  const asked = known.filter((name) => args.flag(name) || args.text(name) !== undefined);
  const [first, second] = asked;
  const all = known.map((name) => `--${name}`).join(', ');
  if (first === undefined)
    throw new KeelsonError('no-format', `Expected what to write, one of ${all}.`, {
      hint: 'keelson export --open-psa PLAN (fault trees of the Open-PSA Model Exchange Format)',
    });
  if (second !== undefined)
    throw new KeelsonError('bad-argument', `Expected one of ${all}, found --${first} and --${second}.`, {
      hint: 'Export each by itself.',
    });
  return first;
}

/** Evidence is always of the plan as it is, and always the same files. */
function refuseOthers(args: Arguments, asked: string, others: readonly string[]): void {
  for (const name of others)
    if (args.text(name) !== undefined)
      throw new KeelsonError('bad-argument', `--${name} is for formats, not for --${asked}.`);
}

function writeFormat(name: string, format: Format, args: Arguments, environment: Environment): number {
  const [file, ...rest] = args.operands;
  if (file === undefined)
    throw new KeelsonError('no-plan', 'Expected a plan file.', {
      hint: `keelson export --${name} PLAN (a starter: keelson init)`,
    });
  if (rest.length > 0)
    throw new KeelsonError('bad-argument', `Expected one plan, found ${args.operands.length}.`, {
      hint: 'Export each by itself.',
    });
  refuseOverwrite(args.text('out'), [file]);
  const { loaded, problems } = loadModel(file, builtCatalog(environment), args);
  if (loaded === undefined) {
    environment.err(problemText(problems));
    return 2;
  }
  const without = args.texts('without');
  checkWithout(loaded.model, without);
  const text = format.write(loaded.model, without);
  const out = args.text('out') ?? '-';
  if (out === '-') environment.out(text);
  else {
    environment.write(out, `${text}\n`);
    const shown = printable(out);
    environment.out(`Wrote ${shown}. Next: ${format.next(shown)}`);
  }
  return 0;
}
