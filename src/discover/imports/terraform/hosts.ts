import { field, textOf, textsAt } from '../json.ts';
import { toHost } from '../names.ts';
import { readable } from './address.ts';
import type { TerraformGraph } from './graph.ts';
import type { Host } from './host-names.ts';
import type { Resource } from './resources.ts';

/** Records of DNS, by their type of resource. */
const RECORDS: Readonly<Record<string, 'route53' | 'cloudflare' | 'google'>> = {
  aws_route53_record: 'route53',
  cloudflare_record: 'cloudflare',
  cloudflare_dns_record: 'cloudflare',
  google_dns_record_set: 'google',
};
/** What else gives a host its own name, and the attribute that has it. */
const NAMING: Readonly<Record<string, string>> = {
  cloudflare_load_balancer: 'name',
  cloudflare_pages_domain: 'domain',
  cloudflare_workers_domain: 'hostname',
  cloudflare_worker_domain: 'hostname',
  cloudflare_workers_custom_domain: 'hostname',
  cloudflare_r2_custom_domain: 'domain',
  google_cloud_run_domain_mapping: 'name',
};
/** What adds to hosts that others name. */
const ADDING = new Set([
  'cloudflare_worker_route',
  'cloudflare_workers_route',
  'cloudflare_ruleset',
  'cloudflare_filter',
  'cloudflare_firewall_rule',
  'cloudflare_waf_package',
  'cloudflare_rate_limit',
  'cloudflare_bot_management',
  'cloudflare_tunnel_config',
  'cloudflare_zero_trust_tunnel_cloudflared_config',
]);
const ZONES = new Set(['aws_route53_zone', 'cloudflare_zone', 'google_dns_managed_zone']);

/** Whether hosts.ts and records.ts read a type. */
export function isOfHosts(type: string): boolean {
  return Object.hasOwn(RECORDS, type) || Object.hasOwn(NAMING, type) || ADDING.has(type) || ZONES.has(type);
}

/** Which of the three kinds of DNS a record is of. */
export function recordKind(type: string): 'route53' | 'cloudflare' | 'google' | undefined {
  return Object.hasOwn(RECORDS, type) ? RECORDS[type] : undefined;
}

/** Hosts of a file, by their names. Records that are no addresses (mail, texts, proofs of ownership) are left out. */
export function hostsOf(graph: TerraformGraph): Map<string, Host> {
  const hosts = new Map<string, Host>();
  const of = (key: string): Host => {
    const known = hosts.get(key) ?? { key, records: [], naming: [], isPrivate: false, isWildcard: false };
    hosts.set(key, known);
    return known;
  };
  for (const resource of graph.file.resources) {
    if (resource.isData) continue;
    if (Object.hasOwn(RECORDS, resource.type)) {
      if (!leadsOn(resource) || isProof(graph, resource)) continue;
      const host = of(
        hostName(graph, resource, textOf(field(resource.values, 'name'))) ?? readable(resource.address),
      );
      host.records.push(resource);
      if (isPrivate(graph, resource)) host.isPrivate = true;
      if (isWildcard(resource)) host.isWildcard = true;
      continue;
    }
    const attribute = Object.hasOwn(NAMING, resource.type) ? NAMING[resource.type] : undefined;
    if (attribute === undefined) continue;
    const name = textOf(field(resource.values, attribute)) ?? textOf(field(resource.values, 'name'));
    of(hostName(graph, resource, name) ?? readable(resource.address)).naming.push(resource);
  }
  return hosts;
}

function isWildcard({ values }: Resource): boolean {
  return (textOf(field(values, 'name')) ?? '').startsWith('*');
}

function leadsOn({ values }: Resource): boolean {
  return ['A', 'AAAA', 'CNAME'].includes((textOf(field(values, 'type')) ?? 'A').toUpperCase());
}

/** Records by which certificates and domains are proven lead nowhere that users go. */
function isProof(graph: TerraformGraph, resource: Resource): boolean {
  if ((textOf(field(resource.values, 'name')) ?? '').startsWith('_')) return true;
  const config = graph.configOf(resource);
  return (
    config !== undefined &&
    JSON.stringify([config.expressions, config.repeated]).includes('domain_validation_options')
  );
}

/** The full name of a host, of which a provider may want only what stands before the zone's. */
function hostName(graph: TerraformGraph, resource: Resource, name: string | undefined): string | undefined {
  const full = textOf(field(resource.values, 'fqdn')) ?? textOf(field(resource.values, 'hostname'));
  if (full !== undefined && toHost(full.replace(/^\*\./, '')) !== undefined) return star(full);
  const zone = zoneName(graph, resource);
  const isApex = name === '@' || (name === undefined && field(resource.values, 'name') === '');
  if (isApex) return zone;
  if (name === undefined) return undefined;
  const plain = name.toLowerCase().replace(/\.$/, '');
  // Google's names and those of version 5 of Cloudflare's provider are full; others are if they end in the zone's.
  const isFull = zone === undefined ? plain.includes('.') : plain === zone || plain.endsWith(`.${zone}`);
  if (isFull || resource.type === 'google_dns_record_set')
    return toHost(plain.replace(/^\*\./, '')) && star(plain);
  return zone === undefined
    ? undefined
    : toHost(`${plain.replace(/^\*\.?/, '')}.${zone}`.replace(/^\./, '')) && star(`${plain}.${zone}`);
}

/** A wildcard as a name: `*.example.com` is `any.example.com`. */
function star(host: string): string {
  return host.toLowerCase().replace(/\.$/, '').replace(/^\*/, 'any');
}

/** The zone that a resource is in. */
export function zoneOf(graph: TerraformGraph, resource: Resource): Resource | undefined {
  for (const path of ['zone_id', 'managed_zone:google_dns_managed_zone', 'managed_zone'])
    for (const one of graph.named(resource, path).resources) if (ZONES.has(one.type)) return one;
  return undefined;
}

function zoneName(graph: TerraformGraph, resource: Resource): string | undefined {
  const zone = zoneOf(graph, resource);
  for (const key of ['zone', 'dns_name', 'name']) {
    // The name of a zone of Google is not that of its domain.
    if (key === 'name' && zone?.type === 'google_dns_managed_zone') continue;
    const text = zone === undefined ? undefined : textOf(field(zone.values, key));
    const host = text === undefined ? undefined : toHost(text);
    if (host !== undefined) return host;
  }
  return undefined;
}

function isPrivate(graph: TerraformGraph, resource: Resource): boolean {
  const zone = zoneOf(graph, resource);
  return (
    zone !== undefined &&
    (field(zone.values, 'visibility') === 'private' ||
      field(zone.values, 'private_zone') === true ||
      textsAt(zone.values, ['vpc', 'vpc_id']).length > 0 ||
      (zone.type === 'aws_route53_zone' && hasVpcConfigured(graph, zone)))
  );
}

function hasVpcConfigured(graph: TerraformGraph, zone: Resource): boolean {
  return field(graph.configOf(zone)?.expressions, 'vpc') !== undefined;
}
