import { problem, type Problem } from '../../../problems.ts';
import { field, fieldsOf, listOf, recordOf, textOf, type JsonRecord } from '../json.ts';
import { bracketed, modulesIn, type Step } from './address.ts';
import { readConfiguration, type Configuration } from './configuration.ts';

/** Most resources of a file. */
export const MAX_RESOURCES = 50_000;
/** Deepest nesting of modules. */
const MAX_MODULES = 40;

/** One instance of a resource, or of a data source. */
export interface Resource {
  /** `module.api["eu"].aws_instance.node[0]`. */
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly isData: boolean;
  readonly modules: readonly Step[];
  readonly key: string | number | undefined;
  /** What is known of its attributes, without those marked as sensitive. */
  readonly values: JsonRecord;
  /** `hashicorp/aws`, as far as it is said. */
  readonly provider: string;
}

/** A plan or a state, in one form. */
export interface TerraformFile {
  readonly kind: 'plan' | 'state';
  readonly resources: readonly Resource[];
  /** Expressions as they were written; only plans have them. */
  readonly configuration: Configuration | undefined;
}

type Read = { readonly found: TerraformFile } | { readonly problem: Problem };

/** Reads the JSON of `terraform show -json` (plan or state, format 0.1 to 1.x) or a state file of version 4. */
export function readResources(value: unknown, file: string): Read {
  const refuse = (found: string): Read => ({
    problem: problem('wrong-type', { file, line: 1, column: 1 }, { expected: EXPECTED, found }),
  });
  const root = recordOf(value);
  if (root === undefined) return refuse('no mapping');
  const version = textOf(field(root, 'format_version'));
  const isShown = version !== undefined && /^[01]\./.test(version);
  const reading = new Reading();
  let kind: TerraformFile['kind'] = 'state';
  let configuration: Configuration | undefined;
  if (isShown && field(root, 'planned_values') !== undefined) {
    kind = 'plan';
    const before = new Reading();
    before.module(field(field(field(root, 'prior_state'), 'values'), 'root_module'), 0);
    reading.module(field(field(root, 'planned_values'), 'root_module'), 0);
    if (before.tooMany || reading.tooMany) return tooMany(file, reading.count);
    reading.complete(before.found);
    configuration = readConfiguration(field(root, 'configuration'), field(root, 'variables'));
  } else if (isShown && field(root, 'values') !== undefined) {
    reading.module(field(field(root, 'values'), 'root_module'), 0);
  } else if (field(root, 'version') === 4 && Array.isArray(field(root, 'resources'))) {
    reading.stored(listOf(field(root, 'resources')));
  } else if (version !== undefined && !isShown) return refuse(`format_version "${version}"`);
  else if (typeof field(root, 'version') === 'number')
    return refuse(`a state of version ${String(field(root, 'version'))}`);
  else return refuse('neither planned_values nor values nor the resources of a state');
  if (reading.tooMany) return tooMany(file, reading.count);
  return { found: { kind, resources: [...reading.found.values()], configuration } };
}

const EXPECTED =
  'a plan or state of terraform show -json (format_version 0.1 to 1.x), or a state file of version 4';

function tooMany(file: string, count: number): Read {
  return {
    problem: problem(
      'too-many',
      { file, line: 1, column: 1 },
      { what: 'resources', max: MAX_RESOURCES, found: count },
    ),
  };
}

class Reading {
  readonly found = new Map<string, Resource>();
  count = 0;

  get tooMany(): boolean {
    return this.count > MAX_RESOURCES;
  }

  /** A module of `terraform show -json`, with those in it. */
  module(value: unknown, depth: number): void {
    if (depth > MAX_MODULES) return;
    const modules = modulesIn(textOf(field(value, 'address')) ?? '');
    for (const one of listOf(field(value, 'resources'))) {
      const type = textOf(field(one, 'type'));
      const name = textOf(field(one, 'name'));
      const address = textOf(field(one, 'address'));
      if (type === undefined || name === undefined || address === undefined) continue;
      this.add({
        address,
        type,
        name,
        isData: field(one, 'mode') === 'data',
        modules,
        key: keyOf(field(one, 'index')),
        values: openValues(field(one, 'values'), field(one, 'sensitive_values')),
        provider: textOf(field(one, 'provider_name')) ?? '',
      });
    }
    for (const child of listOf(field(value, 'child_modules'))) {
      if (this.tooMany) return;
      this.module(child, depth + 1);
    }
  }

  /** Resources of a state file. */
  stored(resources: readonly unknown[]): void {
    for (const one of resources) {
      const type = textOf(field(one, 'type'));
      const name = textOf(field(one, 'name'));
      if (type === undefined || name === undefined) continue;
      const module = textOf(field(one, 'module'));
      const isData = field(one, 'mode') === 'data';
      const base = [...(module === undefined ? [] : [module]), ...(isData ? ['data'] : []), type, name].join(
        '.',
      );
      for (const instance of listOf(field(one, 'instances'))) {
        // What is being replaced stands beside its follower, marked as deposed.
        if (field(instance, 'deposed') !== undefined) continue;
        if (this.tooMany) return;
        const key = keyOf(field(instance, 'index_key'));
        this.add({
          address: `${base}${bracketed(key)}`,
          type,
          name,
          isData,
          modules: modulesIn(module ?? ''),
          key,
          values: storedValues(
            field(instance, 'attributes'),
            listOf(field(instance, 'sensitive_attributes')),
          ),
          provider: textOf(field(one, 'provider')) ?? '',
        });
      }
    }
  }

  /** Data sources, and what was known of resources that stay, from the state before the plan. */
  complete(before: ReadonlyMap<string, Resource>): void {
    for (const [address, old] of before) {
      const known = this.found.get(address);
      if (known === undefined) {
        if (old.isData) this.found.set(address, old);
      } else this.found.set(address, { ...known, values: { ...old.values, ...known.values } });
    }
  }

  private add(resource: Resource): void {
    this.count++;
    if (!this.tooMany) this.found.set(resource.address, resource);
  }
}

function keyOf(value: unknown): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

/** Attributes without those that `sensitive` marks, and without nulls. */
function openValues(values: unknown, sensitive: unknown): JsonRecord {
  return Object.fromEntries(
    fieldsOf(values).flatMap(([key, value]) => {
      const open = unmarked(value, field(sensitive, key), 0);
      return open === undefined || open === null ? [] : [[key, open]];
    }),
  );
}

/** Deepest nesting of attributes that is looked into. */
const MAX_DEPTH = 24;

function unmarked(value: unknown, mark: unknown, depth: number): unknown {
  if (mark === true || depth > MAX_DEPTH) return undefined;
  if (Array.isArray(value)) {
    const marks = listOf(mark);
    return value.map((one, at) => unmarked(one, marks[at], depth + 1));
  }
  const record = recordOf(value);
  if (record === undefined) return value;
  return Object.fromEntries(
    Object.entries(record).map(([key, one]) => [key, unmarked(one, field(mark, key), depth + 1)]),
  );
}

/** Of a state file, where a mark is a path of steps: `[{type: get_attr, value: password}]`. What lies under its first step is left out. */
function storedValues(attributes: unknown, paths: readonly unknown[]): JsonRecord {
  const marked = new Set(
    paths.map((path) => field(listOf(path)[0], 'value')).filter((key) => typeof key === 'string'),
  );
  const marks = Object.fromEntries([...marked].map((key) => [key, true]));
  return openValues(attributes, marks);
}
