import type { Assessment } from '../assess/index.ts';
import { evidenceQuality, type EvidenceRow } from '../evidence/index.ts';
import { printable } from '../problems.ts';
import { assumedIn, cutSetCounts } from './evidence-rows.ts';
import { asText, bullets, code, grid } from './markup.ts';
import { assessmentText } from './text.ts';
import { targetsSay } from './words.ts';

export interface EvidenceReadme {
  /** Of Keelson. */
  readonly version: string;
  readonly assessment: Assessment;
  readonly rows: readonly EvidenceRow[];
  readonly catalog: { readonly providers: number; readonly incidents: number; readonly watchedUntil: string };
  readonly files: readonly { readonly name: string; readonly about: string }[];
  /** What there is not, and why. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/** What stands before a folder of evidence, for people who have never seen one. */
export function evidenceReadme(about: EvidenceReadme): string {
  const { assessment, version, catalog } = about;
  const { plan } = assessment;
  return [
    `# Evidence for ${asText(plan.name)}`,
    'What it takes to compute the verdict below again and get the same bytes: the plan, what was known of providers and of ' +
      'past outages, every source and every assumption, and all answers.',
    `Computed by Keelson ${asText(version)} from \`plan.yaml\` (${code(plan.digest ?? 'no digest')}) as of ${plan.asOf}, with a ` +
      `catalogue of ${catalog.providers} providers and a library of ${catalog.incidents} incidents kept until ${catalog.watchedUntil}.`,
    '## Verdict',
    verdict(assessment),
    '## Assumed',
    assumed(about),
    '## Cut sets',
    cutSets(assessment),
    '## Files',
    bullets(
      [
        ...about.files,
        { name: 'MANIFEST.json', about: 'the versions, the options, and the digest of every file' },
      ].map(({ name, about: what }) => `${code(name)}: ${what}`),
    ),
    ...(about.leftOut.length === 0
      ? []
      : [bullets(about.leftOut.map(({ name, why }) => `${code(name)} is not here: ${asText(why)}`))]),
    '## Check it',
    CHECK,
  ].join('\n\n');
}

const CHECK = `In this folder, with the version of Keelson named above:

    keelson export --verify .

It holds every file against its digest, computes all of them again from \`plan.yaml\`, \`catalog.json\` and
\`incidents.json\`, and says of each whether the bytes are the same: exit code 0 when all are, 1 when one is not. It also says
whether the catalogue and the library are those that come with the version.

Digests in a folder say nothing of who wrote it: whoever changes the plan can compute all of it anew. Keep the digest of
\`MANIFEST.json\` elsewhere, and a later copy can be held against it. To check the figures with an engine written by others:

    scram --bdd --probability 1 model.xml`;

/** Indented, so that no name in it can be markup. */
function verdict(assessment: Assessment): string {
  const lines = assessmentText(assessment, { brief: true }).split('\n');
  return [...lines, '', targetsSay(assessment)].map((line) => `    ${printable(line)}`.trimEnd()).join('\n');
}

function assumed({ assessment, rows }: EvidenceReadme): string {
  const { edges, rates } = evidenceQuality(rows);
  const all = assumedIn(assessment, rows);
  const figures = all.filter(({ kind }) => kind === 'rate').length;
  const { high, medium, low, none } = edges.byConfidence;
  return bullets([
    `${figures} of ${rates.total} figures rest on assumptions, in whole or in part; ${edges.byBasis.assumed} of ${edges.total} edges ` +
      `are assumed. \`assumptions.csv\` has each.`,
    `Of the edges, ${high} have evidence of high confidence, ${medium} of medium, ${low} of low, and ${none} have none that ` +
      `anybody weighed: they stand as the plan or the catalogue says them.`,
    `Of the figures, ${rates.byBasis.incidents} are counted from incidents, ${rates.byBasis.statement} stated by providers, ` +
      `${rates.byBasis.study} from studies, ${rates.byBasis.plan} said by the plan and ${rates.byBasis.assumed} assumed.`,
  ]);
}

function cutSets(assessment: Assessment): string {
  const counts = cutSetCounts(assessment);
  const isWhole = counts.every(({ listed, total, complete }) => complete && String(listed) === total);
  return [
    isWhole
      ? 'All minimal cut sets are in `cut-sets.csv`.'
      : 'Not all minimal cut sets are in `cut-sets.csv`: of each figure the likeliest, and here how many there are.',
    grid(
      ['Journey', 'Condition', 'Listed', 'In all'],
      counts.map(({ journey, condition, listed, total, complete }) => [
        code(journey),
        condition,
        String(listed),
        complete ? total : `at least ${total}`,
      ]),
    ),
  ].join('\n\n');
}
