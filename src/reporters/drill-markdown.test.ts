import { describe, expect, test } from 'vitest';
import { drillResult, faultResult, hostileDrill, journeyResult } from '../../test/drill-example.ts';
import { drillMarkdown } from './index.ts';

describe('a drill as Markdown', () => {
  test('holds the answer, the faults, what explains them and how it was done', () => {
    expect(`${drillMarkdown(drillResult())}\n`).toBe(`\
# Drill of Harbor

**2 faults: 1 as predicted, 1 wrong: withdraw under cloudflare (edge.any\\[0\\], harbor/plan.yaml:46).**

## Faults

| Fault | Journey | Predicted | Observed |  |
| --- | --- | --- | --- | --- |
| \`cloudflare\` | \`trade\` | post-only within 1 m 32 s | down in 1 s, post-only in 1 m 28 s | agrees |
|  | \`withdraw\` | queued within 30 s | full | **WRONG** |
|  | 2 others | full | full | agrees |
| \`aws@us-east-1\` | all 4 journeys | full | full | agrees |

What did not hold:

- \`withdraw\` under \`cloudflare\`, differs: full for 86 s from 34 s on, where queued was predicted.
- \`withdraw\` under \`cloudflare\`, lets-through, \`POST /withdraw\`: It was answered with 200, and queued refuses it. (7 times, first after 35 s)
- \`withdraw\` under \`cloudflare\`, twice, \`POST /withdraw\`: 2 writes were done twice.
- \`withdraw\` under \`cloudflare\`: by \`edge.any[0]\` at \`harbor/plan.yaml:46\`

## Times

| Fault | Journey | Seen after | Back after | Answered well |
| --- | --- | --- | --- | --- |
| \`cloudflare\` | \`trade\` | 1 s | 6 s | 160 of 240 |

## Switches

| Fault | Switch | Predicted within | Seen after |
| --- | --- | --- | --- |
| \`cloudflare\` | \`edge\` to \`fastly\` | 1 m 32 s | 1 m 28 s |
| \`cloudflare\` | \`bot\` to \`own\` | 30 s | **not seen** |

## Writes

Writes done twice, or answered well and lost:

| Fault | Journey | Request | Sent | Answered | Twice | Lost |
| --- | --- | --- | --- | --- | --- | --- |
| \`cloudflare\` | \`withdraw\` | \`POST /withdraw\` | 60 | 60 | 2 | 0 |

## Predicted against observed

Modes at the end of a fault, by how many journeys: predicted down the side, observed across.

|  | \`full\` | \`post-only\` |
| --- | --- | --- |
| \`full\` | 6 | · |
| \`post-only\` | · | 1 |
| \`queued\` | 1 | · |

## What explains it

### \`edge.any[0]\`, \`harbor/plan.yaml:46\`

fastly/bot-management is not in the way. Explains \`cloudflare: withdraw\`.

Smallest edit: Leave bot out of what withdraw needs.

\`\`\`yaml
withdraw:
  modes:
    full: {needs: [edge]}
\`\`\`

## Not drilled

- \`gcp\`, \`azure\`: it stands at no address
- \`signer + vault\`: it takes 90 s, and 20 s of the budget are left

## How it was done

- Plan \`harbor/plan.yaml\` as of 2026-11-01, \`sha256:0a1b2c\`
- In sandbox, from 2026-11-22T10:00:00.000Z to 2026-11-22T10:12:30.000Z, with 4 s of tolerance
- Keelson 0.9.0, Node 22.11.0, faults by keelson 0.9.0
- Everything that was put was taken away again

| Fault | What failed, and how | Comes to the same |
| --- | --- | --- |
| \`cloudflare\` | \`127.0.0.1:7201\` \`cloudflare/cdn\` refuses connections and cuts those that are open | \`cloudflare/cdn\` |
| \`aws@us-east-1\` | \`127.0.0.1:7201\` \`aws@us-east-1/cdn\` accepts connections and never answers | – |

Mend the plan, or what runs, and drill what was wrong again:

\`\`\`sh
keelson drill harbor/plan.yaml --only cloudflare
\`\`\`
`);
  });

  test('says so of writes of which none went wrong, and leaves out what there is nothing of', () => {
    const write = { journey: 'trade', send: 'POST /order', sent: 60, answered: 40, twice: 0, lost: 0 };
    const calm = faultResult('aws', { journeys: [journeyResult('trade')], writes: [write] });
    const text = drillMarkdown(
      drillResult({ faults: [calm], confusion: [], blame: [], leftOut: [], outcome: 'agrees' }),
    );
    expect(text).toContain('40 writes answered well: none was done twice, none lost.');
    expect(text.match(/^## .*/gm)).toEqual(['## Faults', '## Writes', '## How it was done']);
  });

  test('takes nothing of a name as markup', () => {
    const text = drillMarkdown(hostileDrill());
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    // Blocks end with as many backticks as they begin with, and a line of the edit holds three of them.
    const outside = text.replace(/^(`{3,})\w+\n[\s\S]*?^\1$/gm, '');
    expect(outside.match(/^(#|`{3})/gm)).toEqual(Array.from({ length: 10 }, () => '#'));
    // What stands in code is shown as it is.
    expect(outside.replace(/`[^`\n]*`/g, '')).not.toMatch(/(?<!\\)[<>]/);
    const rows = outside.split('\n').filter((line) => line.startsWith('| '));
    const widths = new Set(rows.map((line) => line.replaceAll('\\|', '').split('|').length));
    // Tables of five, five, four, seven, three and three columns.
    expect([...widths].sort((a, b) => a - b)).toEqual([5, 6, 7, 9]);
  });
});
