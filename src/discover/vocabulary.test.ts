import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../catalog/load.ts';
import { parsePlan } from '../plan/index.ts';
import { loadFingerprints } from './fingerprints/load.ts';
import { CAPABILITIES } from './imports/capabilities.ts';
import { hasDrift } from './drift.ts';
import { mergeDraft, readTerraform, type Draft } from './index.ts';

const data = join(import.meta.dirname, '..', '..', 'data');
const { catalog } = loadCatalog(data);
const { fingerprints } = loadFingerprints(join(data, 'fingerprints'));

/** Kinds by name: `aws/load-balancer`, `load-balancer`. What says only in general that something is there is left out. */
const seenFromOutside = new Map<string, string | undefined>([
  ...catalog.providers.flatMap(({ name, capabilities }) =>
    capabilities.map((one) => [`${name}/${one.name}`, one.kind ?? undefined] as const),
  ),
  ...fingerprints.vendors.flatMap(({ name, capabilities }) =>
    capabilities
      .filter(({ isGeneral }) => isGeneral !== true)
      .map((one) => [`${name}/${one.name}`, one.kind] as const),
  ),
]);

/** What imports alone know, and why the catalogue and the fingerprints have no name for it. */
const INSIDE = 'Answers inside of a network: nothing of it shows from outside.';
const HIDDEN = 'Users reach it through what stands before it, which is what shows.';
const ONLY_IMPORTED: Readonly<Record<string, string>> = {
  'aws/cloudhsm': INSIDE,
  'aws/documentdb': INSIDE,
  'aws/efs': INSIDE,
  'aws/elasticache': INSIDE,
  'aws/gwlb': 'Stands before appliances of a network, not before users.',
  'aws/kinesis': INSIDE,
  'aws/fsx': INSIDE,
  'aws/kms': INSIDE,
  'aws/memorydb': INSIDE,
  'aws/mq': INSIDE,
  'aws/neptune': INSIDE,
  'aws/opensearch': INSIDE,
  'aws/rds': INSIDE,
  'aws/rds-proxy': INSIDE,
  'aws/secrets-manager': INSIDE,
  'aws/sns': INSIDE,
  'aws/sqs': INSIDE,
  'aws/ssm': INSIDE,
  'aws/step-functions': INSIDE,
  'aws/waf-regional':
    'A refusal does not say whether the firewall is of a region; aws/waf is that of the edge.',
  'azure/aks': HIDDEN,
  'azure/container-apps': HIDDEN,
  'azure/functions': HIDDEN,
  'cloudflare/d1': HIDDEN,
  'cloudflare/durable-objects': HIDDEN,
  'cloudflare/load-balancing': HIDDEN,
  'cloudflare/queues': HIDDEN,
  'cloudflare/spectrum': 'Its addresses are those of the proxy.',
  'cloudflare/tunnel': HIDDEN,
  'gcp/bigquery': INSIDE,
  'gcp/bigtable': INSIDE,
  'gcp/cloud-armor': HIDDEN,
  'gcp/cloud-sql': INSIDE,
  'gcp/filestore': INSIDE,
  'gcp/functions':
    'Hosts of its first generation are known to imports alone; those of its second are of gcp/run.',
  'gcp/gke': HIDDEN,
  'gcp/kms': INSIDE,
  'gcp/memorystore': INSIDE,
  'gcp/pubsub': INSIDE,
  'gcp/secret-manager': INSIDE,
  'gcp/spanner': INSIDE,
};
/** Kinds of which a provider has several side by side. */
const SEVERAL = new Set<string | undefined>(['database', 'streams']);

/** Every name that the readers of files can write: whatever of their text has the form of one. */
function writable(): string[] {
  const folder = join(import.meta.dirname, 'imports');
  const found = new Set<string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
    const text = readFileSync(join(folder, name), 'utf8');
    for (const [, one = ''] of text.matchAll(
      /'((?:aws|azure|cloudflare|gcp|github|heroku|route53)\/[a-z0-9-]+)'/g,
    ))
      found.add(one);
  }
  return [...found].sort();
}

describe('one thing has one name', () => {
  const names = writable();

  test('for whoever reads files and whoever looks from outside, or a reason', () => {
    expect(names.length).toBeGreaterThan(60);
    const strange = names.filter((name) => !seenFromOutside.has(name));
    expect(strange.filter((name) => !Object.hasOwn(ONLY_IMPORTED, name))).toEqual([]);
    // A reason for what nobody writes, or what has a name by now, is none.
    expect(Object.keys(ONLY_IMPORTED).filter((name) => !strange.includes(name))).toEqual([]);
  });

  test('and is of one kind', () => {
    const other = Object.entries(CAPABILITIES).filter(
      ([name, { kind }]) => (seenFromOutside.get(name) ?? kind) !== kind,
    );
    expect(other.map(([name, { kind }]) => `${name}: ${kind}, else ${seenFromOutside.get(name)}`)).toEqual(
      [],
    );
  });

  test('so that a name of imports alone is no second one of the same kind', () => {
    const twins = Object.keys(ONLY_IMPORTED).flatMap((name) => {
      const kind = CAPABILITIES[name]?.kind;
      const alike = [...seenFromOutside].filter(
        ([one, of]) => of === kind && !SEVERAL.has(of) && one.split('/')[0] === name.split('/')[0],
      );
      return alike.map(([one]) => `${name} beside ${one}`);
    });
    // Before appliances of a network, and by waf-regional in a region: each another thing.
    expect(twins).toEqual([
      'aws/gwlb beside aws/nlb',
      'aws/gwlb beside aws/load-balancer',
      'aws/waf-regional beside aws/waf',
    ]);
  });
});

const balancer = readTerraform(
  JSON.stringify({
    format_version: '1.0',
    values: {
      root_module: {
        resources: [
          {
            address: 'aws_lb.api',
            mode: 'managed',
            type: 'aws_lb',
            name: 'api',
            values: { arn: 'arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/api/1' },
          },
        ],
      },
    },
  }),
  'state.json',
  { asOf: '2026-11-20', catalog },
).draft as Draft;

describe('no drift is shown of', () => {
  test.each([
    ['a load balancer that a file and a look from outside name alike', 'aws/load-balancer@eu-west-1'],
    ['one by its former name', 'aws/alb@eu-west-1'],
    ['one of the plan without a place', 'aws/elb'],
  ])('%s', (_, on) => {
    const text = `keelson: 1
platform: {name: H, asOf: 2026-11-20}
journeys: {api: {modes: {full: {needs: [lb]}}}}
services: {lb: {needs: ['${on}']}}
providers: {aws: {capabilities: {alb: {kind: load-balancer}, elb: {kind: load-balancer}, load-balancer: {kind: load-balancer}}}}
`;
    const { plan, problems } = parsePlan(text, 'plan.yaml');
    if (plan === undefined) throw new Error(JSON.stringify(problems));
    const drift = mergeDraft(plan, balancer, catalog);
    expect(hasDrift(drift)).toBe(false);
    expect(drift.confirmed).toMatchObject([{ service: 'lb', seen: 'aws/load-balancer@eu-west-1' }]);
    // Another region is another load balancer.
    const elsewhere = parsePlan(text.replace(on, 'aws/alb@us-east-1'), 'plan.yaml').plan;
    expect(elsewhere === undefined ? undefined : hasDrift(mergeDraft(elsewhere, balancer, catalog))).toBe(
      true,
    );
  });

  test.each([
    ['aws/s3@eu-west-1', 'aws/object-storage'],
    ['aws/api-gateway@eu-west-1', 'aws/http-api'],
    ['aws/object-storage', 'aws/s3@eu-west-1'],
    ['gcp/run@europe-west1', 'gcp/run'],
  ])('%s in the plan where %s was found', (on, seen) => {
    const { plan } = parsePlan(
      `keelson: 1\nplatform: {name: H, asOf: 2026-11-20}\njourneys: {api: {modes: {full: {needs: [part]}}}}\nservices: {part: {needs: ['${on}']}}\n`,
      'plan.yaml',
    );
    if (plan === undefined) throw new Error('Expected a plan.');
    const [service] = balancer.services;
    if (service === undefined) throw new Error('Expected a service.');
    expect(
      hasDrift(mergeDraft(plan, { ...balancer, services: [{ ...service, needs: seen }] }, catalog)),
    ).toBe(false);
  });
});
