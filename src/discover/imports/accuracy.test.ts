import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { makeMixedEstate } from '../../../test/imports/mixed-estate.ts';
import { assess } from '../../assess/index.ts';
import { loadCatalog } from '../../catalog/load.ts';
import { buildModel } from '../../model/index.ts';
import { contradictions, parsePlan } from '../../plan/index.ts';
import { draftEdges } from '../draft.ts';
import { writePlan } from '../write-plan.ts';
import {
  readBackstage,
  readHar,
  readOpenTelemetry,
  readTerraform,
  type Imported,
  type ImportOptions,
  type MatchHost,
} from './index.ts';

const root = new URL('../../../', import.meta.url);
const { catalog } = loadCatalog(fileURLToPath(new URL('data', root)));

/** Few vendors, known by what they are known by: the fixtures hold them, whatever the library of fingerprints has. */
const matchHost: MatchHost = (host, headers) => {
  const answered = new Map(headers);
  if (answered.get('server') === 'cloudflare') return ['cloudflare/cdn'];
  if (answered.has('x-amz-cf-id')) return ['aws/cloudfront'];
  if (host.endsWith('hcaptcha.com')) return ['hcaptcha/challenge'];
  if (host.endsWith('infura.io')) return ['infura/rpc'];
  if (host.endsWith('.auth0.com') && host !== 'cdn.auth0.com') return ['auth0/identity'];
  if (host === 'www.googletagmanager.com') return ['google-tag-manager/tags'];
  return [];
};
const options: ImportOptions = { asOf: '2026-11-20', catalog, matchHost };

const READERS = {
  terraform: { title: 'Terraform', read: readTerraform },
  backstage: { title: 'Backstage', read: readBackstage },
  otel: { title: 'OpenTelemetry', read: readOpenTelemetry },
  har: { title: 'HAR', read: readHar },
} as const;
type Kind = keyof typeof READERS;
const KINDS = ['terraform', 'backstage', 'otel', 'har'] as const;

interface Case {
  readonly kind: Kind;
  readonly name: string;
  readonly imported: Imported;
  /** `from -> to`, as whoever wrote the fixture knows it. */
  readonly truth: readonly string[];
}

const estate = makeMixedEstate(15);
const cases: readonly Case[] = [
  ...KINDS.flatMap(casesOf),
  {
    kind: 'terraform' as const,
    name: 'mixed-estate',
    imported: readTerraform(estate.state, 'estate.tfstate', options),
    truth: [...new Set(estate.edges.map(({ from, to }) => `${from} -> ${to}`))],
  },
];

function casesOf(kind: Kind): Case[] {
  const folder = new URL(`test/imports/${kind}/`, root);
  const files = readdirSync(folder).sort();
  return files
    .filter((file) => !file.endsWith('.truth.json'))
    .map((file) => {
      const name = file.replace(/\.[a-z]+$/, '');
      // Written by hand, as `{about, edges: {from: [to]}}`.
      const { edges } = JSON.parse(readFileSync(new URL(`${name}.truth.json`, folder), 'utf8')) as {
        edges: Record<string, string[]>;
      };
      return {
        kind,
        name,
        imported: READERS[kind].read(readFileSync(new URL(file, folder), 'utf8'), file, options),
        truth: Object.entries(edges).flatMap(([from, all]) => all.map((to) => `${from} -> ${to}`)),
      };
    });
}

interface Score {
  readonly files: number;
  readonly edges: number;
  readonly right: number;
  readonly missed: readonly string[];
  readonly invented: readonly string[];
}

function scoreOf(some: readonly Case[]): Score {
  const missed: string[] = [];
  const invented: string[] = [];
  let edges = 0;
  let right = 0;
  for (const { name, imported, truth } of some) {
    const found = new Set(
      imported.draft === undefined
        ? []
        : draftEdges(imported.draft).map(({ from, to }) => `${from} -> ${to}`),
    );
    const known = new Set(truth);
    edges += known.size;
    right += [...known].filter((edge) => found.has(edge)).length;
    missed.push(...[...known].filter((edge) => !found.has(edge)).map((edge) => `${name}: ${edge}`));
    invented.push(...[...found].filter((edge) => !known.has(edge)).map((edge) => `${name}: ${edge}`));
  }
  return { files: some.length, edges, right, missed, invented };
}

const percent = (share: number): string => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;

describe('what imports find', () => {
  test.each(KINDS)('of %s is at least 95 in 100 of what is there, and at most 2 in 100 invented', (kind) => {
    const score = scoreOf(cases.filter((one) => one.kind === kind));
    expect(score.edges).toBeGreaterThan(30);
    expect(score.right / score.edges, score.missed.join('\n')).toBeGreaterThanOrEqual(0.95);
    const share = score.right / (score.right + score.invented.length);
    expect(share, score.invented.join('\n')).toBeGreaterThanOrEqual(0.98);
  });

  test('stands in docs/import.md as it is', () => {
    const page = new URL('docs/import.md', root);
    const lines = KINDS.map((kind) => {
      const { files, edges, right, invented } = scoreOf(cases.filter((one) => one.kind === kind));
      const precision = percent(right / (right + invented.length));
      return `| ${READERS[kind].title} | ${files} | ${edges} | ${percent(right / edges)} | ${precision} |`;
    });
    const table = [
      '| import | fixtures | edges | recall | precision |',
      '| --- | ---: | ---: | ---: | ---: |',
      ...lines,
    ].join('\n');
    const text = readFileSync(page, 'utf8');
    const made = text.replace(
      /(<!-- accuracy -->\n)[\s\S]*?(\n<!-- \/accuracy -->)/,
      (_, begin: string, end: string) => `${begin}${table}${end}`,
    );
    expect(text).toContain('<!-- accuracy -->');
    if (process.env.KEELSON_GOLDEN === 'write') writeFileSync(page, made);
    else expect(text).toBe(made);
  });
});

describe('the draft of', () => {
  test.each(cases.map(({ kind, name, imported }) => [`${kind}/${name}`, imported] as const))(
    '%s is a plan that loads and is answered',
    (name, { draft, problems }) => {
      expect(problems).toEqual([]);
      if (draft === undefined) throw new Error(`Expected a draft of ${name}, found none.`);
      const text = writePlan(draft, catalog);
      const { plan, problems: wrong } = parsePlan(text, `${name}.yaml`);
      expect(wrong.filter(({ severity }) => severity === 'error')).toEqual([]);
      if (plan === undefined) throw new Error(`Expected ${name} to load, found that it does not.`);
      const { model, problems: found } = buildModel(plan, catalog);
      const said = [...contradictions(plan), ...found].filter(({ code }) => code !== 'unknown-scope');
      // An entry that nothing is known of has nothing to warn of; whatever else is said would be ours to mend.
      expect(said.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
      if (model === undefined) throw new Error(`Expected a model of ${name}, found none.`);
      const { journeys } = assess(model, { catalog });
      expect(journeys.length).toBeGreaterThan(0);
      for (const journey of journeys) expect(journey.down.probability).toBeGreaterThan(0);
    },
  );

  test('an estate of some 300 resources is the same each time', () => {
    expect(estate.resources).toBeGreaterThan(280);
    expect(readTerraform(estate.state, 'estate.tfstate', options)).toEqual(
      cases.find(({ name }) => name === 'mixed-estate')?.imported,
    );
  });
});
