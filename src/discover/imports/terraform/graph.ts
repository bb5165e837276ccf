import { textsAt } from '../json.ts';
import { AWS } from './aws.ts';
import { bracketed, keyIn, moduleAddress, type Step } from './address.ts';
import { CLOUDFLARE } from './cloudflare.ts';
import { moduleAt, referencesAt, referencesIn, type ConfigResource } from './configuration.ts';
import { GOOGLE } from './google.ts';
import { HostNames } from './host-names.ts';
import { hostIn, hostsWithin, Identities, textsTold } from './identities.ts';
import type { Resource, TerraformFile } from './resources.ts';
import type { Rule, Rules } from './rule.ts';

const RULES: Rules = { ...AWS, ...GOOGLE, ...CLOUDFLARE };
/** Attributes that hold what a program is told. */
const TOLD = [
  'environment',
  'container_definitions',
  'user_data',
  'template',
  'env',
  'service_config',
  'setting',
  'plain_text_binding',
  'kv_namespace_binding',
  'r2_bucket_binding',
  'service_binding',
  'queue_binding',
  'd1_database_binding',
  'bindings',
  'deployment_configs',
  'environment_variables',
  'metadata_startup_script',
];
/** Attributes that name others which are not needed while it runs: where its code came from, where its failures go. */
const NOT_NEEDED = new Set([
  'kms_key_arn',
  'kms_key_id',
  'kms_key_name',
  'kms_key_self_link',
  'encryption_key',
  'root_block_device',
  'ebs_block_device',
  'disk_encryption_key',
  'boot_disk',
  'block_device_mappings',
  'disk',
  's3_bucket',
  's3_key',
  'source',
  'dead_letter_config',
  'tags',
  'tags_all',
  'labels',
  'name',
  'name_prefix',
  'description',
  'role',
  'logging_config',
  'access_logs',
  'service_account',
  'storage_source',
  'build_config',
  'vpc_config',
  'network_interface',
  'network_interfaces',
  'vpc_security_group_ids',
  'security_groups',
  'iam_instance_profile',
  'lifecycle',
  'depends_on',
  'target_tags',
  'monitor',
]);

/** What a type of resource means here; undefined where nothing is known of it. */
export function ruleOf(type: string): Rule | undefined {
  return Object.hasOwn(RULES, type) ? RULES[type] : undefined;
}

/** Who is named at a path of a resource. */
export interface Named {
  readonly resources: readonly Resource[];
  /** Texts that stand there and name no resource of the file. */
  readonly texts: readonly string[];
}

/** The resources of a file, and whom their attributes name. */
export class TerraformGraph {
  readonly file: TerraformFile;
  /** References that go through local values, which a plan does not show. */
  locals = 0;
  /** Most instances that references are followed to. */
  private budget = 5_000_000;
  private readonly identities = new Identities();
  private hosts = new HostNames();
  /** Instances by module and `type.name`. */
  private readonly instances = new Map<string, Resource[]>();
  /** Instances of a module by its address without the last key. */
  private readonly modules = new Map<string, Map<string, readonly Step[]>>();

  constructor(file: TerraformFile) {
    this.file = file;
    for (const resource of file.resources) {
      const rule = ruleOf(resource.type) ?? (ZONES.has(resource.type) ? ZONE : undefined);
      if (rule !== undefined) this.identities.add(resource, rule);
      const base = baseOf(resource);
      const list = this.instances.get(base);
      if (list === undefined) this.instances.set(base, [resource]);
      else list.push(resource);
      for (let depth = 1; depth <= resource.modules.length; depth++)
        this.addModule(resource.modules.slice(0, depth));
    }
  }

  /** Says which names are hosts with records of their own: these stand before whatever is known by the same name. */
  setHosts(hosts: HostNames): void {
    this.hosts = hosts;
  }

  /** The host with records in this file that a name or a URL leads to, by its key. */
  hostAt(text: string): string | undefined {
    return this.hosts.find(/^(?:https?|wss?):\/\//i.test(text) ? hostIn(text) : text);
  }

  /** The host that a record or a domain is of, by its key. */
  hostOf(resource: Resource): string | undefined {
    return this.hosts.of(resource);
  }

  /** What is configured for a resource; only plans say. */
  configOf(resource: Resource): ConfigResource | undefined {
    const root = this.file.configuration?.root;
    if (root === undefined) return undefined;
    const { type, name, isData } = resource;
    return moduleAt(root, resource.modules)?.resources.get(`${isData ? 'data.' : ''}${type}.${name}`);
  }

  /** Whom an attribute names: by its value, and where that is not known, by what its expression refers to. */
  named(resource: Resource, path: string): Named {
    const [attribute = '', type] = path.split(':');
    const steps = attribute.split('.');
    const found = new Map<string, Resource>();
    const texts: string[] = [];
    for (const text of textsAt(resource.values, steps)) {
      const one = type === undefined && this.hosts.has(text) ? undefined : this.identities.find(text, type);
      if (one === undefined) texts.push(text);
      else found.set(one.address, one);
    }
    const config = this.configOf(resource);
    if (config !== undefined) {
      const known = new Set([...found.values()].map(baseOf));
      for (const one of this.follow(referencesAt(config.expressions, steps), resource, config.repeated)) {
        if (type !== undefined && one.type !== type && !isSameTable(one.type, type)) continue;
        if (!known.has(baseOf(one))) found.set(one.address, one);
      }
    }
    found.delete(resource.address);
    return { resources: [...found.values()], texts };
  }

  /**
   * Everyone that a program is told of: in its environment, and in its configuration but for paths that are read apart. Hosts are those
   * with records in this file, by their keys.
   */
  told(
    resource: Resource,
    apart: ReadonlySet<string>,
  ): { readonly resources: readonly Resource[]; readonly hosts: readonly string[] } {
    const found = new Map<string, Resource>();
    const hosts = new Set<string>();
    const isHost = (host: string): boolean => this.hosts.find(host) !== undefined;
    for (const key of TOLD)
      if (!apart.has(key))
        for (const text of textsTold(resource.values, [key])) {
          for (const one of this.identities.findWithin(text, isHost)) found.set(one.address, one);
          for (const host of hostsWithin(text)) {
            const own = this.hosts.find(host);
            if (own !== undefined) hosts.add(own);
          }
        }
    const config = this.configOf(resource);
    if (config !== undefined) {
      const known = new Set([...found.values()].map(baseOf));
      const references = referencesIn(config.expressions, new Set([...NOT_NEEDED, ...apart]));
      for (const one of this.follow(references, resource, config.repeated))
        if (!known.has(baseOf(one))) found.set(one.address, one);
    }
    found.delete(resource.address);
    return { resources: [...found.values()], hosts: [...hosts] };
  }

  /** The resource that a text names. */
  find(text: string, type?: string): Resource | undefined {
    return this.identities.find(text, type);
  }

  /** Those whom a longer text names. */
  findWithin(text: string): Resource[] {
    return this.identities.findWithin(text);
  }

  private follow(references: readonly string[], from: Resource, repeated: readonly string[]): Resource[] {
    const found = new Map<string, Resource>();
    const walk = new Walk(this, found);
    walk.follow(references, from.modules, from.key, repeated, 0);
    this.locals += walk.locals;
    return [...found.values()];
  }

  /** Instances by module and `type.name`. None once so many were followed that no estate has them. */
  instancesOf(base: string): readonly Resource[] {
    const found = this.instances.get(base) ?? [];
    this.budget -= found.length;
    return this.budget < 0 ? [] : found;
  }

  instancesOfModule(modules: readonly Step[], name: string): (readonly Step[])[] {
    return [...(this.modules.get(`${moduleAddress(modules)}>${name}`)?.values() ?? [])];
  }

  private addModule(modules: readonly Step[]): void {
    const last = modules.at(-1);
    if (last === undefined) return;
    const key = `${moduleAddress(modules.slice(0, -1))}>${last.name}`;
    const known = this.modules.get(key) ?? new Map<string, readonly Step[]>();
    known.set(bracketed(last.key), modules);
    this.modules.set(key, known);
  }
}

/** Zones of DNS are found by their ids; the names of their domains are those of hosts. */
const ZONES = new Set(['aws_route53_zone', 'cloudflare_zone', 'google_dns_managed_zone']);
const ZONE: Rule = { as: 'place' };

/** Provider versions call some types by two names. */
function isSameTable(a: string, b: string): boolean {
  return a.replace(/^(aws_)alb/, '$1lb') === b.replace(/^(aws_)alb/, '$1lb');
}

function baseOf({ modules, isData, type, name }: Resource): string {
  return `${moduleAddress(modules)}>${isData ? 'data.' : ''}${type}.${name}`;
}

type Key = string | number | undefined;
/** Most steps of following references through modules. */
const MAX_STEPS = 5000;
const MAX_DEPTH = 30;

/** Follows references through variables and outputs of modules to resources. */
class Walk {
  locals = 0;
  private readonly graph: TerraformGraph;
  private readonly found: Map<string, Resource>;
  private readonly seen = new Set<string>();

  constructor(graph: TerraformGraph, found: Map<string, Resource>) {
    this.graph = graph;
    this.found = found;
  }

  follow(
    references: readonly string[],
    modules: readonly Step[],
    key: Key,
    repeated: readonly string[],
    depth: number,
  ): void {
    const isKeyed = references.some((one) => /^(?:each\.|count\.)/.test(one));
    const all = references.some((one) => one.startsWith('each.value'))
      ? [...references, ...repeated]
      : references;
    for (const reference of mostExact(notRead(all))) {
      const step = `${moduleAddress(modules)}>${reference}>${isKeyed ? bracketed(key) : ''}`;
      if (depth > MAX_DEPTH || this.seen.size > MAX_STEPS || this.seen.has(step)) continue;
      this.seen.add(step);
      this.one(reference, modules, isKeyed ? key : undefined, depth);
    }
  }

  private one(reference: string, modules: readonly Step[], key: Key, depth: number): void {
    if (reference.startsWith('var.')) this.variable(reference, modules, depth);
    if (reference.startsWith('module.')) this.output(reference, modules, key, depth);
    if (reference.startsWith('local.')) this.locals++;
    const match =
      /^((?:data\.)?[a-z][a-z0-9_]*\.[A-Za-z_][A-Za-z0-9_-]*)(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?/.exec(
        reference,
      );
    if (match === null || /^(?:var|module)\./.test(reference)) return;
    const instances = this.graph.instancesOf(`${moduleAddress(modules)}>${match[1]}`);
    const wanted = match[2] === undefined ? key : keyIn(match[2]);
    const exact = wanted === undefined ? [] : instances.filter((one) => one.key === wanted);
    for (const one of exact.length > 0 ? exact : instances) this.found.set(one.address, one);
  }

  /** What the caller of this module gave for a variable. */
  private variable(reference: string, modules: readonly Step[], depth: number): void {
    const name = /^var\.([A-Za-z0-9_-]+)/.exec(reference)?.[1];
    const self = modules.at(-1);
    const root = this.graph.file.configuration?.root;
    if (name === undefined || self === undefined || root === undefined) return;
    const above = modules.slice(0, -1);
    const call = moduleAt(root, above)?.calls.get(self.name);
    if (call === undefined) return;
    this.follow(referencesAt(call.expressions, [name]), above, self.key, call.repeated, depth + 1);
  }

  /** What an output of a module called here stands for. */
  private output(reference: string, modules: readonly Step[], key: Key, depth: number): void {
    const match = /^module\.([A-Za-z0-9_-]+)(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.([A-Za-z0-9_-]+)/.exec(
      reference,
    );
    const root = this.graph.file.configuration?.root;
    if (match === null || root === undefined) return;
    const [, name = '', brackets, output = ''] = match;
    const wanted = brackets === undefined ? key : keyIn(brackets);
    const instances = this.graph.instancesOfModule(modules, name);
    const exact = wanted === undefined ? [] : instances.filter((steps) => steps.at(-1)?.key === wanted);
    for (const steps of exact.length > 0 ? exact : instances) {
      const references = moduleAt(root, steps)?.outputs.get(output) ?? [];
      this.follow(references, steps, undefined, [], depth + 1);
    }
  }
}

/** What is read of a secret when it is applied: the program is given the text itself, and asks nobody for it. */
const READ_ONCE =
  /^((?:data\.)?(?:aws_secretsmanager_secret_version|aws_ssm_parameter|google_secret_manager_secret_version)\.[A-Za-z0-9_-]+(?:\[[^\]]{1,200}\])?)\.(?:secret_string|secret_binary|value|insecure_value|secret_data)\b/;

/** References without those to secrets of which only the text is taken. */
function notRead(references: readonly string[]): string[] {
  const bases = references.flatMap((one) => READ_ONCE.exec(one)?.[1] ?? []);
  if (bases.length === 0) return [...references];
  const left = references.filter((one) => !READ_ONCE.test(one));
  const isAsked = (base: string): boolean => left.some((one) => one.startsWith(`${base}.`));
  // Each reference stands with the resource that it is of, and that one with its list where it is one of several.
  const gone = new Set(
    bases.filter((base) => !isAsked(base)).flatMap((base) => [base, base.replace(/\[[^\]]*\]$/, '')]),
  );
  return left.filter((one) => !gone.has(one));
}

/** References without those that another says more exactly: `aws_instance.app` beside `aws_instance.app[0].id`. */
function mostExact(references: readonly string[]): string[] {
  const all = new Set(references);
  const exact = new Set<string>();
  for (const one of all) {
    const bare = /^(.*?)\[(?:\d+|"(?:[^"\\]|\\.)*")\]/.exec(one)?.[1];
    if (bare !== undefined) exact.add(bare);
  }
  return [...all].filter((one) => !exact.has(one));
}
