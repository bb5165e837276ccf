import type { Named, Reader } from '../document/index.ts';
import { eachName, requirementsOf } from './needs.ts';
import type { Alternative } from './requirement.ts';
import type { Journey, PlanValue, Service } from './schema.ts';
import type { Probe } from './serving.ts';

/** Probes are asked so often, in hours, where the plan does not say. */
export const DEFAULT_PROBE = { every: 5 / 3600, timeout: 2 / 3600, window: 3 };

/** What a plan can get wrong about how it is served, as far as its own words tell. */
export function checkServing(
  plan: PlanValue,
  services: ReadonlyMap<string, Named<Service>>,
  reader: Reader,
): void {
  for (const journey of plan.journeys) checkRoutes(journey, services, reader);
  for (const service of services.values()) checkService(service, services, reader);
}

type Services = ReadonlyMap<string, Named<Service>>;

function checkRoutes({ name, value }: Named<Journey>, services: Services, reader: Reader): void {
  const { match = [], broken } = value;
  if (match.length === 0 || broken !== undefined) return;
  const needed = neededBy(value, services);
  const rules = value.modes.flatMap(({ value: { allow = [] } }) => allow);
  const named = [...match, ...rules].flatMap(({ to, offset }) => (to === undefined ? [] : [{ to, offset }]));
  for (const { to, offset } of named)
    if (!services.has(to))
      reader.report('unknown-service', offset, { name: to, nearest: reader.nearest(to, services.keys()) });
    else if (!needed.has(to)) reader.report('route-beyond-needs', offset, { journey: name, to });
}

/** Services that the modes of a journey stand on, at any depth, what steers among them included. */
function neededBy({ modes }: Journey, services: Services): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting: string[] = [];
  const reach = (name: string): void => {
    if (!services.has(name) || found.has(name)) return;
    found.add(name);
    waiting.push(name);
  };
  for (const { value: mode } of modes) eachName(mode.needs, reach);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const value = services.get(name)?.value;
    for (const requirement of value === undefined ? [] : requirementsOf(value)) eachName(requirement, reach);
  }
  return found;
}

function checkService({ name, value, offset }: Named<Service>, services: Services, reader: Reader): void {
  const isGood = (...keys: string[]): boolean => !keys.some((key) => value.broken?.includes(key));
  if (value.probe !== undefined && value.url === undefined && isGood('url') && !usesUrl(value, services))
    reader.report('probe-without-url', value.probe.offset, { service: name });
  if (!isGood('any')) return;
  for (const alternative of value.any ?? []) checkAlternative(name, value, alternative, services, reader);
  if (value.steer !== undefined && isGood('steer')) checkSteer(name, value, services, reader);
  if (value.failover !== undefined && isGood('failover', 'probe'))
    checkTimes(name, value, offset, services, reader);
}

/** Whether anything that a service directly stands on says where it is: then it is asked there. */
function usesUrl(value: Service, services: Services): boolean {
  const members = [...(value.any ?? []), ...(value.pool ?? [])];
  if (members.some(({ url }) => url !== undefined)) return true;
  let isFound = false;
  for (const requirement of requirementsOf(value))
    eachName(requirement, (name) => {
      isFound ||= services.get(name)?.value.url !== undefined;
    });
  return isFound;
}

function checkAlternative(
  service: string,
  { front = false, url }: Service,
  alternative: Alternative,
  services: Services,
  reader: Reader,
): void {
  const { answer, arrives, probe, offset, use } = alternative;
  for (const [key, found] of Object.entries({ answer, arrives }))
    if (found !== undefined && !front) reader.report('only-of-a-front', offset, { key, service });
  if (answer !== undefined && url === undefined && front)
    reader.report('front-without-url', offset, { service });
  const isSomewhere = alternative.url !== undefined || answer !== undefined;
  const used = use.kind === 'name' ? services.get(use.name)?.value.url : undefined;
  if (probe !== undefined && !isSomewhere && used === undefined)
    reader.report('probe-without-url', probe.offset, { service });
}

function checkSteer(name: string, value: Service, services: Services, reader: Reader): void {
  const { steer, any = [], failover } = value;
  if (steer === undefined || (steer.broken ?? []).length > 0) return;
  const means = [steer.dns, steer.command, steer.http].filter((one) => one !== undefined);
  if (means.length !== 1) reader.report('steer-by-one-means', steer.offset, { found: means.length });
  if (any.length < 2) reader.report('steer-without-alternatives', steer.offset, { service: name });
  if (steer.origin !== undefined && !services.has(steer.origin))
    reader.report('unknown-service', steer.offset, {
      name: steer.origin,
      nearest: reader.nearest(steer.origin, services.keys()),
    });
  const { dns } = steer;
  if (dns === undefined || (dns.broken ?? []).length > 0) return;
  if (dns.name !== dns.zone && !dns.name.endsWith(`.${dns.zone}`))
    reader.report('name-outside-zone', dns.offset, { name: dns.name, zone: dns.zone });
  for (const [i, alternative] of any.entries())
    if (alternative.answer === undefined && alternative.broken === undefined)
      reader.report('answer-missing', alternative.offset, { service: name, number: i + 1 });
  const spread = failover?.spread ?? 0;
  if (failover?.broken === undefined && dns.ttl > spread * (1 + 1e-9))
    reader.report('ttl-defeats-spread', dns.offset, { service: name, ttl: dns.ttl, spread });
}

/** Said where one lost probe alone, or probes that come too late, decide a switch. */
function checkTimes(name: string, value: Service, at: number, services: Services, reader: Reader): void {
  const detect = value.failover?.detect ?? 0;
  const slowest = slowestProbe(value, (used) => services.get(used)?.value);
  if (detect > 0 && slowest > detect * (1 + 1e-9))
    reader.report('probe-slower-than-detect', at, { service: name, probed: slowest, detect });
}

/** The longest that a failure of any alternative can go on before its probe tells of it; 0 where none is probed. @unit hours */
export function slowestProbe(value: Service, find: (service: string) => Service | undefined): number {
  const probes = (value.any ?? []).map((one) => probeOf(value, one, find));
  return Math.max(0, ...probes.map((probe) => (probe === undefined ? 0 : observedAfter(probe))));
}

/** What judges an alternative: its own probe, else that of all alternatives, else that of the service that it is. */
export function probeOf(
  { probe }: Service,
  alternative: Alternative,
  find: (service: string) => Service | undefined,
): Probe | undefined {
  const { use } = alternative;
  return alternative.probe ?? probe ?? (use.kind === 'name' ? find(use.name)?.probe : undefined);
}

/** The longest that a failure can go on before a probe tells of it. @unit hours */
function observedAfter({ every, timeout }: Pick<Probe, 'every' | 'timeout'>): number {
  return (every ?? DEFAULT_PROBE.every) + (timeout ?? DEFAULT_PROBE.timeout);
}
