import type { DraftRequirement } from '../../draft.ts';
import { field, listOf, textOf, valuesAt } from '../json.ts';
import { toAddress, toHost } from '../names.ts';
import type { Parts } from '../parts.ts';
import type { Place } from '../references.ts';
import { allOf, firstOf, oneOf, someOf } from '../requirements.ts';
import { readable } from './address.ts';
import { ruleOf, type TerraformGraph } from './graph.ts';
import type { Resource } from './resources.ts';
import type { Paths, Rule } from './rule.ts';
import { Zones } from './zones.ts';

/** Most names of what a path leads to that are written out where it is needed. */
const MAX_INLINE = 200;

/** Whether a requirement has more than so many names. */
function isLarge(requirement: DraftRequirement, limit: number): boolean {
  let left = limit;
  const visit = (one: DraftRequirement): boolean => {
    if (typeof one === 'string') return --left < 0;
    return ('all' in one ? one.all : 'any' in one ? one.any : one.of).some(visit);
  };
  return visit(requirement);
}

const PROGRAMS = new Set([
  'aws/app-runner',
  'aws/ec2',
  'aws/ecs-eks-fargate',
  'aws/elastic-beanstalk',
  'aws/lambda',
  'aws/step-functions',
  'gcp/app-engine',
  'gcp/run',
  'gcp/compute',
  'gcp/functions',
  'gcp/gke',
]);

/** Makes parts and their requirements of resources, by their rules. */
export class Builder {
  readonly zones: Zones;
  private readonly graph: TerraformGraph;
  private readonly parts: Parts;
  /** Who says that he belongs to a resource, by its address. */
  private readonly belonging = new Map<string, Resource[]>();
  private readonly paths = new Map<string, DraftRequirement | undefined>();
  private readonly open = new Set<string>();
  /** Names of hosts that are parts of their own: records. */
  private readonly hosts: ReadonlyMap<string, string>;

  constructor(graph: TerraformGraph, parts: Parts, hosts: ReadonlyMap<string, string>) {
    this.graph = graph;
    this.parts = parts;
    this.hosts = hosts;
    this.zones = new Zones(graph);
    for (const resource of graph.file.resources) {
      for (const path of ruleOf(resource.type)?.for ?? [])
        for (const owner of graph.named(resource, path).resources) {
          const list = this.belonging.get(owner.address);
          if (list === undefined) this.belonging.set(owner.address, [resource]);
          else if (!list.includes(resource)) list.push(resource);
        }
    }
  }

  /** The part of a resource, with what it needs. */
  addPart(resource: Resource, rule: Rule): void {
    const part = this.parts.of(readable(resource.address));
    part.notes.push(resource.isData ? `data ${resource.type}` : resource.type);
    const needs = allOf(this.needsOf(resource, rule));
    if (needs !== undefined) part.needs.push(needs);
    const comment = rule.comment?.(resource.values);
    if (comment !== undefined) part.comments.push(comment);
    if (needs === undefined) part.comments.push('The file does not say what it stands on.');
    part.isOnlyItsNeeds = !this.runsPrograms(resource, rule);
    if (rule.isEntry?.(resource.values) === true) part.isEntry = true;
    if (rule.inOneZone?.(resource.values) === true && this.placesOf(resource, rule).length === 0)
      part.comments.push(
        'It stands in one zone, which the file does not say: the machines of that zone are missing in its needs.',
      );
    this.remarkOnPlaces(needs, part.comments);
  }

  /** What whoever needs this resource needs: the part that it is, or what it leads to. */
  requirementOf(resource: Resource): DraftRequirement | undefined {
    const host = this.graph.hostOf(resource);
    if (host !== undefined) return this.hosts.get(host);
    const rule = ruleOf(resource.type);
    if (rule === undefined || rule.as === 'place') return undefined;
    if (rule.as === 'part') return this.parts.of(readable(resource.address)).name;
    if (this.paths.has(resource.address)) return this.paths.get(resource.address);
    // Paths that lead back to where they come from lead nowhere.
    if (this.open.has(resource.address) || this.open.size > 100) return undefined;
    this.open.add(resource.address);
    const found = allOf(this.needsOf(resource, rule));
    this.open.delete(resource.address);
    // What is large is said once, as a service of its own.
    const short = found !== undefined && isLarge(found, MAX_INLINE) ? this.asPart(resource, found) : found;
    this.paths.set(resource.address, short);
    return short;
  }

  private asPart(resource: Resource, needs: DraftRequirement): string {
    const part = this.parts.of(readable(resource.address));
    part.notes.push(resource.type);
    part.needs.push(needs);
    part.isOnlyItsNeeds = true;
    return part.name;
  }

  /** Whether something needs the part of a resource. */
  isNeeded(resource: Resource): boolean {
    return this.parts.has(readable(resource.address));
  }

  /** What answers at a host or an address: a part of the file, or one outside of it. */
  answerAt(text: string): DraftRequirement | undefined {
    const host = toHost(text);
    const name = host ?? toAddress(text);
    const own = this.ownHost(text);
    if (own !== undefined) return own;
    const found = this.graph.find(text);
    if (found !== undefined) return this.requirementOf(found);
    return name === undefined ? undefined : this.parts.outside(name).name;
  }

  /** The part of a host with records in this file, by its name or a URL. */
  private ownHost(text: string): string | undefined {
    const key = this.graph.hostAt(text);
    return key === undefined ? undefined : this.hosts.get(key);
  }

  private needsOf(resource: Resource, rule: Rule): (DraftRequirement | undefined)[] {
    const itself = this.itself(resource, rule);
    const members = (this.belonging.get(resource.address) ?? []).map((one) => this.requirementOf(one));
    const each = (paths: readonly string[] = []): (DraftRequirement | undefined)[] =>
      paths.flatMap((path) => {
        const { resources, texts } = this.graph.named(resource, path);
        // A gateway may hand on to a URL: of these the hosts with records here are known.
        return [
          ...resources.map((one) => this.requirementOf(one)),
          ...(path.includes(':') ? [] : texts.map((text) => this.ownHost(text))),
        ];
      });
    const copies = rule.gathers === 'copies' ? [oneOf([...itself, ...members])] : itself;
    return [
      ...copies,
      ...each(rule.needs),
      oneOf([...each(rule.oneOf), ...(rule.gathers === 'one' ? members : [])]),
      ...(rule.gathers === undefined ? members : []),
      ...this.behind(resource, rule),
      ...(rule.runs === true ? this.told(resource, rule) : []),
    ];
  }

  /** Whether a platform's own programs run there, which fail by themselves. */
  private runsPrograms(resource: Resource, rule: Rule): boolean {
    const on = typeof rule.on === 'function' ? rule.on(resource.values) : rule.on;
    return rule.runs === true || (on !== undefined && PROGRAMS.has(on));
  }

  /** The references that a resource is: its capability where it stands, and the machines of its zones. */
  private itself(resource: Resource, rule: Rule): (DraftRequirement | undefined)[] {
    const on = typeof rule.on === 'function' ? rule.on(resource.values) : rule.on;
    const isGlobal =
      typeof rule.isGlobal === 'function' ? rule.isGlobal(resource.values) : rule.isGlobal === true;
    const region = isGlobal ? undefined : this.zones.regionOf(resource);
    const places = this.placesOf(resource, rule);
    const { references } = this.parts;
    const at = (capability: string): DraftRequirement | undefined =>
      oneOf(
        places.map((place) =>
          references.at(capability, { region: place.region ?? region, zone: place.zone }),
        ),
      );
    const own: (DraftRequirement | undefined)[] = [];
    if (on !== undefined) {
      const standsOnMachines = rule.machines === undefined;
      own.push(
        standsOnMachines && places.length > 0
          ? at(on)
          : references.at(on, { region: region ?? places[0]?.region }),
      );
      for (const path of rule.regions ?? [])
        for (const text of valuesAt(resource.values, path.split('.')))
          if (typeof text === 'string') own.push(references.at(on, { region: text }));
    }
    if (rule.machines !== undefined && places.length > 0) own.push(at(rule.machines));
    return own;
  }

  /** The zones in which a resource stands, as far as that is sure. */
  private placesOf(resource: Resource, rule: Rule): readonly Place[] {
    const several = this.zones.at(resource, rule.zones);
    const paths = several.length > 0 ? rule.zones : firstKnown(this.zones, resource, rule.zone);
    const places = several.length > 0 ? several : this.zones.at(resource, paths);
    // In which of several zones a single thing stands is not known.
    if (several.length === 0 && places.length > 1) return [];
    // Of a service in several places of which the file knows one, it would look as if that were all.
    const isPart = rule.machines !== undefined && places.length === 1;
    return isPart && this.zones.hasUnknown(resource, paths) ? [] : places;
  }

  /** Hosts that it needs, and origins of a distribution with their groups. */
  private behind(resource: Resource, rule: Rule): (DraftRequirement | undefined)[] {
    if (resource.type === 'aws_cloudfront_distribution') return this.origins(resource);
    if (resource.type === 'cloudflare_load_balancer_pool') return [this.pool(resource)];
    return (rule.hosts ?? []).flatMap((path) => {
      const { resources, texts } = this.graph.named(resource, path);
      return [
        ...resources.map((one) => this.requirementOf(one)),
        ...texts.map((text) => this.answerAt(text)),
      ];
    });
  }

  /** Origins of a distribution: those of a group stand in for each other, in their order; the others are all needed. */
  private origins(resource: Resource): (DraftRequirement | undefined)[] {
    const { resources, texts } = this.graph.named(resource, 'origin.domain_name');
    const byId = new Map<string, DraftRequirement>();
    const unnamed: (DraftRequirement | undefined)[] = [];
    const seen = new Set<string>();
    for (const origin of valuesAt(resource.values, ['origin'])) {
      const id = textOf(field(origin, 'origin_id'));
      const host = textOf(field(origin, 'domain_name'));
      const answer = host === undefined ? undefined : this.answerAt(host);
      if (host !== undefined) seen.add(host);
      if (id !== undefined && answer !== undefined) byId.set(id, answer);
    }
    const known = new Set([...byId.values()].map((one) => JSON.stringify(one)));
    for (const one of resources) unnamed.push(this.requirementOf(one));
    for (const text of texts) if (!seen.has(text)) unnamed.push(this.answerAt(text));
    const groups: (DraftRequirement | undefined)[] = [];
    for (const group of valuesAt(resource.values, ['origin_group'])) {
      const members = listOf(field(group, 'member')).map((one) =>
        byId.get(textOf(field(one, 'origin_id')) ?? ''),
      );
      // Only where every member is known by its value can their order be told.
      if (members.length > 1 && members.every((one) => one !== undefined)) {
        groups.push(firstOf(members));
        for (const one of listOf(field(group, 'member'))) byId.delete(textOf(field(one, 'origin_id')) ?? '');
      }
    }
    return [
      ...groups,
      ...byId.values(),
      ...unnamed.filter((one) => one !== undefined && !known.has(JSON.stringify(one))),
    ];
  }

  /** Origins of a pool, of which so many must work as it says. */
  private pool(resource: Resource): DraftRequirement | undefined {
    const { resources, texts } = this.graph.named(resource, 'origins.address');
    const off = new Set(
      valuesAt(resource.values, ['origins'])
        .filter((one) => field(one, 'enabled') === false)
        .map((one) => field(one, 'address')),
    );
    const least = field(resource.values, 'minimum_origins');
    return someOf(typeof least === 'number' ? least : 1, [
      ...resources.map((one) => this.requirementOf(one)),
      ...texts.filter((text) => !off.has(text)).map((text) => this.answerAt(text)),
    ]);
  }

  private told(resource: Resource, rule: Rule): (DraftRequirement | undefined)[] {
    const lists: (Paths | undefined)[] = [
      rule.zone,
      rule.zones,
      rule.needs,
      rule.oneOf,
      rule.for,
      rule.hosts,
    ];
    const apart = new Set(
      lists.flatMap((paths) =>
        (typeof paths === 'function' ? paths(resource.values) : (paths ?? [])).map(
          (path) => path.split(/[.:]/)[0] ?? '',
        ),
      ),
    );
    const { resources, hosts } = this.graph.told(resource, apart);
    return [
      ...resources.map((one) => this.requirementOf(one)),
      ...(rule.told ?? []).flatMap((path) =>
        this.graph.named(resource, path).resources.map((one) => this.requirementOf(one)),
      ),
      ...hosts.map((key) => this.hosts.get(key)),
    ];
  }

  private remarkOnPlaces(needs: DraftRequirement | undefined, comments: string[]): void {
    const text = JSON.stringify(needs) ?? '';
    if (text.includes('-unplaced'))
      comments.push(
        'Where it stands is not in the file, so that only its provider is known. Name the region or the zone.',
      );
    if (/@[a-z0-9-]+\/[a-z]{2}-[a-z-]+-\d[a-z]"/.test(text))
      comments.push(
        'The letters of zones differ from account to account. Write the id of the zone, such as use1-az4.',
      );
  }
}

/** The first of the paths that names a place. */
function firstKnown(zones: Zones, resource: Resource, paths: Paths | undefined): readonly string[] {
  const list = typeof paths === 'function' ? paths(resource.values) : (paths ?? []);
  for (const path of list) if (zones.at(resource, [path]).length > 0) return [path];
  return [];
}
