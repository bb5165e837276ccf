import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../../catalog/index.ts';
import { draftEdges, type Draft } from '../draft.ts';
import {
  readBackstage,
  readHar,
  readOpenTelemetry,
  readTerraform,
  type Imported,
  type ImportOptions,
} from './index.ts';

const options: ImportOptions = { asOf: '2026-11-20', catalog: EMPTY_CATALOG };
const READERS = { readTerraform, readBackstage, readOpenTelemetry, readHar };
const each = Object.entries(READERS);
const codes = ({ draft, problems }: Imported): string[] => {
  expect(draft).toBeUndefined();
  return problems.map(({ code }) => code);
};
const resource = (type: string, name: string, values: unknown): unknown => ({
  address: `${type}.${name}`,
  mode: 'managed',
  type,
  name,
  provider_name: 'registry.terraform.io/hashicorp/aws',
  values,
});
const state = (...resources: readonly unknown[]): string =>
  JSON.stringify({ format_version: '1.0', values: { root_module: { resources } } });
const drafted = ({ draft, problems }: Imported): Draft => {
  expect(problems).toEqual([]);
  if (draft === undefined) throw new Error('Expected a draft, found none.');
  return draft;
};

describe.each(each)('%s', (name, read) => {
  test('says of an empty file that it is empty', () => {
    expect(codes(read(' \n', 'x', options))).toEqual(['empty-document']);
  });

  test('refuses a file larger than its bound before it is read', () => {
    expect(codes(read('{'.repeat(2000), 'x', { ...options, maxBytes: 1000 }))).toEqual(['file-too-large']);
  });

  test('refuses a hundred million characters by itself', () => {
    expect(codes(read('{'.padEnd(100_000_000, ' '), 'x', options))).toEqual(['file-too-large']);
  });

  test('says where JSON ends too early', () => {
    const [found] = read('{"log":\n  {"entries": [', 'x.json', options).problems;
    expect(found).toMatchObject({ code: 'json-syntax', file: 'x.json', line: 2 });
  });

  test('does not repeat what stands where JSON is broken', () => {
    const { problems } = read('{"password": "hunter2" hunter2}', 'x', options);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  test.each(['[]', '{}', '[1, 2]', '{"__proto__": {"log": {"entries": []}}}', '"text"', '7', 'null'])(
    'has no draft of %s',
    (text) => {
      const { draft, problems } = read(text, 'x', options);
      expect(draft).toBeUndefined();
      expect(problems.length).toBeGreaterThan(0);
    },
  );

  test('is not deceived by names that every object has', () => {
    const text = JSON.stringify({ constructor: 1, toString: [], hasOwnProperty: {} });
    expect(read(text, 'x', options).draft).toBeUndefined();
  });

  test('reads lists a hundred thousand levels deep without falling', () => {
    const deep = `{"values": ${'['.repeat(100_000)}${']'.repeat(100_000)}, "format_version": "1.0"}`;
    expect(read(deep, 'x', options).draft).toBeUndefined();
  });
  expect(name).toMatch(/^read/);
});

describe('readTerraform', () => {
  test('refuses formats of the future and states of the past', () => {
    expect(codes(readTerraform('{"format_version": "2.0", "values": {}}', 'x', options))).toEqual([
      'wrong-type',
    ]);
    expect(codes(readTerraform('{"version": 3, "modules": []}', 'x', options))).toEqual(['wrong-type']);
  });

  test('refuses a million resources', () => {
    const many = `{"version": 4, "resources": [{"mode": "managed", "type": "null_resource", "name": "a", "instances": [${'{},'.repeat(999_999)}{}]}]}`;
    expect(codes(readTerraform(many, 'x', options))).toEqual(['too-many']);
  });

  test('goes no deeper into modules and attributes than it says', () => {
    let module: unknown = { resources: [resource('aws_s3_bucket', 'deep', { id: 'deep' })] };
    for (let depth = 0; depth < 200; depth++) module = { child_modules: [module] };
    const text = JSON.stringify({ format_version: '1.0', values: { root_module: module } });
    expect(codes(readTerraform(text, 'x', options))).toEqual(['nothing-imported']);
    const data = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    const nested = state(resource('aws_instance', 'a', { user_data: 'DEEP' })).replace('"DEEP"', data);
    expect(drafted(readTerraform(nested, 'x', options)).services).toHaveLength(1);
  });

  test('follows paths that lead in circles once', () => {
    const text = state(
      resource('aws_lb', 'a', { arn: 'arn:a', id: 'arn:a' }),
      resource('aws_lb_listener', 'a', {
        id: 'arn:l',
        load_balancer_arn: 'arn:a',
        default_action: [{ target_group_arn: 'arn:t' }],
      }),
      resource('aws_lb_target_group', 'a', { id: 'arn:t' }),
      resource('aws_lb_target_group_attachment', 'a', {
        id: 'x-1',
        target_group_arn: 'arn:t',
        target_id: 'arn:a',
      }),
      resource('aws_lb_target_group_attachment', 'b', {
        id: 'x-2',
        target_group_arn: 'arn:t',
        target_id: 'arn:t',
      }),
    );
    const draft = drafted(readTerraform(text, 'x', options));
    expect(draft.services.map(({ name }) => name)).toEqual(['aws_lb.a']);
    expect(draftEdges(draft).filter(({ from, to }) => from === to)).toEqual([]);
  });

  test('says once what many layers of paths lead to, however often they part and meet', () => {
    const layers = Array.from({ length: 40 }, (_, i) => [
      resource('aws_lb_target_group', `g${i}`, { id: `group-${i}` }),
      ...['a', 'b'].flatMap((side) => [
        resource('aws_lb_target_group_attachment', `${side}${i}`, {
          id: `attachment-${side}-${i}`,
          target_group_arn: `group-${i}`,
          target_id: `rule-${side}-${i}`,
        }),
        resource('aws_lb_listener_rule', `${side}${i}`, {
          id: `rule-${side}-${i}`,
          listener_arn: 'none',
          action: [{ target_group_arn: `group-${i + 1}` }, { target_group_arn: `leaf-${side}-${i}` }],
        }),
        resource('aws_lb_target_group', `leaf-${side}-${i}`, { id: `leaf-${side}-${i}` }),
        resource('aws_lb_target_group_attachment', `leaf-${side}-${i}`, {
          id: `x-${side}-${i}`,
          target_group_arn: `leaf-${side}-${i}`,
          target_id: `bucket-${side}-${i}`,
        }),
        resource('aws_s3_bucket', `${side}${i}`, { id: `bucket-${side}-${i}` }),
      ]),
    ]).flat();
    const text = state(
      ...layers,
      resource('aws_lb', 'top', { id: 'arn:top' }),
      resource('aws_lb_listener', 'top', {
        id: 'l',
        load_balancer_arn: 'arn:top',
        default_action: [{ target_group_arn: 'group-0' }],
      }),
    );
    const { draft } = readTerraform(text, 'x', options);
    expect(JSON.stringify(draft).length).toBeLessThan(2_000_000);
    expect(draft?.services.filter(({ name }) => name.startsWith('aws_s3_bucket.'))).toHaveLength(80);
  });

  test('takes resources whose names are those of every object', () => {
    const text = state(
      resource('aws_sqs_queue', '__proto__', { id: '__proto__', name: 'constructor' }),
      resource('aws_lambda_function', 'toString', {
        id: 'f',
        environment: [{ variables: { A: '__proto__' } }],
      }),
      resource('constructor', 'hasOwnProperty', {}),
    );
    const draft = drafted(readTerraform(text, 'x', options));
    expect(draft.services.map(({ name }) => name)).toEqual([
      'aws_lambda_function.tostring',
      'aws_sqs_queue.__proto',
    ]);
    expect(draft.comments.join('\n')).toContain('constructor');
  });

  test('makes names and remarks of whatever it is given that no terminal is misled by', () => {
    const bad = 'a\u001b[31m\u202e\nred';
    const text = state(
      resource('aws_sqs_queue', bad, { id: 'q' }),
      resource(`aws_${bad}`, 'x', {}),
      resource('aws_instance', 'y', { availability_zone: `us-east-1a\n${bad}` }),
    );
    const said = JSON.stringify(drafted(readTerraform(text, 'x', options)));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(said).not.toMatch(/[\u0000-\u001f\u202e]|\\n|\\u001b/);
  });
});

describe('readBackstage', () => {
  const component = (name: string, spec: string): string =>
    `---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

  test('says where one of many documents is wrong', () => {
    const text = `${component('a', '{type: service}')}---\nkind: [\n`;
    const { draft, problems } = readBackstage(text, 'catalog.yaml', options);
    expect(draft).toBeUndefined();
    expect(problems[0]).toMatchObject({ code: 'yaml-syntax', file: 'catalog.yaml' });
    expect(problems[0]?.line).toBeGreaterThanOrEqual(7);
  });

  test('refuses aliases that grow without bound', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(codes(readBackstage(lines.join('\n'), 'x', options))).toContain('aliases-too-large');
  });

  test('refuses more documents than it reads', () => {
    expect(codes(readBackstage('---\na: b\n'.repeat(20_002), 'x', options))).toEqual(['too-many']);
  });

  test('leaves out the edges that close circles, and says so', () => {
    const ring = ['a', 'b', 'c'].map((name, i) =>
      component(name, `{type: service, dependsOn: [component:${['b', 'c', 'a'][i]}, component:${name}]}`),
    );
    const draft = drafted(readBackstage(ring.join(''), 'x', options));
    expect(draftEdges(draft)).toHaveLength(2);
    expect(draft.services.flatMap(({ comments }) => comments).join(' ')).toContain('circle');
  });

  test('goes through domains within domains without falling', () => {
    const domains = Array.from(
      { length: 1000 },
      (_, i) => `---\nkind: Domain\nmetadata: {name: d${i}}\nspec: {owner: a, subdomainOf: d${i - 1}}\n`,
    );
    const text = component('a', '{dependsOn: ["domain:d0"]}') + domains.join('');
    expect(codes(readBackstage(text, 'x', options))).toEqual(['services-too-deep']);
  });

  test('refuses a row of services longer than a plan may have', () => {
    const row = Array.from({ length: 250 }, (_, i) =>
      component(`s${i}`, `{dependsOn: [component:s${i + 1}]}`),
    );
    expect(codes(readBackstage(row.join(''), 'x', options))).toEqual(['services-too-deep']);
  });
});

describe('readOpenTelemetry', () => {
  test('says which line of many is no JSON', () => {
    const text = '{"resourceSpans": []}\n{"resourceSpans": [}\n';
    const [found] = readOpenTelemetry(text, 'x.jsonl', options).problems;
    expect(found).toMatchObject({ code: 'json-syntax', line: 2 });
  });

  test('gives two thousand parts that are called alike names of their own', () => {
    const data = Array.from({ length: 2000 }, (_, i) => ({
      parent: '!'.repeat(1 + (i % 300)) + i,
      child: `${'?'.repeat(i + 1)}`,
      callCount: 1,
    }));
    const draft = drafted(readOpenTelemetry(JSON.stringify(data), 'x', options));
    expect(new Set(draft.services.map(({ name }) => name)).size).toBe(draft.services.length);
  });

  test('takes a knot of eighty services that all call each other', () => {
    const names = Array.from({ length: 80 }, (_, i) => `s${i}`);
    const data = names.flatMap((parent) => names.map((child) => ({ parent, child, callCount: 1 })));
    const draft = drafted(readOpenTelemetry(JSON.stringify({ data }), 'x', options));
    expect(draft.services).toHaveLength(80);
    // Of two that call each other one edge can stand in a plan.
    expect(draftEdges(draft)).toHaveLength((80 * 79) / 2);
  });

  test('takes spans whose parents go in circles, and counts that are no numbers', () => {
    const span = (spanId: string, parentSpanId: string): unknown => ({
      traceId: 't',
      spanId,
      parentSpanId,
      kind: 3,
    });
    const group = (name: string, spans: unknown[]): unknown => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: name } }] },
      scopeSpans: [{ spans }],
    });
    const text = JSON.stringify({
      resourceSpans: [group('a', [span('1', '2')]), group('b', [span('2', '1')])],
    });
    expect(draftEdges(drafted(readOpenTelemetry(text, 'x', options)))).toHaveLength(1);
    const odd = {
      data: [
        { parent: 'a', child: 'b', callCount: 2 },
        { parent: 'a', child: 'c', callCount: 'many' },
        { parent: 'a', child: 'd', callCount: [] },
        { parent: 'a', child: 'e', callCount: -1 },
        { parent: 1, child: [] },
      ],
    };
    expect(draftEdges(drafted(readOpenTelemetry(JSON.stringify(odd), 'x', options)))).toEqual([
      { from: 'a', to: 'b' },
    ]);
  });
});

describe('readHar', () => {
  test('goes through stacks only so deep, and takes URLs that are none', () => {
    let stack: unknown = { callFrames: [{ url: 'https://deep.example/a.js' }] };
    for (let depth = 0; depth < 3000; depth++) stack = { callFrames: [], parent: stack };
    const entry = (url: unknown, more: object = {}): unknown => ({
      request: { method: 'GET', url },
      response: { status: 200 },
      ...more,
    });
    const entries = [
      entry('https://page.example/', { _resourceType: 'document' }),
      entry('https://api.example/', { _initiator: { type: 'script', stack } }),
      ...[
        '',
        'http://',
        'https://\u0000/',
        'javascript:alert(1)',
        `https://${'a'.repeat(400)}.example/`,
        7,
        null,
      ].map((url) => entry(url)),
    ];
    const draft = drafted(readHar(JSON.stringify({ log: { entries } }), 'x', options));
    expect(draft.services.map(({ name }) => name)).toEqual(['api.example', 'page.example']);
    expect(draftEdges(draft)).toEqual([{ from: 'page.example', to: 'api.example' }]);
  });
});
