import { field, listOf, textOf } from '../json.ts';
import type { Place } from '../references.ts';
import { ruleOf, type TerraformGraph } from './graph.ts';
import type { Resource } from './resources.ts';
import type { Paths } from './rule.ts';

const AWS_ZONE = /^([a-z]{2}(?:-[a-z]+)+-\d{1,2})[a-z]$/;
const AWS_LOCAL_ZONE = /^([a-z]{2}(?:-[a-z]+)+-\d{1,2})-[a-z]{3}-\d[a-z]$/;
const AWS_ZONE_ID = /^[a-z]{3,5}\d{1,2}-az\d{1,2}$/;
const AWS_REGION = /^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/;
const GOOGLE_ZONE = /^([a-z]+-[a-z]+\d{1,2})-[a-z]$/;
const GOOGLE_REGION = /^[a-z]+-[a-z]+\d{1,2}$/;
const MAX_DEPTH = 8;

/** Where resources stand: regions and zones, as far as the file says. */
export class Zones {
  private readonly graph: TerraformGraph;
  /** Zone ids by the names of an account's zones; null where two accounts differ. */
  private readonly ids = new Map<string, string | null>();

  constructor(graph: TerraformGraph) {
    this.graph = graph;
    for (const { type, values } of graph.file.resources) {
      if (type === 'aws_availability_zones')
        for (const [at, name] of listOf(field(values, 'names')).entries())
          this.learn(name, listOf(field(values, 'zone_ids'))[at]);
      if (type === 'aws_availability_zone') this.learn(field(values, 'name'), field(values, 'zone_id'));
      if (type === 'aws_subnet' || type === 'aws_default_subnet')
        this.learn(field(values, 'availability_zone'), field(values, 'availability_zone_id'));
    }
  }

  /** The region of a resource, of whatever provider; undefined where the file does not say. */
  regionOf(resource: Resource): string | undefined {
    const { values, type } = resource;
    if (type.startsWith('google_')) return this.googleRegion(resource);
    if (!type.startsWith('aws_')) return undefined;
    const said = textOf(field(values, 'region'));
    if (said !== undefined && AWS_REGION.test(said)) return said;
    const zone = textOf(field(values, 'availability_zone'));
    const ofZone = zone === undefined ? undefined : placeOfZone(zone)?.region;
    if (ofZone !== undefined) return ofZone;
    for (const key of ['arn', 'invoke_arn', 'id']) {
      const region = textOf(field(values, key))?.split(':')[3];
      if (region !== undefined && AWS_REGION.test(region)) return region;
    }
    return this.configuredRegion(resource);
  }

  /** The places that attributes name: zones themselves, or subnets and groups of them. Each once, in the order in which they stand. */
  at(resource: Resource, paths: Paths | undefined, depth = 0): Place[] {
    const found = new Map<string, Place>();
    const list = typeof paths === 'function' ? paths(resource.values) : (paths ?? []);
    for (const path of list) {
      const { resources, texts } = this.graph.named(resource, path);
      for (const text of texts) {
        const place = this.placed(text.split('/').at(-1) ?? '', resource);
        if (place?.zone !== undefined) found.set(`${place.region}/${place.zone}`, place);
      }
      if (depth < MAX_DEPTH)
        for (const one of resources)
          for (const place of this.ofPlace(one, depth + 1)) found.set(`${place.region}/${place.zone}`, place);
    }
    return [...found.values()];
  }

  /** Whether attributes name places of which the file does not say the zone: subnets of another state. */
  hasUnknown(resource: Resource, paths: Paths | undefined, depth = 0): boolean {
    const list = typeof paths === 'function' ? paths(resource.values) : (paths ?? []);
    return list.some((path) => {
      const { resources, texts } = this.graph.named(resource, path);
      if (texts.some((text) => this.placed(text.split('/').at(-1) ?? '', resource)?.zone === undefined))
        return true;
      return resources.some((one) => {
        const rule = ruleOf(one.type);
        // What is no place, such as the list of all zones, stands there as the source of a name.
        if (rule?.as !== 'place' || depth >= MAX_DEPTH) return false;
        return rule.zone === undefined
          ? this.hasUnknown(one, rule.zones, depth + 1)
          : this.ofPlace(one, depth + 1).length === 0;
      });
    });
  }

  /** The zones of a subnet, or of a group of subnets. */
  private ofPlace(resource: Resource, depth: number): Place[] {
    const rule = ruleOf(resource.type);
    if (rule?.as !== 'place') return [];
    // The first that is known: a subnet's zone has an id and a name.
    const one = typeof rule.zone === 'function' ? rule.zone(resource.values) : (rule.zone ?? []);
    for (const path of one) {
      const [place] = this.at(resource, [path], depth);
      if (place !== undefined) return [place];
    }
    return this.at(resource, rule.zones, depth);
  }

  private placed(text: string, resource: Resource): Place | undefined {
    if (AWS_ZONE_ID.test(text)) return { region: this.regionOf(resource), zone: text };
    const place = placeOfZone(text);
    if (place?.zone === undefined || !resource.type.startsWith('aws_')) return place;
    return { region: place.region, zone: this.ids.get(place.zone) ?? place.zone };
  }

  private learn(name: unknown, id: unknown): void {
    if (typeof name !== 'string' || typeof id !== 'string' || !AWS_ZONE_ID.test(id)) return;
    const known = this.ids.get(name);
    this.ids.set(name, known === undefined || known === id ? id : null);
  }

  private googleRegion(resource: Resource): string | undefined {
    const { values } = resource;
    for (const key of ['region', 'location', 'zone']) {
      const text = textOf(field(values, key))?.toLowerCase().split('/').at(-1) ?? '';
      if (GOOGLE_REGION.test(text)) return text;
      const zone = GOOGLE_ZONE.exec(text)?.[1];
      if (zone !== undefined) return zone;
    }
    const link = textOf(field(values, 'self_link')) ?? textOf(field(values, 'id')) ?? '';
    const inLink = /\/(?:regions|locations|zones)\/([a-z]+-[a-z]+\d{1,2})/.exec(link)?.[1];
    if (inLink !== undefined) return inLink;
    for (const ring of this.graph.named(resource, 'key_ring').resources) return this.googleRegion(ring);
    // A bucket without a location is in a group of regions, not in the one that is configured.
    return field(values, 'location') === undefined ? this.configuredRegion(resource) : undefined;
  }

  private configuredRegion(resource: Resource): string | undefined {
    const key = this.graph.configOf(resource)?.providerKey;
    const regions = this.graph.file.configuration?.regions;
    if (key === undefined || regions === undefined) return undefined;
    const said = regions.get(key);
    if (said !== undefined || !key.includes(':')) return said;
    // Old versions name a provider by the module that is handed it: that tells which only where one region is configured.
    const provider = key.split(':').at(-1)?.split('.')[0] ?? '';
    const all = [...regions].filter(([one]) => one.split(':').at(-1)?.split('.')[0] === provider);
    return new Set(all.map(([, region]) => region)).size === 1 ? all[0]?.[1] : undefined;
  }
}

/** The region of a zone by its name; undefined where it is no zone's name. */
export function placeOfZone(text: string): Place | undefined {
  const region = (AWS_ZONE.exec(text) ?? AWS_LOCAL_ZONE.exec(text) ?? GOOGLE_ZONE.exec(text))?.[1];
  return region === undefined ? undefined : { region, zone: text };
}
