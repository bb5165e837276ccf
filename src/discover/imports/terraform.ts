import { countTypes, NO_COUNTS, type Imported, type ImportOptions } from './import.ts';
import { parseJson } from './json.ts';
import { Parts } from './parts.ts';
import { isAside, isPerhaps } from './terraform/aside.ts';
import { Builder } from './terraform/build.ts';
import { ruleOf, TerraformGraph } from './terraform/graph.ts';
import { HostNames } from './terraform/host-names.ts';
import { hostsOf, isOfHosts } from './terraform/hosts.ts';
import { Records } from './terraform/records.ts';
import { readResources, type Resource } from './terraform/resources.ts';
import type { Rule } from './terraform/rule.ts';

/** Most times that what waits for being needed is gone through. */
const MAX_PASSES = 200;

/**
 * Reads what Terraform has made, or plans to make: the output of `terraform show -json` for a plan or a state, or a state file of version 4.
 * Only types, names, places and whom attributes name are read; values marked as sensitive are not looked at.
 */
export function readTerraform(text: string, file: string, options: ImportOptions): Imported {
  const parsed = parseJson(text, file, options.maxBytes);
  if (parsed.problem !== undefined)
    return { draft: undefined, problems: [parsed.problem], counts: NO_COUNTS };
  const read = readResources(parsed.value, file);
  if ('problem' in read) return { draft: undefined, problems: [read.problem], counts: NO_COUNTS };

  const graph = new TerraformGraph(read.found);
  const parts = new Parts(
    {
      file,
      basis: `Terraform ${read.found.kind}`,
      confidence: 'high',
      entries: 'resources',
      asideAs: ', as settings, permissions and records of others',
    },
    options,
  );
  const hosts = hostsOf(graph);
  graph.setHosts(new HostNames(hosts.values()));
  const names = new Map([...hosts.keys()].map((key) => [key, parts.of(key).name]));
  const builder = new Builder(graph, parts, names);
  const records = new Records(graph, parts, builder, hosts);
  const unknown: string[] = [];
  const aside: string[] = [];
  const perhaps: string[] = [];
  for (const resource of read.found.resources) {
    const rule = ruleOf(resource.type);
    if (rule?.as === 'part' && !waits(resource, rule)) builder.addPart(resource, rule);
    else if (rule === undefined && !isOfHosts(resource.type))
      (isPerhaps(resource.type) ? perhaps : isAside(resource.type) ? aside : unknown).push(resource.type);
  }
  for (const host of hosts.values()) records.addHost(host);
  const waiting = read.found.resources.filter((one) => waits(one, ruleOf(one.type)));
  let left = waiting;
  // What waits may be needed by another that waits. Longer rows than these are refused with the draft.
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const still = left.filter((resource) => {
      const rule = ruleOf(resource.type);
      if (rule === undefined || !builder.isNeeded(resource)) return true;
      builder.addPart(resource, rule);
      return false;
    });
    if (still.length === left.length) break;
    left = still;
  }
  for (const one of waiting) if (!one.isData && !builder.isNeeded(one)) perhaps.push(one.type);
  const counts = {
    understood: read.found.resources.length - aside.length - perhaps.length - unknown.length,
    aside: countTypes(aside),
    ...(perhaps.length === 0 ? {} : { perhaps: countTypes(perhaps) }),
    unknown: countTypes(unknown),
  };
  const comments =
    graph.locals === 0
      ? []
      : [
          `${graph.locals} references go through local values, which a plan does not show: the state shows them once it is applied.`,
        ];
  return parts.finish(counts, comments);
}

/** Whether a resource becomes a part only when something needs it: a data source, which stands outside of this file, or a key. */
function waits({ isData, values }: Resource, rule: Rule | undefined): boolean {
  return rule?.as === 'part' && (isData || rule.onlyNamed?.(values) === true);
}
