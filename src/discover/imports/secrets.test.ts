import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../../catalog/index.ts';
import { writePlan } from '../write-plan.ts';
import { readBackstage, readHar, readOpenTelemetry, readTerraform, type Imported } from './index.ts';

const READERS = {
  terraform: readTerraform,
  backstage: readBackstage,
  otel: readOpenTelemetry,
  har: readHar,
} as const;
const KINDS = ['terraform', 'backstage', 'otel', 'har'] as const;
const folder = new URL('../../../test/imports/', import.meta.url);
const read = (kind: (typeof KINDS)[number], text: string): Imported =>
  READERS[kind](text, 'x', { asOf: '2026-11-20', catalog: EMPTY_CATALOG });
const outputOf = (imported: Imported): string =>
  (
    JSON.stringify(imported) + (imported.draft === undefined ? '' : writePlan(imported.draft, EMPTY_CATALOG))
  ).replace(STORES, '');

/** What stores of secrets are called: types of resources, capabilities and their kind. */
const STORES =
  /(?:aws_secretsmanager|google_secret_manager)_secret\b|(?:aws|gcp)\/secrets?-manager\b|\bsecrets?-manager(?=": |"|:)|\bSecrets? Manager\b|\bkind"?: ?"?secrets\b/g;

/** Names that a reader is there to read: whatever else a file says may be a secret. */
const READ = new Set([
  'address',
  'type',
  'name',
  'mode',
  'module',
  'index',
  'index_key',
  'provider',
  'provider_name',
  'format_version',
  'references',
  'kind',
  'namespace',
  'url',
  'pageref',
  'parent',
  'child',
  'key',
  'traceId',
  'spanId',
  'parentSpanId',
  'redirectURL',
  'targetRef',
  '_resourceType',
  'mimeType',
  'method',
  'jsonrpc',
  'connection_type',
  'provider_config_key',
  'full_name',
  'zone_id',
  'hosted_zone_id',
  'dependsOn',
  'providesApis',
  'consumesApis',
  'system',
]);
/** Texts that name places, hosts and other entries. */
const NAMING =
  /^(?:arn:|https?:|wss?:|i-|subnet-|projects\/|[a-z0-9-]+\.[a-z0-9.-]+|us-|eu-|europe|\d+\.\d+)/;

/** Attributes of spans, resources and metrics that name services and places. */
const ATTRIBUTES = new Set([
  'service.name',
  'peer.service',
  'server.address',
  'net.peer.name',
  'db.system',
  'db.system.name',
  'db.name',
  'db.namespace',
  'messaging.system',
  'rpc.system',
  'rpc.service',
  'cloud.provider',
  'cloud.platform',
  'cloud.region',
  'cloud.availability_zone',
  'client',
  'server',
  'connection_type',
  'url.full',
  'http.url',
]);

/** The same file with a secret in place of every text, and beside every field, that is not read for names. */
function poisoned(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => poisoned(one, key));
  if (typeof value === 'object' && value !== null)
    if ('key' in value && 'value' in value && ATTRIBUTES.has(String(value.key))) return value;
    else
      return {
        ...Object.fromEntries(Object.entries(value).map(([inner, one]) => [inner, poisoned(one, inner)])),
        password: 'SECRET-beside',
        description: 'SECRET-said',
        token: { value: 'SECRET-within', user: 'SECRET-user' },
        'SECRET key': 1,
      };
  if (typeof value !== 'string' || READ.has(key) || NAMING.test(value)) return value;
  return `SECRET-${value}`;
}

describe('no secret of a file comes out', () => {
  const files = KINDS.flatMap((kind) =>
    readdirSync(new URL(`${kind}/`, folder))
      .filter((name) => !name.endsWith('.truth.json'))
      .map((name) => [kind, name] as const),
  );

  test.each(files)('%s/%s holds some, and its draft none', (kind, name) => {
    const text = readFileSync(new URL(`${kind}/${name}`, folder), 'utf8');
    const imported = read(kind, text);
    expect(imported.draft).toBeDefined();
    // In the fixtures every secret has the word in it.
    expect(outputOf(imported)).not.toMatch(/secret/i);
  });

  test.each(files.filter(([, name]) => /\.(?:json|har)$/.test(name)))(
    '%s/%s with one in every field gives none away',
    (kind, name) => {
      const text = readFileSync(new URL(`${kind}/${name}`, folder), 'utf8');
      const whole = poisoned(JSON.parse(text));
      const output = outputOf(read(kind, JSON.stringify(whole)));
      expect(output).not.toMatch(/secret/i);
    },
  );

  test('URLs with users, passwords and queries leave nothing but their hosts', () => {
    const entries = [
      {
        request: { method: 'GET', url: 'https://user:SECRET@page.example/SECRET?key=SECRET#SECRET' },
        _resourceType: 'document',
      },
      {
        request: {
          method: 'POST',
          url: 'https://rpc.example/v3/SECRET',
          postData: { text: '{"jsonrpc":"2.0","method":"eth_call","params":["SECRET"]}' },
        },
      },
      {
        request: {
          method: 'POST',
          url: 'https://rpc.example/v3/SECRET',
          postData: { text: '{"jsonrpc":"2.0","method":"SECRET method","params":[]}' },
        },
      },
    ];
    const output = outputOf(read('har', JSON.stringify({ log: { entries } })));
    expect(output).toContain('page.example');
    expect(output).toContain('eth_call');
    expect(output).not.toContain('SECRET');
  });

  const secret = 'SECRET'.repeat(35);
  test.each([
    ['url.full', `https://${secret}@api.example/x`],
    ['http.url', `https://user:${secret}@api.example/x`],
    ['server.address', 'user:SECRET@api.example:5432'],
    ['server.address', 'postgres://user:SECRET@api.example/SECRET'],
    ['peer.service', 'https://SECRET:SECRET@api.example/SECRET?x=SECRET'],
    ['db.namespace', 'postgres://user:SECRET@api.example/SECRET'],
  ])('of %s with a user and a password the host alone is left: %#', (key, stringValue) => {
    const attributes = [
      { key: 'db.system', value: { stringValue: 'postgresql' } },
      { key, value: { stringValue } },
    ];
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
    const spans = [{ traceId: '1', spanId: '2', kind: 3, attributes }];
    const output = outputOf(
      read('otel', JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })),
    );
    expect(output).toContain('api.example');
    expect(output).not.toMatch(/secret/i);
  });

  test('a long user in a URL of a recording is no host', () => {
    const url = `https://secret.example:${'x'.repeat(600)}@page.example/`;
    const entries = [{ request: { method: 'GET', url }, _resourceType: 'document' }];
    const output = outputOf(read('har', JSON.stringify({ log: { entries } })));
    expect(output).toContain('page.example');
    expect(output).not.toMatch(/secret/i);
  });
});
