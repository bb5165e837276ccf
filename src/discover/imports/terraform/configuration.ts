import { field, fieldsOf, listOf, recordOf, textOf } from '../json.ts';
import type { Step } from './address.ts';

/** The configuration of a plan: expressions as they were written, with what they refer to. */
export interface Configuration {
  readonly root: ConfigModule;
  /** Region by the key of a provider's configuration: `aws`, `aws.west`, `module.eu:aws`. */
  readonly regions: ReadonlyMap<string, string>;
}

export interface ConfigModule {
  /** By `aws_lb.web` or `data.aws_subnet.a`. */
  readonly resources: ReadonlyMap<string, ConfigResource>;
  readonly calls: ReadonlyMap<string, ConfigCall>;
  /** What the expression of an output refers to. */
  readonly outputs: ReadonlyMap<string, readonly string[]>;
}

export interface ConfigResource {
  readonly expressions: unknown;
  /** What `for_each` or `count` refers to. */
  readonly repeated: readonly string[];
  readonly providerKey: string;
}

export interface ConfigCall {
  readonly expressions: unknown;
  readonly repeated: readonly string[];
  readonly module: ConfigModule;
}

const MAX_MODULES = 40;
const REGION = /^[a-z]{2,}(?:-[a-z]+)+-?\d{1,2}(?:-[a-z])?$/;

/** Reads the `configuration` of a plan. Of `variables` only such values are read as are regions. */
export function readConfiguration(value: unknown, variables: unknown): Configuration {
  return {
    root: readModule(field(value, 'root_module'), 0),
    regions: new Map(
      fieldsOf(field(value, 'provider_config')).flatMap(([key, provider]) => {
        const region = regionOf(field(provider, 'expressions'), variables);
        return region === undefined ? [] : [[key, region] as const];
      }),
    ),
  };
}

function readModule(value: unknown, depth: number): ConfigModule {
  const resources = new Map<string, ConfigResource>();
  const calls = new Map<string, ConfigCall>();
  const outputs = new Map<string, readonly string[]>();
  if (depth > MAX_MODULES) return { resources, calls, outputs };
  for (const one of listOf(field(value, 'resources'))) {
    const address = textOf(field(one, 'address'));
    if (address === undefined) continue;
    resources.set(address, {
      expressions: field(one, 'expressions'),
      repeated: repeatedBy(one),
      providerKey: textOf(field(one, 'provider_config_key')) ?? '',
    });
  }
  for (const [name, call] of fieldsOf(field(value, 'module_calls')))
    calls.set(name, {
      expressions: field(call, 'expressions'),
      repeated: repeatedBy(call),
      module: readModule(field(call, 'module'), depth + 1),
    });
  for (const [name, output] of fieldsOf(field(value, 'outputs')))
    outputs.set(name, referencesIn(field(output, 'expression')));
  return { resources, calls, outputs };
}

function repeatedBy(value: unknown): string[] {
  return [
    ...referencesIn(field(value, 'for_each_expression')),
    ...referencesIn(field(value, 'count_expression')),
  ];
}

function regionOf(expressions: unknown, variables: unknown): string | undefined {
  for (const key of ['region', 'zone']) {
    const expression = field(expressions, key);
    const said = textOf(field(expression, 'constant_value')) ?? variableOf(expression, variables);
    if (said !== undefined && REGION.test(said)) return key === 'zone' ? said.replace(/-[a-z]$/, '') : said;
  }
  return undefined;
}

/** The value of the one variable that an expression is. */
function variableOf(expression: unknown, variables: unknown): string | undefined {
  const name = /^var\.([A-Za-z0-9_-]+)$/.exec(referencesIn(expression)[0] ?? '')?.[1];
  return name === undefined ? undefined : textOf(field(field(variables, name), 'value'));
}

/** Most references of one expression that are followed. */
const MAX_REFERENCES = 2000;
const MAX_DEPTH = 24;

/** Everything that an expression, or the expressions within a block, refer to. */
export function referencesIn(value: unknown, skip: ReadonlySet<string> = new Set()): string[] {
  const found: string[] = [];
  const visit = (one: unknown, depth: number): void => {
    if (depth > MAX_DEPTH || found.length >= MAX_REFERENCES) return;
    for (const item of Array.isArray(one) ? one : [one]) {
      const references = field(item, 'references');
      if (Array.isArray(references)) {
        for (const reference of references) if (typeof reference === 'string') found.push(reference);
        continue;
      }
      for (const [key, inner] of fieldsOf(item))
        if (key !== 'constant_value' && !skip.has(key)) visit(inner, depth + 1);
    }
  };
  visit(value, 0);
  return found.slice(0, MAX_REFERENCES);
}

/** What stands at a path of an expression refers to: `default_action.forward.target_group.arn`. */
export function referencesAt(expressions: unknown, path: readonly string[]): string[] {
  let at: unknown[] = [expressions];
  const found: string[] = [];
  for (const key of path) {
    const next: unknown[] = [];
    for (const one of at.flatMap((item) => (Array.isArray(item) ? (item as unknown[]) : [item]))) {
      // A list of blocks that was written as one expression: what it refers to stands at its head.
      if (Array.isArray(field(one, 'references'))) found.push(...referencesIn(one));
      else if (recordOf(field(one, key)) !== undefined || Array.isArray(field(one, key)))
        next.push(field(one, key));
    }
    at = next;
  }
  return [...found, ...at.flatMap((one) => referencesIn(one))];
}

/** The configuration of a module's instance. */
export function moduleAt(root: ConfigModule, modules: readonly Step[]): ConfigModule | undefined {
  let at: ConfigModule | undefined = root;
  for (const { name } of modules) at = at?.calls.get(name)?.module;
  return at;
}
