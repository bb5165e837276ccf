import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { keelson, keelsonHere, root } from './keelson.ts';

/**
 * What the command prints, byte for byte but for how long solving took. `node scripts/generate.js` writes the texts anew:
 * read their diff.
 */
const folder = join(root, 'test/cli/golden');
/** Set by scripts/generate.js: the texts are written and not compared. */
const writes = process.env.KEELSON_GOLDEN === 'write';

const before = 'examples/harbor/before.yaml';
const plan = 'examples/harbor/plan.yaml';
const cooling = 'examples/open-psa/cooling.xml';
const outage = 'cloudflare-2025-11-18';
const quayside = ['--offline', 'examples/discover/quayside.json'];
const kept = 'examples/discover/kept.yaml';
const CASES: readonly (readonly [name: string, ...words: string[]])[] = [
  ['assess-harbor-before', 'assess', before],
  ['assess-harbor', 'assess', plan],
  ['assess-harbor-since-before', 'assess', plan, '--baseline', before],
  ['assess-harbor-drifting', 'assess', before, '--baseline', plan, '--fail-on', 'drift', '--no-advice'],
  [
    'assess-harbor-strictly',
    'assess',
    plan,
    '--fail-on',
    'slo,single-point,shared-fate,exposure',
    '--no-advice',
  ],
  ['assess-harbor-without-cloudflare', 'assess', plan, '--without', 'cloudflare'],
  [
    'assess-harbor-without-region-and-switch',
    'assess',
    plan,
    '--without',
    'aws@us-east-1',
    '--without',
    'edge:switch',
  ],
  ['assess-harbor-assumptions', 'assess', plan, '--assumptions', '--no-advice'],
  ['assess-harbor-markdown', 'assess', plan, '--markdown'],
  ['assess-harbor-since-before-markdown', 'assess', plan, '--baseline', before, '--markdown'],
  [
    'assess-several',
    'assess',
    'examples/public/base.yaml',
    'examples/public/uniswap-frontend.yaml',
    '--no-advice',
  ],
  [
    'assess-drilled',
    'assess',
    'test/cli/drilled/plan.yaml',
    '--drills',
    'test/cli/drilled/evidence.json',
    '--assumptions',
  ],
  [
    'assess-drilled-markdown',
    'assess',
    'test/cli/drilled/plan.yaml',
    '--drills',
    'test/cli/drilled/evidence.json',
    '--markdown',
  ],
  [
    'assess-drilled-elsewhere',
    'assess',
    'test/cli/drilled/mended.yaml',
    'test/cli/drilled/plan.yaml',
    '--drills',
    'test/cli/drilled/evidence.json',
    '--drills-of-other-plans',
    '--baseline',
    'test/cli/drilled/plan.yaml',
    '--no-advice',
  ],
  ['drill-findings', 'drill', 'findings', 'test/cli/drilled/evidence.json'],
  [
    'drill-findings-mended',
    'drill',
    'findings',
    'test/cli/drilled/evidence.json',
    'test/cli/drilled/mended.yaml',
  ],
  ['assess-network-avalanche', 'assess', 'examples/networks/avalanche-2022.yaml', '--no-advice'],
  ['assess-network-solana', 'assess', 'examples/networks/solana-2022-10.yaml', '--no-advice'],
  ['assess-network-wallet', 'assess', 'examples/networks/wallet-on-ethereum-2025.yaml', '--no-advice'],
  ['assess-sarif', 'assess', before, '--sarif', '-', '--no-advice'],
  ['compare-harbor', 'compare', before, plan],
  ['compare-harbor-no-worth', 'compare', before, plan, '--no-worth'],
  ['compare-harbor-markdown', 'compare', before, plan, '--markdown'],
  ['compare-harbor-with-itself', 'compare', plan, plan],
  ['compare-exchanges', 'compare', 'examples/public/kraken.yaml', 'examples/public/binance.yaml'],
  [
    'compare-five',
    'compare',
    ...['kraken', 'binance', 'bitmex', 'coinbase-exchange', 'dydx'].map(
      (name) => `examples/public/${name}.yaml`,
    ),
  ],
  ['check-harbor', 'check', plan, before],
  [
    'check-networks',
    'check',
    ...[
      'solana-2022-10',
      'avalanche-2022',
      'ethereum-peers-2025',
      'polygon-peers-2025',
      'wallet-on-ethereum-2025',
      'cosmos-juno-2024',
      'cosmos-band-2024',
      'cosmos-dymension-2024',
      'cosmos-kyve-2024',
    ].map((name) => `examples/networks/${name}.yaml`),
  ],
  ['check-wrong', 'check', 'test/cli/broken/root-keys-misspelt.yaml', plan],
  ['export-harbor-before', 'export', '--open-psa', before],
  ['export-mermaid-harbor-before', 'export', '--mermaid', before],
  ['export-dot-harbor-without', 'export', '--dot', plan, '--without', 'cloudflare'],
  ['solve-cooling', 'solve', cooling],
  ['solve-cooling-json', 'solve', cooling, '--root', 'power-lost', '--json'],
  ['solve-cooling-cut-off', 'solve', cooling, '--cut-off', '1e-6', '--order', '1', '--no-importance'],
  ['solve-cooling-list', 'solve', cooling, '--list', '-', '--cut-off', '1e-5'],
  ['solve-spent', 'solve', 'test/cli/accepted-models/pairs.xml', '--budget', '1000'],
  ['solve-not-coherent', 'solve', 'test/cli/accepted-models/not-coherent.xml'],
  ['solve-unknown', 'solve', 'test/cli/accepted-models/unknown.xml'],
  ['catalog', 'catalog'],
  ['catalog-cloudflare', 'catalog', 'cloudflare'],
  ['catalog-aws-as-of', 'catalog', 'aws', '--as-of', '2024-01-01'],
  ['guard-check-accepted', 'guard', 'check', 'examples/guard/features.json'],
  [
    'guard-check-doubled',
    'guard',
    'check',
    'examples/guard/doubled.json',
    '--contract',
    'examples/guard/features.contract.yaml',
    '--last',
    'examples/guard/features.json',
  ],
  ['discover-quayside', 'discover', ...quayside, '--kind', 'exchange'],
  ['discover-quayside-plan', 'discover', ...quayside, '--kind', 'exchange', '--plan', '-'],
  ['discover-quayside-json', 'discover', ...quayside, '--json'],
  ['discover-import', 'discover', '--terraform', 'test/imports/terraform/aws-exchange-plan.json'],
  ['discover-merge', 'discover', ...quayside, '--merge', kept, '--fail-on', 'drift'],
  ['discover-merge-plan', 'discover', ...quayside, '--merge', kept, '--plan', '-'],
  ['discover-merge-json', 'discover', ...quayside, '--merge', kept, '--json'],
  ['help', '--help'],
  ['help-assess', 'assess', '--help'],
  ['help-compare', 'compare', '--help'],
  ['help-check', 'check', '--help'],
  ['help-discover', 'discover', '--help'],
  ['help-export', 'export', '--help'],
  ['help-solve', 'solve', '--help'],
  ['help-init', 'init', '--help'],
  ['help-catalog', 'catalog', '--help'],
  ['help-schema', 'schema', '--help'],
  ['help-open', 'open', '--help'],
  ['help-replay', 'replay', '--help'],
  ['help-drill-findings', 'drill', 'findings', '--help'],
  ['help-faults', 'faults', '--help'],
  ['help-guard-check', 'guard', 'check', '--help'],
  ['help-guard-sign', 'guard', 'sign', '--help'],
  ['help-guard-run', 'guard', 'run', '--help'],
  ['help-guard-status', 'guard', 'status', '--help'],
  ['help-guard-journal', 'guard', 'journal', '--help'],
  ['help-guard-kill', 'guard', 'kill', '--help'],
  ['replay-list', 'replay', '--list'],
  ['replay-harbor', 'replay', outage, before, plan],
  ['replay-harbor-csv', 'replay', outage, before, plan, '--csv'],
  ['replay-harbor-json', 'replay', outage, plan, '--json'],
  ['replay-harbor-all', 'replay', 'all', before, plan],
  ['replay-harbor-all-csv', 'replay', 'all', before, plan, '--csv'],
  ['replay-harbor-years', 'replay', '--years', '500', plan],
  ['replay-harbor-years-csv', 'replay', '--years', '500', plan, '--csv'],
  ['wrong-command', 'asses', plan],
  ['wrong-option', 'assess', plan, '--jsn'],
  ['wrong-option-value', 'assess', plan, '--top', 'many'],
  ['wrong-plan-missing', 'assess', 'examples/absent.yaml'],
  ['wrong-no-plan', 'assess'],
  ['wrong-no-plan-to-check', 'check'],
  ['wrong-one-plan-to-compare', 'compare', plan],
  [
    'wrong-plans-to-compare',
    'compare',
    'test/cli/broken/root-keys-misspelt.yaml',
    plan,
    'examples/absent.yaml',
  ],
  ['wrong-no-plan-to-open', 'open'],
  ['wrong-plan-to-open', 'open', 'examples/absent.yaml'],
  ['wrong-no-format', 'export', plan],
  ['wrong-two-formats', 'export', '--dot', '--mermaid', plan],
  ['wrong-no-plan-to-export', 'export', '--open-psa'],
  ['wrong-no-domain', 'discover'],
  ['wrong-domain', 'discover', 'https://app.example.org/'],
  ['wrong-domain-offline', 'discover', 'example.org', ...quayside],
  ['wrong-crawl', 'discover', '--offline', kept],
  ['wrong-plan-to-merge', 'discover', ...quayside, '--merge', 'test/cli/broken/root-keys-misspelt.yaml'],
  ['wrong-plan-over-plan', 'discover', ...quayside, '--merge', kept, '--plan', kept],
  ['wrong-name', 'discover', ...quayside, '--name', 'Quay\nside'],
  ['wrong-name-merged', 'discover', ...quayside, '--merge', kept, '--name', 'Quayside'],
  ['wrong-kind', 'discover', ...quayside, '--kind', 'bank'],
  ['wrong-day-discovered', 'discover', ...quayside, '--as-of', '2026-02-30'],
  ['wrong-authority', 'discover', 'example.org', '--authority', 'package.json'],
  ['wrong-save', 'discover', ...quayside, '--save', 'crawl.json'],
  ['wrong-resolver', 'discover', 'example.org', '--resolver', 'a:b:c:d'],
  ['wrong-route', 'discover', 'example.org', '--connect-to', 'nowhere'],
  ['wrong-list', 'discover', '--list', 'examples/absent.txt', '--out', 'test/cli/golden'],
  ['wrong-list-out', 'discover', '--list', 'examples/absent.txt'],
  ['wrong-fail-on-discovery', 'discover', ...quayside, '--fail-on', 'drift'],
  ['wrong-import', 'discover', '--terraform', kept],
  ['wrong-plan-to-export', 'export', '--open-psa', 'test/cli/broken/root-keys-misspelt.yaml'],
  ['wrong-no-model', 'solve'],
  ['wrong-model', 'solve', 'test/cli/broken-models/ten-different-problems.xml'],
  ['wrong-root', 'solve', cooling, '--root', 'coolng-lost'],
  ['wrong-cut-off', 'solve', cooling, '--cut-off', '2'],
  ['wrong-plan', 'assess', 'test/cli/broken/root-keys-misspelt.yaml'],
  ['wrong-fail-on', 'assess', plan, '--fail-on', 'singel-point'],
  ['wrong-fail-on-drift', 'assess', plan, '--fail-on', 'drift'],
  ['wrong-drills', 'assess', plan, '--drills', plan],
  ['wrong-drills-of-other-plans', 'assess', plan, '--drills-of-other-plans'],
  ['wrong-without', 'assess', plan, '--without', 'cloudfare'],
  ['wrong-max-bytes', 'assess', plan, '--max-bytes', '100'],
  ['wrong-max-bytes-value', 'check', plan, '--max-bytes', '-1'],
  ['wrong-provider', 'catalog', 'cloudfare'],
  ['wrong-day', 'catalog', '--as-of', 'today'],
  ['wrong-init', 'init', plan],
  ['wrong-schema', 'schema', 'plan.yaml'],
  ['help-sector', 'sector', '--help'],
  ['wrong-dataset', 'sector', 'crypto-site-2020'],
  ['wrong-sector-provider', 'sector', 'examples/sector', '--without', 'swiftege'],
  ['wrong-sector-kind', 'sector', 'examples/sector', '--kind', 'walet'],
  ['wrong-sector-need', 'sector', 'examples/sector', '--need', 'dnss'],
  ['sector', 'sector', 'examples/sector'],
  [
    'sector-without',
    'sector',
    'examples/sector',
    '--without',
    'bigcloud',
    '--without',
    'othercloud',
    '--top',
    '3',
  ],
  ['sector-markdown', 'sector', 'examples/sector', '--markdown'],
  ['sector-csv', 'sector', 'examples/sector', '--csv'],
  ['sector-plans', 'sector', 'examples/public', '--top', '5'],
];

/** What a process is not started for: fifty texts that say how a command is used, or that it was not. */
const isSaidHere = (name: string): boolean => /^(?:help|wrong|sector)(?:-|$)/.test(name);

async function run(name: string, words: readonly string[]): Promise<string> {
  const { exit, out, err } = isSaidHere(name) ? await keelsonHere(words) : keelson(words);
  const shown = [`$ keelson ${words.join(' ')}\n`, out];
  if (err !== '') shown.push('--- standard error\n', err);
  shown.push(`--- exit ${exit}\n`);
  // CSV ends its lines with CR LF, which git would not keep in a text.
  return shown
    .join('')
    .replace(/ in [\d.]+ ms\b/g, ' in N ms')
    .replace(/"ms": [\d.]+/g, '"ms": 0')
    .replaceAll('\r\n', '␍\n');
}

describe('the command prints what it printed', () => {
  beforeAll(() => {
    if (!writes) return;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
  });

  test.each(CASES)('%s', async (name, ...words) => {
    const file = join(folder, `${name}.txt`);
    const text = await run(name, words);
    if (writes) writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  test('and no golden text is left that no case makes', () => {
    expect(readdirSync(folder).sort()).toEqual(CASES.map(([name]) => `${name}.txt`).sort());
  });
});
