import type { Hindcast, HindcastCase, Verdict } from '../replay/hindcast.ts';
import { formatHours } from '../units.ts';

const VERDICTS: readonly Verdict[] = ['hit', 'missed', 'false alarm', 'true negative', 'unknown'];
const INTRODUCTION = `# Hindcast

What the replay would have said of the past, held against what was seen. Made by \`npm run generate\` from the [incident
library](../data/incidents) (\`observed\`) and the [public plans](../examples/public); a test fails when it is stale.

- Edges of a plan, and of the catalogue, whose only evidence is the incident itself are left out before it is replayed. Edges
  with dates hold or not as of its day. Severities nobody published are taken as 1.
- **hit**: harm was seen, and predicted: some of the journeys that the observation is about left their first mode. **missed**: seen and
  not predicted. **false alarm**: predicted, and a source says that nothing happened. **true negative**: not predicted, and a source
  says that nothing happened. **unknown**: without the left-out edges, no public edge connects the platform with a provider that was hit,
  or the plan does not describe what was seen.
- The plans were not changed for this. What no source shows is not in them.`;

/** The hindcast as a page: figures, the matrix, every case, and why misses were missed. */
export function hindcastMarkdown({ cases, unreported }: Hindcast): string {
  const count = (verdict: Verdict): number => cases.filter((one) => one.verdict === verdict).length;
  const decided = cases.length - count('unknown');
  const seen = count('hit') + count('missed');
  const missed = cases.filter(({ verdict }) => verdict === 'missed' || verdict === 'false alarm');
  const lines = [
    INTRODUCTION,
    '',
    '## Figures',
    '',
    ...rows(
      ['observations', ...VERDICTS],
      [[String(cases.length), ...VERDICTS.map((verdict) => String(count(verdict)))]],
    ),
    '',
    `Coverage: ${decided} of ${cases.length} observations of these platforms can be decided. Of the ${seen} that show harm, ${count('hit')} were predicted from evidence other than themselves. No source says of any of these platforms that nothing happened where an edge connects it, so false alarms cannot be counted yet${count('false alarm') + count('true negative') > 0 ? ' beyond those given' : ''}.`,
    '',
    '## Platforms and incidents',
    '',
    ...matrix({ cases, unreported }),
    '',
    '● hit · ○ missed · ✕ false alarm · – true negative · ? unknown · + harm predicted, nothing reported either way. Where several journeys',
    'were observed, each has its sign.',
    '',
    '## Every observation',
    '',
    ...rows(
      ['incident', 'platform', 'journey', 'seen', 'replayed', 'verdict'],
      cases.map(({ incident, platform, journey, effect, predictedMinutes, verdict }) => [
        `[${incident}](../data/incidents/${incident}.yaml)`,
        platform,
        journey,
        cell(effect),
        predictedMinutes > 0 ? formatHours(predictedMinutes / 60) : 'no harm',
        verdict,
      ]),
    ),
    '',
    '## Why they were missed',
    '',
    ...missed.map(
      ({ incident, platform, journey, why }) => `- **${incident}, ${platform}, ${journey}.** ${why ?? ''}`,
    ),
    '',
    '## What is unknown',
    '',
    ...cases
      .filter(({ verdict }) => verdict === 'unknown')
      .map((one) => `- **${one.incident}, ${one.platform}, ${one.journey}.** ${whyUnknown(one)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function whyUnknown({ why, leftOut }: HindcastCase): string {
  if (why !== null) return why;
  return leftOut.length === 0
    ? 'No public edge connects the platform with what failed.'
    : `No public evidence of an edge, other than this incident, holds for its day (left out: ${leftOut.join(', ')}).`;
}

const SIGNS: Readonly<Record<Verdict, string>> = {
  hit: '●',
  missed: '○',
  'false alarm': '✕',
  'true negative': '–',
  unknown: '?',
};

function matrix({ cases, unreported }: Hindcast): string[] {
  const plans = [...new Set([...cases, ...unreported].map(({ plan }) => plan))].sort();
  const incidents = [...new Set([...cases, ...unreported].map(({ incident }) => incident))].sort();
  return rows(
    ['', ...plans],
    incidents.map((incident) => [
      incident,
      ...plans.map((plan) => {
        const own = cases.filter((one) => one.incident === incident && one.plan === plan);
        if (own.length > 0) return own.map(({ verdict }) => SIGNS[verdict]).join(' ');
        return unreported.some((one) => one.incident === incident && one.plan === plan) ? '+' : '';
      }),
    ]),
  );
}

function rows(columns: readonly string[], all: readonly (readonly string[])[]): string[] {
  return [columns, columns.map(() => '---'), ...all].map((row) => `| ${row.join(' | ')} |`);
}

function cell(text: string): string {
  return text.replace(/[\\|<>]/g, (found) => `\\${found}`);
}
