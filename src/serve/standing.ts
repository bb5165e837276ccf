import type { LiveSignals, SwitchConduct } from '../control/index.ts';
import { reachedFrom, type Model, type Node } from '../model/index.ts';
import type { Method } from '../plan/index.ts';
import { conductOf, jumpingServices } from './conduct.ts';
import { edgesOf } from './edges.ts';
import { topLevelFields } from './json-fields.ts';
import { routeFor, routesOf, rulesFor, rulesOf } from './routes.ts';
import { servicesOf, Targets } from './targets.ts';

/** Something of a plan that is at an address. */
export interface Use {
  /** `part`: requests are sent there; `edge`: users come in there; `keys`: an issuer's; `steering`: what moves users. */
  readonly kind: 'part' | 'edge' | 'keys' | 'steering';
  /** As people call it: a service, or `SERVICE:NUMBER` of an alternative or a member. */
  readonly name: string;
  /** The service it belongs to. */
  readonly service: number;
  /** What the plan says that it stands on; undefined where the plan says nothing. */
  readonly node: Node | undefined;
  /** Whether it is needed only to change something. */
  readonly change: boolean;
  /** What is seen of it. */
  readonly signals: readonly number[];
  /** Of a front, which alternative. */
  readonly alternative: number | undefined;
}

export interface Address {
  /** `host:port`, as the plan has it. */
  readonly address: string;
  readonly isTls: boolean;
  /** Whether requests can be read on the way there. */
  readonly isHttp: boolean;
  readonly uses: readonly Use[];
}

/** What a user sends. */
export interface UserRequest {
  readonly method: Method;
  readonly path: string;
  readonly body: string | undefined;
  readonly contentType: string | undefined;
}

/** How a mode takes a request: sent on, answered from before, answered with a page, or not at all. */
export type Taken = 'forward' | 'snapshot' | 'static' | 'refused';

/** Where everything is that a plan says is somewhere, and how the plan is served: what a drill has to know of `serve`. */
export interface Standing {
  readonly addresses: readonly Address[];
  /** How switches are made. @param asksPerson whether those that need a person wait for one; else they take the plan's time for it */
  readonly conduct: (asksPerson: boolean) => (service: number) => SwitchConduct;
  /** The longest that what is at the addresses of a journey can have failed before that is seen. @unit ms */
  readonly slowestProbeMs: number;
  /** Where the page of a mode is had although nothing of the platform can be reached; undefined where it is not. */
  readonly pageAt: (journey: number, mode: number) => URL | undefined;
  /** @returns undefined where the request is of another journey, or of none */
  readonly takes: (journey: number, mode: number, request: UserRequest) => Taken | undefined;
}

/**
 * Reads off a plan where things stand and how it is served, without opening anything.
 *
 * @param speed how many seconds of the plan pass in one of the running system
 */
export function standingOf(model: Model, signals: LiveSignals, speed: number): Standing {
  const targets = new Targets(model, signals);
  const routes = routesOf(model, targets);
  const journeys = rulesOf(model, targets);
  targets.watch();
  const edges = edgesOf(model, signals);
  const conduct = conductOf(model, edges, [], jumpingServices(routes, journeys), { speed });
  const book = new AddressBook();
  const nodes = nodesByPart(model);
  for (const { name, part, origin, signal, node } of targets.all) {
    const use = useOf(nodes, part, name, signal);
    book.add(origin, use);
    if (node?.websocket !== undefined && part === name) book.add(node.websocket, use);
  }
  for (const { service, alternative, name, url, addresses, signal } of edges)
    for (const host of addresses) {
      const option = model.services[service]?.redundancy;
      const node = option?.kind === 'any' ? option.options[alternative]?.node : undefined;
      const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
      const at = `${url.protocol}//${host.includes(':') ? `[${host}]` : host}:${port}`;
      book.add(at, { kind: 'edge', name, service, node, change: false, signals: [signal], alternative });
    }
  for (const [service, { name, redundancy }] of model.services.entries()) {
    const value = servicesOf(model.plan).get(name);
    const steering = redundancy?.kind === 'any' ? redundancy.failover?.steering : undefined;
    const wheel = {
      kind: 'steering',
      name: `steering of ${name}`,
      service,
      node: steering,
      change: true,
      signals: [signals.steering(service)],
      alternative: undefined,
    } as const;
    if (value?.steer?.http !== undefined) book.add(value.steer.http.url, wheel);
    if (value?.steer?.dns !== undefined) book.add(`dns://${value.steer.dns.server}`, wheel);
    if (value?.jwt !== undefined)
      book.add(value.jwt.keys, {
        kind: 'keys',
        name: `keys of ${name}`,
        service,
        node: undefined,
        change: false,
        signals: [],
        alternative: undefined,
      });
  }
  const probed = [...targets.all, ...edges].map(({ probe }) =>
    probe === undefined ? 0 : probe.everyMs + probe.timeoutMs,
  );
  return {
    addresses: book.all,
    conduct: (asksPerson) => (service) => {
      const own = conduct(service);
      return { ...own, asksPerson: own.asksPerson && asksPerson };
    },
    slowestProbeMs: Math.max(0, ...probed),
    pageAt: (journey, mode) =>
      journeys[journey]?.modes[mode]?.rule.kind === 'static'
        ? pageElsewhere(model, journey, mode)
        : undefined,
    takes: (journey, mode, request) => {
      const path = request.path.split('?', 1)[0] ?? '/';
      if (routeFor(routes, request.method, path, '')?.journey !== journey) return undefined;
      const rule = journeys[journey]?.modes[mode]?.rule;
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      if (rule === undefined) return 'refused';
      if (rule.kind === 'static') return isRead ? 'static' : 'refused';
      if (rule.kind === 'snapshot' && !isRead) return 'refused';
      const fitting = rulesFor(rule.allow, request.method, path);
      const isLet = fitting?.some(({ field }) => field === undefined || says(request, field)) ?? true;
      return isLet ? rule.kind : 'refused';
    },
  };
}

/** Where the one service is that a page stands on, unless users reach it by an edge. */
function pageElsewhere(model: Model, journey: number, mode: number): URL | undefined {
  const node = model.journeys[journey]?.modes[mode]?.node;
  if (node === undefined) return undefined;
  const below = reachedFrom(model, node);
  const found = (model.plan.services ?? []).filter((_, service) => below.has(`service ${service}`));
  const [url, more] = found.flatMap(({ value }) => value.url ?? []);
  const isFronted = found.some(({ value }) => value.front === true);
  return url === undefined || more !== undefined || isFronted ? undefined : new URL(url);
}

function says({ body, contentType }: UserRequest, field: { name: string; is: string }): boolean {
  const fields = topLevelFields(Buffer.from(body ?? ''), contentType);
  return fields instanceof Map && String(fields.get(field.name)) === field.is;
}

interface Stands {
  readonly service: number;
  readonly node: Node;
}

/** By the name of a part, what stands there. */
function nodesByPart(model: Model): ReadonlyMap<string, Stands> {
  const found = new Map<string, Stands>();
  for (const [service, { name, redundancy, pool }] of model.services.entries()) {
    found.set(name, { service, node: { kind: 'service', service } });
    const members =
      pool?.map(({ node }) => node) ??
      (redundancy?.kind === 'any' ? redundancy.options.map(({ node }) => node) : redundancy?.of) ??
      [];
    for (const [i, node] of members.entries()) found.set(`${name}:${i + 1}`, { service, node });
  }
  return found;
}

function useOf(nodes: ReadonlyMap<string, Stands>, part: string, name: string, signal: number): Use {
  const stands = nodes.get(part);
  // Of what is only probed there in its own way, the plan says elsewhere what it stands on.
  const node = part === name ? stands?.node : undefined;
  const service = nodes.get(name)?.service ?? stands?.service ?? 0;
  return { kind: 'part', name, service, node, change: false, signals: [signal], alternative: undefined };
}

class AddressBook {
  private readonly known = new Map<string, { isTls: boolean; isHttp: boolean; uses: Use[] }>();

  get all(): Address[] {
    return [...this.known].map(([address, place]) => ({ address, ...place }));
  }

  /** @param at with its protocol */
  add(at: string, use: Use): void {
    const { protocol, hostname, port } = new URL(at);
    const isTls = protocol === 'https:' || protocol === 'wss:';
    const address = `${hostname}:${port === '' ? (isTls ? 443 : protocol === 'dns:' ? 53 : 80) : port}`;
    const place = this.known.get(address) ?? {
      isTls,
      isHttp: protocol === 'http:' || protocol === 'ws:',
      uses: [],
    };
    this.known.set(address, place);
    if (!place.uses.some(({ kind, name }) => kind === use.kind && name === use.name)) place.uses.push(use);
  }
}
