import type { DraftRequirement } from '../../draft.ts';
import { field, fieldsOf, textOf, textsAt, valuesAt } from '../json.ts';
import type { Part, Parts } from '../parts.ts';
import { allOf, firstOf, oneOf } from '../requirements.ts';
import type { Builder } from './build.ts';
import type { TerraformGraph } from './graph.ts';
import type { Host } from './host-names.ts';
import { recordKind, zoneOf } from './hosts.ts';
import type { Resource } from './resources.ts';

/** Makes what hosts need of records, load balancers, routes and domains. */
export class Records {
  private readonly graph: TerraformGraph;
  private readonly parts: Parts;
  private readonly builder: Builder;
  private readonly hosts: ReadonlyMap<string, Host>;
  /** Protections of zones of Cloudflare, by the zone. */
  private readonly protections = new Map<string, Set<string>>();
  private wildcards = 0;
  /** Further needs of hosts: workers on their routes, what stands behind their tunnels. */
  private readonly further = new Map<string, DraftRequirement[]>();

  constructor(graph: TerraformGraph, parts: Parts, builder: Builder, hosts: ReadonlyMap<string, Host>) {
    this.graph = graph;
    this.parts = parts;
    this.builder = builder;
    this.hosts = hosts;
    for (const resource of graph.file.resources) this.add(resource);
  }

  addHost(host: Host): void {
    const part = this.parts.of(host.key);
    const needs = [
      ...this.names(host),
      ...this.edges(host),
      ...host.naming.map((one) => this.named(one, part)),
      allOf([...byType(host.records)].map((records) => this.targets(records, part))),
      ...(this.further.get(host.key) ?? []),
    ];
    const all = allOf(needs);
    if (all !== undefined) part.needs.push(all);
    part.isOnlyItsNeeds = true;
    part.isName = true;
    part.notes.push([...new Set([...host.records, ...host.naming].map(({ type }) => type))].join(' and '));
    if (host.isPrivate)
      part.comments.push(
        'A name in a private zone: who answers for it inside of the network is not counted.',
      );
    else part.isEntry = true;
  }

  /** Who answers for the name. Two providers of one zone stand in for each other. */
  private names({ records, naming, isPrivate }: Host): (DraftRequirement | undefined)[] {
    if (isPrivate) return [];
    const providers = new Set<string>();
    for (const { type } of [...records, ...naming]) {
      const kind = recordKind(type) ?? (type.startsWith('cloudflare_') ? 'cloudflare' : undefined);
      if (kind !== undefined)
        providers.add({ route53: 'route53/dns', cloudflare: 'cloudflare/dns', google: 'gcp/dns' }[kind]);
    }
    return [oneOf([...providers])];
  }

  /** The proxy before a host, and the protections of its zone. */
  private edges({ records, naming }: Host): string[] {
    const found: string[] = [];
    for (const one of [...records, ...naming]) {
      if (field(one.values, 'proxied') !== true) continue;
      found.push('cloudflare/cdn');
      for (const protection of this.protections.get(this.zoneKey(one) ?? '') ?? []) found.push(protection);
    }
    return [...new Set(found)];
  }

  /** What records of one type lead to: with a policy as it says, else one of what stands there. */
  private targets(records: readonly Resource[], part: Part): DraftRequirement | undefined {
    const sets = records.map((record) => ({
      record,
      policy: policyOf(record),
      target: this.target(record, part),
    }));
    const plain = sets.filter(({ policy }) => policy === undefined);
    const failover = sets.filter(({ policy }) => policy === 'failover');
    const shared = sets.filter(({ policy }) => policy === 'shared');
    if (plain.length > 1)
      part.comments.push('Several records: one of what they lead to is taken to be enough.');
    return allOf([
      oneOf(plain.map(({ target }) => target)),
      firstOf([
        ...failover.filter(({ record }) => !isSecondary(record)).map(({ target }) => target),
        ...failover.filter(({ record }) => isSecondary(record)).map(({ target }) => target),
      ]),
      this.shared(shared, part),
    ]);
  }

  /** Records among which users are shared out: with health checks one is enough, without them each is needed by its share. */
  private shared(
    sets: readonly { record: Resource; target: DraftRequirement | undefined }[],
    part: Part,
  ): DraftRequirement | undefined {
    const targets = sets.map(({ target }) => target);
    if (sets.length < 2) return allOf(targets);
    if (sets.every(({ record }) => this.isChecked(record))) {
      part.comments.push(
        'Users are shared out, with health checks: one of these is taken to be enough. Can each carry all of them?',
      );
      return oneOf(targets);
    }
    part.comments.push(
      'Users are shared out without health checks: when one fails, its share of users is down.',
    );
    return allOf(targets);
  }

  private isChecked(record: Resource): boolean {
    return (
      textOf(field(record.values, 'health_check_id')) !== undefined ||
      valuesAt(record.values, ['alias', 'evaluate_target_health']).includes(true) ||
      this.graph.named(record, 'health_check_id').resources.length > 0 ||
      field(this.graph.configOf(record)?.expressions, 'health_check_id') !== undefined
    );
  }

  private target(record: Resource, part: Part): DraftRequirement | undefined {
    const found: (DraftRequirement | undefined)[] = [];
    let hasPlaceholder = false;
    for (const path of TARGETS) {
      const { resources, texts: all } = this.graph.named(record, path);
      const texts = all.filter((text) => !isPlaceholder(record, text));
      if (texts.length < all.length) hasPlaceholder = true;
      const targets = [
        ...resources.map((one) => this.builder.requirementOf(one)),
        ...texts.map((text) => this.builder.answerAt(text)),
      ].filter((one) => one !== part.name);
      found.push(
        recordKind(record.type) === 'google' && path.includes('routing_policy')
          ? allOf(targets)
          : oneOf(targets),
      );
    }
    const target = allOf(found);
    if (hasPlaceholder)
      part.comments.push(
        'Its address is a placeholder: the proxy answers by itself, by a worker, a rule or a tunnel that the file may not have.',
      );
    else if (target === undefined)
      part.comments.push('What it leads to is not in the file, or known only once it is applied.');
    return target;
  }

  /** What a load balancer or a domain of its own leads to. */
  private named(resource: Resource, part: Part): DraftRequirement | undefined {
    const each = (path: string): (DraftRequirement | undefined)[] =>
      this.graph.named(resource, path).resources.map((one) => this.builder.requirementOf(one));
    if (resource.type !== 'cloudflare_load_balancer') return allOf(OWNERS.flatMap((path) => each(path)));
    const pools = [...each('default_pool_ids'), ...each('default_pools')];
    const last = [...each('fallback_pool_id'), ...each('fallback_pool')];
    const steering = textOf(field(resource.values, 'steering_policy')) ?? 'off';
    part.comments.push('Pools stand in for each other. Can each of them carry all users?');
    return allOf([
      'cloudflare/load-balancing',
      steering === 'off' ? firstOf([...pools, ...last]) : oneOf([...pools, ...last]),
    ]);
  }

  private add(resource: Resource): void {
    const { type, values } = resource;
    const protection = protectionOf(resource);
    const zone = protection === undefined ? undefined : this.zoneKey(resource);
    if (protection !== undefined && zone !== undefined)
      this.protections.set(zone, (this.protections.get(zone) ?? new Set()).add(protection));
    if (type === 'cloudflare_worker_route' || type === 'cloudflare_workers_route') {
      const pattern =
        (textOf(field(values, 'pattern')) ?? '').replace(/^https?:\/\//, '').split('/')[0] ?? '';
      const workers = [
        'script_name:cloudflare_workers_script',
        'script_name:cloudflare_worker_script',
        'script:cloudflare_workers_script',
      ]
        .flatMap((path) => this.graph.named(resource, path).resources)
        .map((one) => this.builder.requirementOf(one));
      for (const key of this.matching(pattern.toLowerCase())) this.needFurther(key, workers);
    }
    if (!type.endsWith('tunnel_config') && !type.endsWith('cloudflared_config')) return;
    for (const rule of [
      ...valuesAt(values, ['config', 'ingress_rule']),
      ...valuesAt(values, ['config', 'ingress']),
    ]) {
      const key = (textOf(field(rule, 'hostname')) ?? '').toLowerCase();
      const service = textOf(field(rule, 'service')) ?? '';
      const where = /^[a-z][a-z0-9+]{1,9}:\/\/([^/:]+)/.exec(service)?.[1];
      if (this.hosts.has(key) && where?.includes('.') === true)
        this.needFurther(key, [this.builder.answerAt(where)]);
    }
  }

  private needFurther(key: string, needs: readonly (DraftRequirement | undefined)[]): void {
    const known = this.further.get(key) ?? [];
    known.push(...needs.filter((one) => one !== undefined));
    this.further.set(key, known);
  }

  /** Hosts that the host of a route's pattern covers: `*.example.com` covers `www.example.com`. */
  private matching(pattern: string): string[] {
    if (!pattern.startsWith('*')) return this.hosts.has(pattern) ? [pattern] : [];
    const end = pattern.replace(/^\*+/, '');
    return end === '' || ++this.wildcards > MAX_WILDCARDS
      ? []
      : [...this.hosts.keys()].filter((key) => key.endsWith(end));
  }

  private zoneKey(resource: Resource): string | undefined {
    return zoneOf(this.graph, resource)?.address ?? textOf(field(resource.values, 'zone_id'));
  }
}

/** Most routes with wildcards that are held against all hosts. */
const MAX_WILDCARDS = 500;
const TARGETS = [
  'alias.name',
  'records',
  'content',
  'value',
  'rrdatas',
  'routing_policy.wrr.rrdatas',
  'routing_policy.geo.rrdatas',
];
const OWNERS = [
  'project_name:cloudflare_pages_project',
  'service:cloudflare_workers_script',
  'service:cloudflare_worker_script',
  'bucket_name:cloudflare_r2_bucket',
  'spec.route_name:google_cloud_run_service',
  'spec.route_name:google_cloud_run_v2_service',
];

/** Addresses at which nobody stands: those kept for documentation, and the prefix 100::/64, at which everything is discarded (RFC 6666). */
const NOBODYS = [
  /^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}$/,
  /^0?100(?::0{1,4}){0,3}::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,3})?$/,
  /^0?100(?::0{1,4}){3}(?::[0-9a-f]{1,4}){4}$/,
  /^2001:0?db8:/,
];

/** What a proxied record of Cloudflare without an origin is given in place of one. Without the proxy it would be what users reach. */
function isPlaceholder({ values }: Resource, text: string): boolean {
  return field(values, 'proxied') === true && NOBODYS.some((range) => range.test(text.toLowerCase()));
}

/** Records of a host by their type: those of one type are answered together. */
function byType(records: readonly Resource[]): Iterable<Resource[]> {
  const types = new Map<string, Resource[]>();
  for (const record of records) {
    const type = textOf(field(record.values, 'type')) ?? 'A';
    const same = types.get(type);
    if (same === undefined) types.set(type, [record]);
    else same.push(record);
  }
  return types.values();
}

/** How a record of Route 53 is chosen among those of its name. */
function policyOf({ values }: Resource): 'failover' | 'shared' | undefined {
  const has = (key: string): boolean => {
    const value = field(values, key);
    return Array.isArray(value) ? value.length > 0 : fieldsOf(value).length > 0;
  };
  if (has('failover_routing_policy')) return 'failover';
  const isShared =
    ['weighted', 'latency', 'geolocation', 'geoproximity', 'cidr'].some((one) =>
      has(`${one}_routing_policy`),
    ) || field(values, 'multivalue_answer_routing_policy') === true;
  return isShared ? 'shared' : undefined;
}

function isSecondary({ values }: Resource): boolean {
  return textsAt(values, ['failover_routing_policy', 'type']).includes('SECONDARY');
}

/** What a resource puts before the hosts of its zone. */
function protectionOf({ type, values }: Resource): string | undefined {
  if (type === 'cloudflare_bot_management') return 'cloudflare/bot-management';
  if (
    [
      'cloudflare_filter',
      'cloudflare_firewall_rule',
      'cloudflare_waf_package',
      'cloudflare_rate_limit',
    ].includes(type)
  )
    return 'cloudflare/waf';
  if (type !== 'cloudflare_ruleset') return undefined;
  const phase = textOf(field(values, 'phase')) ?? '';
  if (phase === 'ddos_l7') return 'cloudflare/ddos';
  return /^http_request_firewall|^http_ratelimit/.test(phase) ? 'cloudflare/waf' : undefined;
}
