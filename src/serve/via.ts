import { connect as connectTcp, isIP, isIPv6, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type ConnectionOptions } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import type { Answer, Plan } from '../plan/index.ts';

/** Where something is reached in this run. */
export interface Reached {
  readonly host: string;
  readonly port: number;
}

/**
 * By address of the plan, where it is reached in this run instead: only connections go there. What is asked for, in `Host`, TLS, logs and
 * metrics, is what the plan names.
 */
export type Via = ReadonlyMap<string, Reached>;

export const NO_VIA: Via = new Map();

/** `host:port` of what a URL names, with the port of its scheme where it says none. */
export function addressOf(url: string | URL): string {
  const { hostname, port, protocol } = new URL(url);
  const standard = protocol === 'https:' || protocol === 'wss:' ? 443 : 80;
  return `${hostname}:${port === '' ? standard : port}`;
}

/** The same of an address, or a name, that users of a front would be sent to. @param url of the front */
export function edgeAddressOf(place: string, url: string | URL): string {
  const at = new URL(url);
  at.hostname = isIPv6(place) ? `[${place}]` : place;
  return addressOf(at);
}

/** Every address of a plan that a gateway or a steerer connects to, wheels apart. */
export function addressesOf(plan: Plan): Set<string> {
  const found = new Set<string>();
  for (const { value } of plan.services ?? []) {
    const { url, node, jwt, front, any = [], pool = [] } = value;
    const urls = [
      front === true ? undefined : url,
      node?.websocket,
      jwt?.keys,
      ...[...any, ...pool].map((member) => member.url),
      ...any.map((member) => member.node?.websocket),
    ];
    for (const one of urls) if (one !== undefined) found.add(addressOf(one));
    if (front !== true || url === undefined) continue;
    for (const { answer } of any) for (const place of placesOf(answer)) found.add(edgeAddressOf(place, url));
  }
  return found;
}

/** Addresses, or the one name, that resolvers answer. */
export function placesOf(answer: Answer | undefined): readonly string[] {
  if (answer === undefined) return [];
  return answer.kind === 'addresses' ? answer.addresses : [answer.name];
}

/** TLS with what the plan names, wherever that is reached. @param host as in a URL */
export function tlsAs(host: string): Pick<ConnectionOptions, 'servername' | 'checkServerIdentity'> {
  const name = host.replace(/^\[|\]$/g, '');
  return {
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  };
}

/** How undici connects to an origin of the plan. @param reached undefined: there */
export function connectorTo(
  origin: string,
  reached: Reached | undefined,
  timeoutMs: number,
): buildConnector.BuildOptions | buildConnector.connector {
  if (reached === undefined) return { timeout: timeoutMs };
  const connect = buildConnector({ timeout: timeoutMs, ...tlsAs(new URL(origin).hostname) });
  return (options, callback) =>
    connect({ ...options, hostname: reached.host, port: String(reached.port) }, callback);
}

/** How undici asks for a URL that is reached elsewhere; undefined: as for any other. */
export function agentTo(url: string, via: Via): Agent | undefined {
  const reached = via.get(addressOf(url));
  return reached === undefined ? undefined : new Agent({ connect: connectorTo(url, reached, 10_000) });
}

/** A connection for a URL of a WebSocket that is reached elsewhere. */
export function socketTo(url: string, { host, port }: Reached): Socket {
  const { protocol, hostname } = new URL(url);
  return protocol === 'wss:' ? connectTls({ host, port, ...tlsAs(hostname) }) : connectTcp({ host, port });
}
