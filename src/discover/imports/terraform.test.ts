import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../../catalog/load.ts';
import type { Draft, DraftRequirement } from '../draft.ts';
import { CAPABILITIES } from './capabilities.ts';
import { readTerraform } from './index.ts';
import { AWS } from './terraform/aws.ts';
import { CLOUDFLARE } from './terraform/cloudflare.ts';
import { GOOGLE } from './terraform/google.ts';

const { catalog } = loadCatalog(fileURLToPath(new URL('../../../data', import.meta.url)));

interface Made {
  readonly type: string;
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}
const made = (type: string, name: string, values: Made['values']): Made => ({ type, name, values });

function draftOf(...resources: readonly Made[]): Draft {
  const text = JSON.stringify({
    format_version: '1.0',
    values: {
      root_module: {
        resources: resources.map((one) => ({
          ...one,
          address: `${one.type}.${one.name}`,
          mode: 'managed',
          provider_name: '',
        })),
      },
    },
  });
  const { draft, problems } = readTerraform(text, 'state.json', { asOf: '2026-11-20', catalog });
  expect(problems).toEqual([]);
  if (draft === undefined) throw new Error('Expected a draft, found none.');
  return draft;
}
const needsOf = (draft: Draft, name: string): DraftRequirement | null | undefined =>
  draft.services.find((service) => service.name === name)?.needs;

const zone = made('aws_route53_zone', 'main', { id: 'Z1', zone_id: 'Z1', name: 'a.example' });
const balancer = (name: string): Made =>
  made('aws_lb', name, {
    id: `arn:aws:x:us-east-1:1:${name}`,
    arn: `arn:aws:x:us-east-1:1:${name}`,
    dns_name: `${name}.elb.example`,
  });
const record = (name: string, target: string, more: Made['values']): Made =>
  made('aws_route53_record', name, {
    name: 'www.a.example',
    fqdn: 'www.a.example',
    type: 'CNAME',
    zone_id: 'Z1',
    records: [target],
    ...more,
  });

describe('records of Route 53', () => {
  const two = (first: Made['values'], second: Made['values']): DraftRequirement | null | undefined =>
    needsOf(
      draftOf(
        zone,
        balancer('one'),
        balancer('two'),
        record('a', 'one.elb.example', first),
        record('b', 'two.elb.example', second),
      ),
      'www.a.example',
    );

  test('with a failover policy stand in for each other, the primary first', () => {
    const needs = two(
      { failover_routing_policy: [{ type: 'SECONDARY' }], set_identifier: 'a' },
      { failover_routing_policy: [{ type: 'PRIMARY' }], set_identifier: 'b', health_check_id: 'h' },
    );
    expect(needs).toEqual({ all: ['route53/dns', { any: ['aws_lb.two', 'aws_lb.one'] }] });
  });

  test('with weights and health checks need one of their targets', () => {
    const weighted = { weighted_routing_policy: [{ weight: 50 }], health_check_id: 'h' };
    expect(two(weighted, weighted)).toEqual({
      all: ['route53/dns', { atLeast: 1, of: ['aws_lb.one', 'aws_lb.two'] }],
    });
  });

  test('with weights and no health check need all of their targets', () => {
    const weighted = { weighted_routing_policy: [{ weight: 50 }] };
    expect(two(weighted, weighted)).toEqual({ all: ['route53/dns', 'aws_lb.one', 'aws_lb.two'] });
  });
});

describe('a program that names a host', () => {
  const program = (name: string, variables: Made['values']): Made =>
    made('aws_lambda_function', name, {
      arn: `arn:aws:lambda:us-east-1:1:function:${name}`,
      environment: [{ variables }],
    });
  const needs = (...resources: readonly Made[]): DraftRequirement | null | undefined =>
    needsOf(draftOf(zone, balancer('one'), ...resources), 'aws_lambda_function.f');

  test.each([
    'www.a.example',
    'https://WWW.a.example./v1',
    'postgres://u:p@www.a.example:5432/x',
    '["x", "www.a.example:80"]',
  ])('with a record needs it: %s', (text) => {
    const found = needs(record('a', 'one.elb.example', {}), program('f', { UP: text }));
    expect(found).toEqual({ all: ['aws/lambda@us-east-1', 'www.a.example'] });
  });

  test('that a wildcard answers for needs the wildcard, where no record is closer', () => {
    const star = record('a', 'one.elb.example', { name: '*.a.example', fqdn: '*.a.example' });
    const closer = record('b', 'one.elb.example', { name: 'b.a.example', fqdn: 'b.a.example' });
    expect(needs(star, closer, program('f', { UP: 'x.y.a.example' }))).toEqual({
      all: ['aws/lambda@us-east-1', 'any.a.example'],
    });
    expect(needs(star, closer, program('f', { UP: 'b.a.example' }))).toEqual({
      all: ['aws/lambda@us-east-1', 'b.a.example'],
    });
    expect(needs(star, closer, program('f', { UP: 'x.b.a.example' }))).toBe('aws/lambda@us-east-1');
  });

  test('of whom it lets call it, or sends users back to, needs nothing of them', () => {
    const told = {
      CORS_ORIGINS: 'https://www.a.example',
      ALLOWED_HOSTS: 'www.a.example',
      OAUTH_CALLBACK_URL: 'https://www.a.example/cb',
    };
    expect(needs(record('a', 'one.elb.example', {}), program('f', told))).toBe('aws/lambda@us-east-1');
  });

  test('by which it is reached itself keeps the way of the users, and says so', () => {
    const arn = 'arn:aws:lambda:us-east-1:1:function:f';
    const draft = draftOf(
      zone,
      balancer('one'),
      made('aws_lb_target_group', 'g', { arn: 'arn:aws:x:us-east-1:1:g' }),
      made('aws_lb_listener', 'l', {
        load_balancer_arn: 'arn:aws:x:us-east-1:1:one',
        default_action: [{ target_group_arn: 'arn:aws:x:us-east-1:1:g' }],
      }),
      made('aws_lb_target_group_attachment', 't', {
        target_group_arn: 'arn:aws:x:us-east-1:1:g',
        target_id: arn,
      }),
      record('a', 'one.elb.example', {}),
      program('f', { PUBLIC_URL: 'https://www.a.example' }),
    );
    expect(needsOf(draft, 'www.a.example')).toEqual({ all: ['route53/dns', 'aws_lb.one'] });
    expect(needsOf(draft, 'aws_lb.one')).toEqual({
      all: ['aws/load-balancer@us-east-1', 'aws_lambda_function.f'],
    });
    expect(needsOf(draft, 'aws_lambda_function.f')).toBe('aws/lambda@us-east-1');
    expect(draft.services.find(({ name }) => name === 'aws_lambda_function.f')?.comments).toEqual([
      'It needs www.a.example too, which needs it: a plan has no circles, so this edge is left out.',
    ]);
  });

  test('by its record, where a plan knows no name yet, needs what the record leads to', () => {
    const resource = (type: string, name: string, values: Made['values'], expressions: unknown): unknown => ({
      planned: { ...made(type, name, values), address: `${type}.${name}`, mode: 'managed' },
      configured: { address: `${type}.${name}`, expressions },
    });
    const all = [
      resource('aws_db_instance', 'l', { engine: 'postgres' }, {}),
      resource(
        'aws_route53_record',
        'd',
        { type: 'CNAME' },
        { records: { references: ['aws_db_instance.l.address', 'aws_db_instance.l'] } },
      ),
      resource(
        'aws_lambda_function',
        'f',
        {},
        {
          environment: [{ variables: { references: ['aws_route53_record.d.fqdn', 'aws_route53_record.d'] } }],
        },
      ),
    ] as { planned: unknown; configured: unknown }[];
    const text = JSON.stringify({
      format_version: '1.2',
      planned_values: { root_module: { resources: all.map(({ planned }) => planned) } },
      configuration: { root_module: { resources: all.map(({ configured }) => configured) } },
    });
    const { draft } = readTerraform(text, 'plan.json', { asOf: '2026-11-20', catalog });
    if (draft === undefined) throw new Error('Expected a draft, found none.');
    expect(needsOf(draft, 'aws_lambda_function.f')).toEqual({
      all: ['aws/lambda-unplaced', 'aws_route53_record.d'],
    });
    expect(needsOf(draft, 'aws_route53_record.d')).toEqual({ all: ['route53/dns', 'aws_db_instance.l'] });
  });
});

describe('a proxied record of Cloudflare', () => {
  const at = (content: string, proxied = true): DraftRequirement | null | undefined =>
    needsOf(
      draftOf(
        made('cloudflare_record', 'r', {
          zone_id: 'z',
          name: 'old',
          hostname: 'old.a.example',
          type: content.includes(':') ? 'AAAA' : 'A',
          content,
          proxied,
        }),
      ),
      'old.a.example',
    );

  test.each(['100::', '100::1', '0100:0:0:0::7', '192.0.2.1', '198.51.100.9', '203.0.113.5', '2001:DB8::1'])(
    'at the placeholder %s stands on the proxy alone',
    (content) => expect(at(content)).toEqual({ all: ['cloudflare/dns', 'cloudflare/cdn'] }),
  );

  test.each(['100:0:0:1::1', '1000::1', '192.0.3.1', '2a01:4f8:1:2::3'])('at %s has an origin', (content) =>
    expect(at(content)).toMatchObject({ all: ['cloudflare/dns', 'cloudflare/cdn', expect.any(String)] }),
  );

  test('without the proxy has whatever it names', () => {
    expect(at('192.0.2.1', false)).toEqual({ all: ['cloudflare/dns', '192.0.2.1'] });
  });
});

test('origins of a group stand in for each other, those beside it are needed', () => {
  const draft = draftOf(
    made('aws_cloudfront_distribution', 'site', {
      id: 'E1',
      origin: [
        { origin_id: 'a', domain_name: 'a.origin.example' },
        { origin_id: 'b', domain_name: 'b.origin.example' },
        { origin_id: 'c', domain_name: 'c.origin.example' },
      ],
      origin_group: [{ origin_id: 'g', member: [{ origin_id: 'b' }, { origin_id: 'a' }] }],
    }),
  );
  expect(needsOf(draft, 'aws_cloudfront_distribution.site')).toEqual({
    all: ['aws/cloudfront', { any: ['b.origin.example', 'a.origin.example'] }, 'c.origin.example'],
  });
});

test('a pool needs as many of its origins as it says, without those that are switched off', () => {
  const draft = draftOf(
    made('cloudflare_load_balancer_pool', 'p', {
      id: 'p1',
      minimum_origins: 2,
      origins: [
        { address: '198.51.100.1', enabled: true },
        { address: '198.51.100.2', enabled: true },
        { address: '198.51.100.3', enabled: true },
        { address: '198.51.100.4', enabled: false },
      ],
    }),
  );
  expect(needsOf(draft, 'cloudflare_load_balancer_pool.p')).toEqual({
    atLeast: 2,
    of: ['198.51.100.1', '198.51.100.2', '198.51.100.3'],
  });
});

describe('zones', () => {
  const machine = (values: Made['values']): Made => made('aws_instance', 'm', { id: 'i-1', ...values });

  test('are written by their ids where the file has them', () => {
    const subnet = made('aws_subnet', 's', {
      id: 'subnet-1',
      availability_zone: 'us-east-1a',
      availability_zone_id: 'use1-az4',
    });
    expect(needsOf(draftOf(subnet, machine({ subnet_id: 'subnet-1' })), 'aws_instance.m')).toBe(
      'aws/ec2@us-east-1/use1-az4',
    );
    expect(needsOf(draftOf(subnet, machine({ availability_zone: 'us-east-1a' })), 'aws_instance.m')).toBe(
      'aws/ec2@us-east-1/use1-az4',
    );
  });

  test('are written by their names where two accounts differ, with a comment', () => {
    const draft = draftOf(
      made('aws_subnet', 's', {
        id: 'subnet-1',
        availability_zone: 'us-east-1a',
        availability_zone_id: 'use1-az4',
      }),
      made('aws_subnet', 't', {
        id: 'subnet-2',
        availability_zone: 'us-east-1a',
        availability_zone_id: 'use1-az6',
      }),
      machine({ availability_zone: 'us-east-1a' }),
    );
    expect(needsOf(draft, 'aws_instance.m')).toBe('aws/ec2@us-east-1/us-east-1a');
    expect(draft.services[0]?.comments.join()).toContain('from account to account');
  });

  test('of a managed service that the file does not say are not made up, and are asked about', () => {
    const subnet = made('aws_subnet', 's', { id: 'subnet-1', availability_zone_id: 'use1-az4' });
    const broker = (values: Made['values']): Draft =>
      draftOf(subnet, made('aws_mq_broker', 'm', { arn: 'arn:aws:mq:us-east-1:1:broker:m:b', ...values }));
    const said = (draft: Draft): string => draft.services[0]?.comments.join() ?? '';
    const single = broker({ subnet_ids: ['subnet-1'] });
    expect(needsOf(single, 'aws_mq_broker.m')).toEqual({
      all: ['aws/mq@us-east-1', 'aws/ec2@us-east-1/use1-az4'],
    });
    expect(said(single)).toBe('');
    const elsewhere = broker({ subnet_ids: ['subnet-9'] });
    expect(needsOf(elsewhere, 'aws_mq_broker.m')).toBe('aws/mq@us-east-1');
    expect(said(elsewhere)).toContain('It stands in one zone, which the file does not say');
    // One zone of two is known: it would look as if the broker stood there alone.
    const half = broker({
      deployment_mode: 'ACTIVE_STANDBY_MULTI_AZ',
      subnet_ids: ['subnet-1', 'subnet-9'],
    });
    expect(needsOf(half, 'aws_mq_broker.m')).toBe('aws/mq@us-east-1');
  });

  test('that are not in the file are not made up', () => {
    const draft = draftOf(machine({ arn: 'arn:aws:ec2:eu-west-3:1:instance/i-1' }));
    expect(needsOf(draft, 'aws_instance.m')).toBe('aws/ec2-unplaced@eu-west-3');
    expect(needsOf(draftOf(machine({})), 'aws_instance.m')).toBe('aws/ec2-unplaced');
    expect(draft.providers).toMatchObject([{ name: 'aws', capabilities: [{ name: 'ec2-unplaced' }] }]);
  });
});

test('names, balancers and buckets have no outages of their own, programs have', () => {
  const draft = draftOf(
    zone,
    balancer('one'),
    record('a', 'one.elb.example', {}),
    made('aws_lambda_function', 'f', { id: 'f' }),
  );
  const outages = Object.fromEntries(draft.services.map((one) => [one.name, one.outages]));
  expect(outages).toEqual({
    'aws_lambda_function.f': undefined,
    'aws_lb.one': 'none',
    'www.a.example': 'none',
  });
});

test('a short word in an environment is not taken for the resource of that name', () => {
  const draft = draftOf(
    made('aws_sqs_queue', 'main', { id: 'main', name: 'main' }),
    made('aws_lambda_function', 'f', { id: 'f', environment: [{ variables: { BRANCH: 'main' } }] }),
  );
  expect(needsOf(draft, 'aws_lambda_function.f')).toBe('aws/lambda-unplaced');
});

test('what is not understood is counted at the head, most first', () => {
  const draft = draftOf(
    balancer('one'),
    made('aws_iam_role', 'r', {}),
    made('acme_thing', 'a', {}),
    made('odd_thing', 'b', {}),
    made('odd_thing', 'c', {}),
  );
  expect(draft.comments.slice(1)).toEqual([
    '1 of 5 resources were understood.',
    '2 left aside, as settings, permissions and records of others: acme_thing, aws_iam_role.',
    '2 not understood, and not in this plan: odd_thing (2).',
  ]);
});

describe('a key or a secret', () => {
  const key = (name: string, values: Made['values']): Made =>
    made('aws_kms_key', name, {
      key_id: `0-${name}`,
      arn: `arn:aws:kms:us-east-1:1:key/0-${name}`,
      ...values,
    });
  const program = (values: Made['values']): Made =>
    made('aws_lambda_function', 'f', { arn: 'arn:aws:lambda:us-east-1:1:function:f', ...values });

  test('that signs is a part, whoever names it', () => {
    const draft = draftOf(key('k', { key_usage: 'SIGN_VERIFY' }));
    expect(needsOf(draft, 'aws_kms_key.k')).toBe('aws/kms@us-east-1');
    expect(draft.services[0]?.outages).toBe('none');
  });

  test('in modules of its own needs one of them, each in its zone', () => {
    const hsm = (name: string, zone: string): Made =>
      made('aws_cloudhsm_v2_hsm', name, { cluster_id: 'cluster-1', availability_zone: zone });
    const draft = draftOf(
      made('aws_cloudhsm_v2_cluster', 'c', { id: 'cluster-1', cluster_id: 'cluster-1', region: 'us-east-1' }),
      hsm('a', 'us-east-1a'),
      hsm('b', 'us-east-1b'),
    );
    expect(needsOf(draft, 'aws_cloudhsm_v2_cluster.c')).toEqual({
      all: [
        'aws/cloudhsm@us-east-1',
        { atLeast: 1, of: ['aws/ec2@us-east-1/us-east-1a', 'aws/ec2@us-east-1/us-east-1b'] },
      ],
    });
  });

  test('that encrypts is one where a program names it, and a question where none does', () => {
    const told = { environment: [{ variables: { KEY: '0-a-named' } }] };
    const draft = draftOf(
      key('a-named', {}),
      key('b', {}),
      program({ ...told, kms_key_arn: 'arn:aws:kms:us-east-1:1:key/0-b' }),
    );
    expect(draft.services.map(({ name }) => name)).toEqual(['aws_kms_key.a-named', 'aws_lambda_function.f']);
    expect(draft.comments.slice(1)).toEqual([
      '2 of 3 resources were understood.',
      '1 not in this plan, though what runs may stand on them: aws_kms_key. What needs them? Add it.',
    ]);
  });

  test('of which a plan takes the text is asked by nobody, of which it takes the name is', () => {
    const types = ['aws_ssm_parameter', 'aws_secretsmanager_secret_version', 'aws_secretsmanager_secret'];
    const needs = (...references: string[]): DraftRequirement | null | undefined => {
      const text = JSON.stringify({
        format_version: '1.2',
        planned_values: {
          root_module: {
            resources: [...types, 'aws_lambda_function'].map((type) => ({
              ...made(type, 'a', {}),
              address: `${type}.a`,
              mode: 'managed',
            })),
          },
        },
        configuration: {
          root_module: {
            resources: [
              {
                address: 'aws_secretsmanager_secret_version.a',
                expressions: { secret_id: { references: ['aws_secretsmanager_secret.a.id'] } },
              },
              {
                address: 'aws_lambda_function.a',
                expressions: { environment: [{ variables: { references } }] },
              },
            ],
          },
        },
      });
      const { draft } = readTerraform(text, 'plan.json', { asOf: '2026-11-20', catalog });
      return draft === undefined ? undefined : needsOf(draft, 'aws_lambda_function.a');
    };
    expect(needs('aws_ssm_parameter.a.value', 'aws_ssm_parameter.a')).toBe('aws/lambda-unplaced');
    expect(
      needs('aws_secretsmanager_secret_version.a.secret_string', 'aws_secretsmanager_secret_version.a'),
    ).toBe('aws/lambda-unplaced');
    expect(needs('aws_ssm_parameter.a.name', 'aws_ssm_parameter.a')).toEqual({
      all: ['aws/lambda-unplaced', 'aws_ssm_parameter.a'],
    });
    expect(needs('aws_secretsmanager_secret_version.a.arn', 'aws_secretsmanager_secret_version.a')).toEqual({
      all: ['aws/lambda-unplaced', 'aws_secretsmanager_secret.a'],
    });
  });
});

test('what carries what runs is asked about, and not said to be needed by nothing', () => {
  const draft = draftOf(
    balancer('one'),
    made('aws_nat_gateway', 'n', {}),
    made('aws_dx_connection', 'd', {}),
    made('aws_ses_domain_identity', 's', {}),
    made('aws_ssm_parameter_policy', 'p', {}),
  );
  expect(draft.comments.slice(1)).toEqual([
    '1 of 5 resources were understood.',
    '1 left aside, as settings, permissions and records of others: aws_ssm_parameter_policy.',
    '3 not in this plan, though what runs may stand on them: aws_dx_connection, aws_nat_gateway, aws_ses_domain_identity. What needs them? Add it.',
  ]);
});

test('whatever a rule stands on is in the catalogue or has a title: without one its place would be lost', () => {
  const known = new Set(
    catalog.providers.flatMap(({ name, capabilities }) => capabilities.map((one) => `${name}/${one.name}`)),
  );
  const rules = Object.entries({ ...AWS, ...GOOGLE, ...CLOUDFLARE });
  const meant = rules.flatMap(([type, { on }]) => (typeof on === 'string' ? [{ type, on }] : []));
  expect(meant.length).toBeGreaterThan(50);
  expect(meant.filter(({ on }) => !known.has(on) && !Object.hasOwn(CAPABILITIES, on))).toEqual([]);
});
