import type { Values } from './attributes.ts';
import type { HostPort } from '../fault.ts';
import { isLoopback, readPlace } from './place.ts';
import { PROTOCOLS, type Protocol } from '../protocols.ts';
import { badRequest } from '../refusal.ts';
import { isRecord, listed, shown } from './shown.ts';

export interface ProxySettings {
  readonly name: string;
  readonly listen: HostPort;
  readonly upstream: HostPort;
  readonly enabled: boolean;
  readonly protocol: Protocol;
  /** TLS is spoken with the upstream; of protocol tls alone. */
  readonly upstreamTls: boolean;
}

/** @unit characters */
const LONGEST_NAME = 200;
const ANY_PORT: HostPort = { host: '127.0.0.1', port: 0 };

/**
 * Reads a proxy as it is sent. Fields that are not known are passed over, as Toxiproxy does: what it answers holds some, and may be sent back.
 *
 * @throws Refusal 400, with all that is wrong
 */
export function readProxy(given: unknown, allowRemote: boolean): ProxySettings {
  if (!isRecord(given)) throw badRequest([`Expected a proxy as an object, found ${shown(given)}.`]);
  const mistakes = nameMistakes(given.name);
  const settings = readFields(
    given,
    {
      name: String(given.name),
      listen: ANY_PORT,
      upstream: given.upstream === undefined ? undefined : ANY_PORT,
      enabled: true,
      protocol: 'tcp',
      upstreamTls: false,
    },
    allowRemote,
    mistakes,
  );
  if (settings === undefined || mistakes.length > 0) throw badRequest(mistakes);
  return settings;
}

/**
 * Reads what is to change of a proxy; what is left out stays.
 *
 * @throws Refusal 400, with all that is wrong
 */
export function readProxyChange(given: unknown, before: ProxySettings, allowRemote: boolean): ProxySettings {
  if (!isRecord(given)) throw badRequest([`Expected a proxy as an object, found ${shown(given)}.`]);
  const mistakes: string[] = [];
  if (given.name !== undefined && given.name !== before.name)
    mistakes.push(`Expected name to stay ${shown(before.name)}, found ${shown(given.name)}.`);
  if (given.protocol !== undefined && given.protocol !== before.protocol)
    mistakes.push(`Expected protocol to stay ${before.protocol}, found ${shown(given.protocol)}.`);
  const settings = readFields(given, before, allowRemote, mistakes);
  if (settings === undefined || mistakes.length > 0) throw badRequest(mistakes);
  return settings;
}

type Before = Omit<ProxySettings, 'upstream'> & { readonly upstream: HostPort | undefined };

function readFields(
  given: Values,
  before: Before,
  allowRemote: boolean,
  mistakes: string[],
): ProxySettings | undefined {
  const listen = readListen(given.listen, before.listen, allowRemote, mistakes);
  const upstream = given.upstream === undefined ? before.upstream : placeOf(given.upstream);
  if (upstream === undefined || upstream.host === '' || (given.upstream !== undefined && upstream.port === 0))
    mistakes.push(`Expected upstream to be HOST:PORT, found ${shown(given.upstream)}.`);
  const enabled = given.enabled ?? before.enabled;
  if (typeof enabled !== 'boolean')
    mistakes.push(`Expected enabled to be true or false, found ${shown(enabled)}.`);
  const protocol = PROTOCOLS.find((one) => one === (given.protocol ?? before.protocol));
  if (protocol === undefined)
    mistakes.push(`Expected protocol to be one of ${listed(PROTOCOLS)}, found ${shown(given.protocol)}.`);
  const upstreamTls = given.upstream_tls ?? before.upstreamTls;
  if (typeof upstreamTls !== 'boolean')
    mistakes.push(`Expected upstream_tls to be true or false, found ${shown(upstreamTls)}.`);
  else if (upstreamTls && protocol !== 'tls')
    mistakes.push('Expected upstream_tls on a proxy of protocol tls alone, found it on another.');
  if (listen === undefined || upstream === undefined || protocol === undefined) return undefined;
  return {
    name: before.name,
    listen,
    upstream,
    enabled: enabled === true,
    protocol,
    upstreamTls: upstreamTls === true,
  };
}

function readListen(
  given: unknown,
  before: HostPort,
  allowRemote: boolean,
  mistakes: string[],
): HostPort | undefined {
  if (given === undefined || given === '') return before;
  const place = placeOf(given);
  if (place === undefined) mistakes.push(`Expected listen to be HOST:PORT, found ${shown(given)}.`);
  else if (!allowRemote && !isLoopback(place.host))
    mistakes.push(
      `Expected listen to be of this computer alone, such as 127.0.0.1:${place.port}, found ${shown(given)}: others are let in with --allow-remote.`,
    );
  else return place.host === '' ? { ...place, host: '::' } : place;
  return undefined;
}

function placeOf(given: unknown): HostPort | undefined {
  return typeof given === 'string' ? readPlace(given) : undefined;
}

/** Of a proxy or a toxic: it stands in addresses and on lines of a terminal. */
export function nameMistakes(name: unknown): string[] {
  if (typeof name !== 'string' || name === '') return [`Expected name to be a text, found ${shown(name)}.`];
  // Nothing that cannot be seen, or changes how the rest is seen.
  if (name.length <= LONGEST_NAME && !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(name)) return [];
  return [
    `Expected name to be a text of at most ${LONGEST_NAME} characters that can all be seen, found ${shown(name)}.`,
  ];
}
